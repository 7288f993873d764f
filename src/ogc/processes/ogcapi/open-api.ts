import type { ServiceMetadata } from '../../service.ts';
import { type JsonSchema, jsonSchema, openApiSchema } from '../json-schema.ts';
import type { InputDescription, ProcessDescription } from '../process-description.ts';
import { type ApiDocument, type JsonObject, jsonDocument, urlPart } from './document.ts';
import { openApiComponents } from './open-api-components.ts';

export interface OpenApiInput {
  readonly processes: readonly ProcessDescription[];
  readonly url: string;
  readonly service: ServiceMetadata;
  /** Of gismesh. */
  readonly version: string;
}

/** The API as OpenAPI 3.0 (section 9), with the inputs of each process spelled out. */
export function writeOpenApi({ processes, url, service, version }: OpenApiInput): ApiDocument {
  const names = operationNames(processes);
  const executions = processes.map((process, index) => [
    `/processes/${urlPart(process.id)}/execution`,
    { post: executeOperation(process, names[index] as string) },
  ]);
  const document = jsonDocument({
    openapi: '3.0.3',
    info: {
      title: service.title || 'gismesh processes',
      description: service.abstract || 'Geoprocessing on the computers of this mesh',
      version,
    },
    servers: [{ url }],
    tags: [{ name: 'capabilities' }, { name: 'processes' }, { name: 'jobs' }],
    paths: { ...commonPaths, ...Object.fromEntries(executions) },
    components: openApiComponents,
  });
  return { ...document, contentType: 'application/vnd.oai.openapi+json;version=3.0' };
}

function ref(kind: 'schemas' | 'responses' | 'parameters', name: string): JsonObject {
  return { $ref: `#/components/${kind}/${name}` };
}

function content(schema: JsonObject, type = 'application/json'): JsonObject {
  return { [type]: { schema } };
}

interface Operation {
  readonly id: string;
  readonly summary: string;
  readonly tag: string;
  readonly schema: string;
  readonly parameters?: readonly string[];
  readonly errors?: readonly string[];
}

function operation({ id, summary, tag, schema, parameters = [], errors = [] }: Operation): JsonObject {
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(parameters.length === 0 ? {} : { parameters: parameters.map((name) => ref('parameters', name)) }),
    responses: {
      200: { description: summary, content: content(ref('schemas', schema)) },
      ...Object.fromEntries(errors.map((status) => [status, ref('responses', 'Problem')] as const)),
      default: ref('responses', 'Problem'),
    },
  };
}

const capabilities = { tag: 'capabilities' };
const ofProcesses = { tag: 'processes' };
const ofJobs = { tag: 'jobs' };
const jobErrors = { parameters: ['jobID'], errors: ['404'] };

const commonPaths: JsonObject = {
  '/': {
    get: operation({
      id: 'getLandingPage',
      summary: 'The landing page',
      schema: 'LandingPage',
      ...capabilities,
    }),
  },
  '/conformance': {
    get: operation({
      id: 'getConformance',
      summary: 'What it conforms to',
      schema: 'Conformance',
      ...capabilities,
    }),
  },
  '/api': {
    get: operation({ id: 'getApi', summary: 'This document', schema: 'AnyObject', ...capabilities }),
  },
  '/processes': {
    get: operation({
      id: 'getProcesses',
      summary: 'The processes',
      schema: 'ProcessList',
      parameters: ['limit', 'offset'],
      errors: ['400'],
      ...ofProcesses,
    }),
  },
  '/processes/{processID}': {
    get: operation({
      id: 'getProcess',
      summary: 'The description of a process',
      schema: 'Process',
      parameters: ['processID'],
      errors: ['404'],
      ...ofProcesses,
    }),
  },
  '/processes/{processID}/execution': {
    post: {
      ...executeBase('execute', 'Runs a process', ref('schemas', 'Execute')),
      parameters: [ref('parameters', 'processID'), ref('parameters', 'prefer')],
    },
  },
  '/jobs': {
    get: operation({
      id: 'getJobs',
      summary: 'The jobs',
      schema: 'JobList',
      parameters: [
        'type',
        'processIDs',
        'status',
        'datetime',
        'minDuration',
        'maxDuration',
        'limit',
        'offset',
      ],
      errors: ['400'],
      ...ofJobs,
    }),
  },
  '/jobs/{jobID}': {
    get: operation({
      id: 'getStatus',
      summary: 'The status of a job',
      schema: 'StatusInfo',
      ...ofJobs,
      ...jobErrors,
    }),
    delete: operation({
      id: 'dismiss',
      summary: 'Dismisses a job',
      schema: 'StatusInfo',
      ...ofJobs,
      ...jobErrors,
    }),
  },
  '/jobs/{jobID}/results': {
    get: {
      operationId: 'getResults',
      summary: 'The results of a job',
      tags: [ofJobs.tag],
      parameters: [ref('parameters', 'jobID')],
      responses: {
        ...resultResponses(),
        404: ref('responses', 'Problem'),
        410: ref('responses', 'Problem'),
        default: ref('responses', 'Problem'),
      },
    },
  },
};

