import type { JsonObject } from './document.ts';

const string: JsonObject = { type: 'string' };
const uri: JsonObject = { type: 'string', format: 'uri' };
const dateTime: JsonObject = { type: 'string', format: 'date-time' };
const anyObject: JsonObject = { type: 'object', additionalProperties: true };
const strings: JsonObject = { type: 'array', items: string };

function schema(name: string): JsonObject {
  return { $ref: `#/components/schemas/${name}` };
}

function listOf(name: string): JsonObject {
  return { type: 'array', items: schema(name) };
}

function object(required: readonly string[], properties: JsonObject): JsonObject {
  return { type: 'object', ...(required.length === 0 ? {} : { required }), properties };
}

function parameter(
  name: string,
  where: 'query' | 'path' | 'header',
  of: JsonObject,
  description: string,
): JsonObject {
  const list = of.type === 'array' ? { style: 'form', explode: false } : {};
  return { name, in: where, required: where === 'path', description, schema: of, ...list };
}

const links = listOf('Link');

const summary: JsonObject = {
  id: string,
  version: string,
  title: string,
  description: string,
  keywords: strings,
  metadata: { type: 'array', items: anyObject },
  jobControlOptions: {
    type: 'array',
    items: { type: 'string', enum: ['sync-execute', 'async-execute', 'dismiss'] },
  },
  outputTransmission: { type: 'array', items: { type: 'string', enum: ['value', 'reference'] } },
  links,
};

const states = ['accepted', 'running', 'successful', 'failed', 'dismissed'];
const count: JsonObject = { type: 'integer', minimum: 1 };
const seconds: JsonObject = { type: 'number', minimum: 0 };

/** What all processes share, by the schemas of OGC 18-062r2. */
export const openApiComponents: JsonObject = {
  parameters: {
    processID: parameter('processID', 'path', string, 'The id of a process'),
    jobID: parameter('jobID', 'path', string, 'The id of a job'),
    prefer: parameter('Prefer', 'header', string, '`respond-async` to be answered at once, with a job'),
    limit: parameter('limit', 'query', count, 'Entries on a page'),
    offset: parameter('offset', 'query', { type: 'integer', minimum: 0 }, 'Entries before the page'),
    type: parameter('type', 'query', strings, 'Types of jobs; here all are `process`'),
    processIDs: parameter('processID', 'query', strings, 'Jobs of these processes'),
    status: parameter(
      'status',
      'query',
      { type: 'array', items: { type: 'string', enum: states } },
      'Jobs in these states',
    ),
    datetime: parameter(
      'datetime',
      'query',
      string,
      'When jobs were created: an instant, or an interval with a slash',
    ),
    minDuration: parameter('minDuration', 'query', seconds, 'Seconds that jobs have run at least'),
    maxDuration: parameter('maxDuration', 'query', seconds, 'Seconds that jobs have run at most'),
  },
  responses: {
    Problem: {
      description: 'What went wrong',
      content: { 'application/problem+json': { schema: schema('Problem') } },
    },
  },
  schemas: {
    AnyObject: anyObject,
    Link: object(['href'], { href: string, rel: string, type: string, hreflang: string, title: string }),
    LandingPage: object(['links'], { title: string, description: string, links }),
    Conformance: object(['conformsTo'], { conformsTo: strings }),
    ProcessSummary: object(['id', 'version'], summary),
    ProcessList: object(['processes', 'links'], { processes: listOf('ProcessSummary'), links }),
    Process: object(['id', 'version'], { ...summary, inputs: anyObject, outputs: anyObject }),
    QualifiedValue: object(['value'], {
      value: {},
      mediaType: string,
      encoding: string,
      schema: string,
      uom: string,
    }),
    Reference: object(['href'], { href: uri, type: string, method: string, headers: anyObject, body: {} }),
    Output: object([], {
      format: object([], { mediaType: string, encoding: string, schema: string }),
      transmissionMode: { type: 'string', enum: ['value', 'reference'], default: 'value' },
    }),
    Subscriber: object([], { successUri: uri, inProgressUri: uri, failedUri: uri }),
    Execute: object([], {
      inputs: anyObject,
      outputs: { type: 'object', additionalProperties: schema('Output') },
      response: { type: 'string', enum: ['raw', 'document'], default: 'raw' },
      subscriber: schema('Subscriber'),
    }),
    StatusInfo: object(['jobID', 'status', 'type'], {
      processID: string,
      type: { type: 'string', enum: ['process'] },
      jobID: string,
      status: { type: 'string', enum: states },
      message: string,
      created: dateTime,
      started: dateTime,
      finished: dateTime,
      updated: dateTime,
      progress: { type: 'integer', minimum: 0, maximum: 100 },
      links,
    }),
    JobList: object(['jobs', 'links'], { jobs: listOf('StatusInfo'), links }),
    Results: { type: 'object', additionalProperties: true },
    Problem: object(['type'], {
      type: string,
      title: string,
      status: { type: 'integer' },
      detail: string,
      instance: string,
      code: string,
      locator: string,
    }),
  },
};
