import { ogcConfig } from '../../../../src/config/ogc.ts';
import type { ExecuteRequest, ValidRequest } from '../../../../src/ogc/processes/execute-request.ts';
import type { JobOutput, JobView } from '../../../../src/ogc/processes/job-view.ts';
import { ProcessError } from '../../../../src/ogc/processes/problem.ts';
import {
  formatOf,
  type InputDescription,
  type LiteralData,
  type OutputDescription,
  type ProcessDescription,
} from '../../../../src/ogc/processes/process-description.ts';
import { validateRequest } from '../../../../src/ogc/processes/validate-request.ts';

export const limits = ogcConfig.parse({}).processes;

const described = { abstract: '', keywords: [], metadata: [] };

export function literal(changes: Partial<LiteralData> = {}): LiteralData {
  return {
    kind: 'literal',
    dataType: 'string',
    allowedValues: [],
    allowedRanges: [],
    units: [],
    ...changes,
  };
}

export function input(
  id: string,
  data: InputDescription['data'],
  minOccurs = 0,
  maxOccurs: number | 'unbounded' = 1,
) {
  return { id, title: `The ${id}`, ...described, data, minOccurs, maxOccurs } satisfies InputDescription;
}

function output(id: string, data: OutputDescription['data']): OutputDescription {
  return { id, title: `The ${id}`, ...described, data };
}

const geometry = [
  formatOf('application/geo+json'),
  formatOf('text/xml; subtype=gml/3.1.1', '', 'http://schemas.opengis.net/gml/3.1.1/base/feature.xsd'),
  formatOf('application/geopackage+sqlite3', 'base64'),
];

/** Everything that a process can have, hostile words among it. */
export const echo: ProcessDescription = {
  id: 'echo',
  title: 'Gives back <what> it & gets',
  abstract: 'Says "it" \'again\' ]]> 日本',
  keywords: ['echo', '<b>'],
  metadata: [{ title: 'More & more', role: 'about', href: 'http://localhost/echo?a=1&b=2' }],
  version: '1.2.0',
  jobControl: ['sync-execute', 'async-execute', 'dismiss'],
  idempotent: true,
  storeSupported: true,
  statusSupported: true,
  inputs: [
    input('text', literal({ defaultValue: 'hello' })),
    input(
      'count',
      literal({
        dataType: 'integer',
        allowedRanges: [{ minimum: '0', maximum: '10', closure: 'closed-open' }],
      }),
    ),
    input('distance', literal({ dataType: 'double', units: ['m', 'km'] })),
    input('colour', literal({ allowedValues: ['red', 'green'] })),
    input('flag', literal({ dataType: 'boolean' })),
    input('when', literal({ dataType: 'dateTime' })),
    input('names', literal(), 0, 'unbounded'),
    input('box', { kind: 'bbox', crs: ['EPSG:4326', 'urn:ogc:def:crs:OGC:1.3:CRS84', 'EPSG:3857'] }),
    input('geometry', { kind: 'complex', formats: geometry, maximumBytes: 3_000_000 }, 0, 2),
  ],
  outputs: [
    output('text', literal()),
    output('distance', literal({ dataType: 'double', units: ['m', 'km'] })),
    output('box', { kind: 'bbox', crs: ['EPSG:4326'] }),
    output('geometry', { kind: 'complex', formats: geometry }),
  ],
};

/** One that must have an input, and has no more than that. */
export const strict: ProcessDescription = {
  ...echo,
  id: 'native:strict',
  jobControl: ['async-execute'],
  metadata: [],
  keywords: [],
  version: '1',
  storeSupported: false,
  inputs: [input('need', literal({ dataType: 'integer' }), 1, 1)],
  outputs: [output('text', literal())],
};

export function request(changes: Partial<ExecuteRequest> = {}): ExecuteRequest {
  return {
    process: 'echo',
    mode: 'sync',
    modeIsPreference: false,
    response: 'document',
    multipart: false,
    lineage: false,
    store: false,
    status: false,
    inputs: [],
    outputs: [],
    ...changes,
  };
}

export function valid(changes: Partial<ExecuteRequest> = {}, process = echo): ValidRequest {
  return validateRequest(request(changes), process, limits);
}

/** What a call throws, which must be the one error of the room. */
export function problemOfCall(call: () => unknown): ProcessError {
  try {
    call();
  } catch (error) {
    if (error instanceof ProcessError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export const job: JobView = {
  id: '5f3a9c1e-0000-4000-8000-000000000001',
  process: 'echo',
  state: 'running',
  percent: 55.5,
  message: '',
  user: 'anna',
  created: Date.UTC(2026, 0, 2, 3, 4, 5),
  updated: Date.UTC(2026, 0, 2, 3, 4, 6),
  started: Date.UTC(2026, 0, 2, 3, 4, 6),
  expires: Date.UTC(2026, 0, 9),
  estimatedCompletion: Date.UTC(2026, 0, 2, 3, 5),
  nextPoll: Date.UTC(2026, 0, 2, 3, 4, 10),
};

export const GML = '<gml:Point xmlns:gml="http://www.opengis.net/gml"><gml:pos>1 2</gml:pos></gml:Point>';

/** An output of each kind. */
export const outputs: JobOutput[] = [
  { id: 'text', value: { kind: 'literal', value: 'a <b> & "c"', dataType: 'string', uom: '' } },
  { id: 'distance', value: { kind: 'literal', value: '2.5', dataType: 'double', uom: 'm' } },
  { id: 'box', value: { kind: 'bbox', crs: 'EPSG:4326', lower: [1, 2], upper: [3, 4] } },
  {
    id: 'geometry',
    value: { kind: 'complex', data: GML, format: geometry[1] as (typeof geometry)[0] },
  },
  {
    id: 'json',
    value: { kind: 'complex', data: '{"a":"]]>","b":[1]}', format: formatOf('application/geo+json') },
  },
  { id: 'bytes', value: { kind: 'complex', data: 'AAEC', format: formatOf('image/tiff', 'base64') } },
  {
    id: 'kept',
    value: {
      kind: 'reference',
      href: 'http://localhost:8080/artifacts/abc/out.tif',
      format: formatOf('image/tiff'),
    },
  },
];

export const service = {
  title: '',
  abstract: 'Processes & more',
  keywords: ['gismesh'],
  contactPerson: 'Anna <A>',
  contactOrganization: '',
  contactEmail: 'anna@example.org',
  fees: 'none',
  accessConstraints: 'none',
};