/** Results come as the execution asked for them: a document, one output as it is, several, or nothing but links. */
function resultResponses(): JsonObject {
  return {
    200: { description: 'The results', content: { ...content(ref('schemas', 'Results')), '*/*': {} } },
    204: {
      description: 'Results that were asked for by reference',
      headers: { Link: { description: 'Where they are', schema: { type: 'string' } } },
    },
  };
}

function executeBase(id: string, summary: string, schema: JsonObject): JsonObject {
  return {
    operationId: id,
    summary,
    tags: ['processes'],
    requestBody: { required: true, content: content(schema) },
    responses: {
      ...resultResponses(),
      201: {
        description: 'The job that was created',
        headers: { Location: { description: 'Its address', schema: { type: 'string' } } },
        content: content(ref('schemas', 'StatusInfo')),
      },
      400: ref('responses', 'Problem'),
      404: ref('responses', 'Problem'),
      default: ref('responses', 'Problem'),
    },
  };
}

/**
 * The functions that generated clients have for each process; the same at every peer. Ids may differ in signs that no
 * operationId can have: then a number keeps them apart.
 */
function operationNames(processes: readonly ProcessDescription[]): string[] {
  const taken = new Map<string, number>();
  return processes.map(({ id }) => {
    const name = `execute_${id.replace(/\W+/g, '_').slice(0, 60)}`;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    return count === 1 ? name : `${name}__${count}`;
  });
}

function executeOperation(process: ProcessDescription, name: string): JsonObject {
  return {
    ...executeBase(name, process.title || process.id, executeSchema(process)),
    ...(process.abstract === '' ? {} : { description: process.abstract }),
    parameters: [ref('parameters', 'prefer')],
  };
}

function executeSchema(process: ProcessDescription): JsonObject {
  const required = process.inputs.filter(isRequired).map(({ id }) => id);
  const inputs = process.inputs.map((input) => [input.id, inputSchema(input)] as const);
  const outputs = process.outputs.map(({ id }) => [id, ref('schemas', 'Output')] as const);
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required: ['inputs'] }),
    properties: {
      inputs: {
        type: 'object',
        ...(required.length === 0 ? {} : { required }),
        properties: Object.fromEntries(inputs),
      },
      outputs: { type: 'object', properties: Object.fromEntries(outputs) },
      response: { type: 'string', enum: ['raw', 'document'], default: 'raw' },
      subscriber: ref('schemas', 'Subscriber'),
    },
  };
}

function isRequired({ minOccurs, data }: InputDescription): boolean {
  return minOccurs > 0 && (data.kind === 'bbox' || data.defaultValue === undefined);
}

function inputSchema(input: InputDescription): JsonSchema {
  const value = openApiSchema(jsonSchema(input.data));
  const one: JsonObject = { anyOf: [value, ref('schemas', 'QualifiedValue'), ref('schemas', 'Reference')] };
  const { minOccurs, maxOccurs, title, id } = input;
  if (maxOccurs === 1) return { title: title || id, ...one };
  const most = maxOccurs === 'unbounded' ? {} : { maxItems: maxOccurs };
  const array: JsonObject = { type: 'array', items: one, minItems: minOccurs, ...most };
  return { title: title || id, anyOf: [array, ...(one.anyOf as JsonObject[])] };
}
