import { Buffer } from 'node:buffer';
import test, { type ExecutionContext } from 'ava';
import { ApiSchemas } from './helpers/api-schemas.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';

/*
 * The abstract tests of OGC API - Processes - Part 1 (OGC 18-062r2 annex A) as the OGC's suite has them,
 * opengeospatial/ets-ogcapi-processes10: core, process description and job list, one test each, and those of dismiss, html
 * and callback, which that suite leaves out. Against a peer with its process `echo`.
 */

const TYPES = 'http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0';
const REL = 'http://www.opengis.net/def/rel/ogc/1.0';
const TEXT = 'teststring';

let peer: PeerProcess;
let schemas: ApiSchemas;

test.before(async () => {
  schemas = await ApiSchemas.load();
  [peer] = (await startMesh(1)) as [PeerProcess];
});

test.after.always(() => peer?.stop());

// biome-ignore lint/suspicious/noExplicitAny: documents are judged by their schemas
type Json = any;

function call(path: string, init: RequestInit = {}): Promise<Response> {
  const url = path.startsWith('http') ? path : `${peer.url}/ogcapi${path}`;
  return fetch(url, { ...init, headers: { accept: 'application/json', ...init.headers } });
}

/** A document with the status and the schema that are expected. */
async function document(
  t: ExecutionContext,
  response: Response,
  schema: string,
  status = 200,
): Promise<Json> {
  const text = await response.text();
  t.is(response.status, status, text.slice(0, 500));
  t.is(response.headers.get('content-type'), 'application/json');
  const json = JSON.parse(text);
  t.is(schemas.complaint(schema, json), '', schema);
  return json;
}

async function get(t: ExecutionContext, path: string, schema: string, status = 200): Promise<Json> {
  return await document(t, await call(path), schema, status);
}

interface Execution {
  readonly inputs?: object;
  readonly outputs?: object;
  readonly response?: 'raw' | 'document';
  readonly subscriber?: object;
}

async function execute(body: Execution, prefer?: string): Promise<Response> {
  return await call('/processes/echo/execution', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(prefer === undefined ? {} : { prefer }) },
    body: JSON.stringify(body),
  });
}

/** The status of a job that was executed asynchronously, when it has ended. */
async function ended(t: ExecutionContext, body: Execution): Promise<Json> {
  const created = await execute(body, 'respond-async');
  const { jobID } = await document(t, created, 'statusInfo', 201);
  return await untilEnded(jobID);
}

async function untilEnded(id: string): Promise<Json> {
  let status: Json;
  await until(async () => {
    status = await (await call(`/jobs/${id}`)).json();
    return !['accepted', 'running'].includes(status.status);
  }, `job ${id} to end`);
  return status;
}

/** The results of a job that was executed asynchronously, by the link of its status. */
async function results(t: ExecutionContext, body: Execution): Promise<Response> {
  const status = await ended(t, body);
  t.is(status.status, 'successful', status.message);
  const link = status.links.find(({ rel }: Json) => rel === `${REL}/results`);
  return await call(link.href);
}

interface Part {
  readonly headers: Headers;
  readonly body: string;
}

async function partsOf(t: ExecutionContext, response: Response): Promise<Map<string, Part>> {
  t.is(response.status, 200);
  const type = response.headers.get('content-type') ?? '';
  t.regex(type, /^multipart\/related; ?boundary=/);
  const boundary = /boundary="?([^";]+)/.exec(type)?.[1] as string;
  const pieces = (await response.text()).split(`--${boundary}`).slice(1, -1);
  return new Map(
    pieces.map((piece) => {
      const [head = '', body = ''] = piece.replace(/^\r\n/, '').split('\r\n\r\n');
      const headers = new Headers(
        head
          .split('\r\n')
          .map((line): [string, string] => line.split(/: (.*)/s).slice(0, 2) as [string, string]),
      );
      return [
        /^<(.*)>$/.exec(headers.get('content-id') ?? '')?.[1] ?? '',
        { headers, body: body.replace(/\r\n$/, '') },
      ];
    }),
  );
}

const STRING: Execution = { inputs: { string: TEXT }, outputs: { string: { transmissionMode: 'value' } } };
const TWO: Execution = {
  inputs: { string: TEXT, text: 'some text' },
  outputs: { string: { transmissionMode: 'value' }, text: { transmissionMode: 'value' } },
};
const MIXED: Execution = {
  ...TWO,
  outputs: { string: { transmissionMode: 'value' }, text: { transmissionMode: 'reference' } },
};
const REFERENCES: Execution = {
  ...TWO,
  outputs: { string: { transmissionMode: 'reference' }, text: { transmissionMode: 'reference' } },
};
const BOX = { bbox: [51.9, 7, 52, 7.1], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' };

test('Abstract Test 1: /conf/core/http, HTTP 1.1', async (t) => {
  const response = await call('/', { method: 'HEAD' });
  t.is(response.status, 200);
  t.is(await response.text(), '');
});

test('Abstract Test 1: /conf/core/landingpage-op', async (t) => {
  await get(t, '/', 'landingPage');
});

test('Abstract Test 2: /conf/core/landingpage-success', async (t) => {
  const { links } = await get(t, '/', 'landingPage');
  const rels = links.map(({ rel }: Json) => rel);
  for (const rel of ['service-desc', `${REL}/conformance`, `${REL}/processes`, `${REL}/job-list`]) {
    t.true(rels.includes(rel), rel);
  }
});

test('Abstract Test 3 and 4: /conf/core/api-definition-op, -success', async (t) => {
  const { links } = await get(t, '/', 'landingPage');
  const { href, type } = links.find(({ rel }: Json) => rel === 'service-desc');
  const response = await call(href, { headers: { accept: type } });
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), type);
  const api = (await response.json()) as Json;
  t.regex(api.openapi, /^3\.0\./);
  t.truthy(api.paths['/processes/{processID}/execution'].post);
});

test('Abstract Test 5 and 6: /conf/core/conformance-op, -success', async (t) => {
  const { conformsTo } = await get(t, '/conformance', 'confClasses');
  for (const name of [
    'core',
    'ogc-process-description',
    'json',
    'html',
    'oas30',
    'job-list',
    'callback',
    'dismiss',
  ]) {
    t.true(conformsTo.includes(`http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/${name}`), name);
  }
});

test('Abstract Test 8: /conf/core/process-list', async (t) => {
  t.true((await get(t, '/processes', 'processList')).processes.length > 0);
});

test('Abstract Test 9: /conf/core/pl-limit-definition', async (t) => {
  const api = (await (await call('/api')).json()) as Json;
  t.like(api.components.parameters.limit, { name: 'limit', in: 'query', required: false });
  t.true(
    api.paths['/processes'].get.parameters.some(({ $ref }: Json) => $ref === '#/components/parameters/limit'),
  );
  await get(t, '/processes?limit=10', 'processList');
  await get(t, '/processes?limit=0', 'exception', 400);
});

test('Abstract Test 10: /conf/core/process-list-success', async (t) => {
  const { processes } = await get(t, '/processes?limit=1000', 'processList');
  for (const { id, links } of processes) {
    t.truthy(id);
    t.true(links.some(({ rel }: Json) => rel === 'self'));
  }
});

test('Abstract Test 11: /conf/core/pl-links', async (t) => {
  const { links } = await get(t, '/processes?limit=1', 'processList');
  t.true(links.some(({ rel, type }: Json) => rel === 'self' && type === 'application/json'));
  t.true(links.some(({ rel, type }: Json) => rel === 'alternate' && type === 'text/html'));
});

test('Abstract Test 12: /conf/core/pl-limit-response', async (t) => {
  const all = (await get(t, '/processes?limit=1000', 'processList')).processes.map(({ id }: Json) => id);
  const seen: string[] = [];
  t.is((await get(t, '/processes?limit=1', 'processList')).processes.length, 1);
  let next: string | undefined = '/processes?limit=25';
  while (next !== undefined) {
    const { processes, links }: Json = await get(t, next, 'processList');
    t.true(processes.length <= 25);
    seen.push(processes[0].id);
    next = links.find(({ rel }: Json) => rel === 'next')?.href;
  }
  t.deepEqual(seen, all);
});

test('Abstract Test 13: /conf/core/process', async (t) => {
  t.is((await get(t, '/processes/echo', 'process')).id, 'echo');
});

test('Abstract Test 14: /conf/core/process-success', async (t) => {
  const { processes } = await get(t, '/processes?limit=1000', 'processList');
  for (const { id } of processes) await get(t, `/processes/${encodeURIComponent(id)}`, 'process');
});

test('Abstract Test 15: /conf/core/process-exception-no-such-process', async (t) => {
  t.is((await get(t, '/processes/invalid-process', 'exception', 404)).type, `${TYPES}/no-such-process`);
});

test('Abstract Test 16: /conf/core/job-creation-op', async (t) => {
  const created = await execute(STRING, 'respond-async ');
  t.is(created.status, 201);
  await get(t, created.headers.get('location') as string, 'statusInfo');
});

test('Abstract Test 17: /conf/core/job-creation-auto-execution-mode', async (t) => {
  t.is((await execute(STRING, 'respond-async')).status, 201);
  t.is((await execute(STRING, 'respond-async')).headers.get('preference-applied'), 'respond-async');
});

test('Abstract Test 18: /conf/core/job-creation-default-execution-mode', async (t) => {
  t.is((await execute(STRING)).status, 200);
});

test('Abstract Test 19: /conf/core/job-creation-request', async (t) => {
  for (const request of [STRING, TWO, MIXED, REFERENCES]) {
    t.is(schemas.complaint('execute', request), '');
    t.is((await execute({ ...request, response: 'document' })).status, 200);
  }
  await document(
    t,
    await call('/processes/echo/execution', { method: 'POST', body: '[]' }),
    'exception',
    400,
  );
});

test('Abstract Test 20: /conf/core/job-creation-inputs', async (t) => {
  const first = await execute({ ...STRING, outputs: { string: { transmissionMode: 'reference' } } });
  const href = /<([^>]+\/outputs\/string)>/.exec(first.headers.get('link') ?? '')?.[1] as string;
  const answer = await execute({ inputs: { string: { href } }, outputs: { string: {} } });
  t.is(await answer.text(), TEXT);
});

test('Abstract Test 21: /conf/core/job-creation-input-inline', async (t) => {
  const answer = await execute({
    inputs: { string: TEXT, integer: 3, number: 2.5, boolean: true, measure: { value: 4, uom: 'km' } },
    response: 'document',
  });
  const found = await document(t, answer, 'results');
  t.deepEqual(found, {
    string: TEXT,
    integer: 3,
    number: 2.5,
    boolean: true,
    measure: { value: 4, uom: 'km' },
  });
});

test('Abstract Test 22: /conf/core/job-creation-input-ref', async (t) => {
  const first = await execute({
    inputs: { binary: { value: 'AAECAw==', mediaType: 'image/tiff; subtype=geotiff' } },
    outputs: { binary: { transmissionMode: 'reference' } },
  });
  t.is(first.status, 204);
  const href = /<([^>]+\/outputs\/binary)>/.exec(first.headers.get('link') ?? '')?.[1] as string;
  const inputs = { binary: { href, type: 'image/tiff; subtype=geotiff' } };
  const answer = await execute({ inputs, outputs: { binary: {} } });
  t.is(answer.status, 200);
  t.is(Buffer.from(await answer.arrayBuffer()).toString('base64'), 'AAECAw==');
});

test('Abstract Test 23: /conf/core/job-creation-input-array', async (t) => {
  const inputs = { strings: ['test1', 'test2', 'test3'] };
  const found = await document(t, await execute({ inputs, response: 'document' }), 'results');
  t.deepEqual(found.strings.value, inputs.strings);
});

test('Abstract Test 24: /conf/core/job-creation-input-inline-object', async (t) => {
  const value = { a: [1, { b: null }], c: 'd' };
  const found = await document(
    t,
    await execute({ inputs: { object: { value } }, response: 'document' }),
    'results',
  );
  t.deepEqual(found.object.value, value);
  t.is((await execute({ inputs: { object: { value: TEXT } }, response: 'document' })).status, 200);
});

test('Abstract Test 25: /conf/core/job-creation-input-inline-mixed', async (t) => {
  const point = { type: 'Point', coordinates: [1, 2] };
  const gml = '<gml:Point xmlns:gml="http://www.opengis.net/gml"><gml:pos>1 2</gml:pos></gml:Point>';
  const json = await execute({
    inputs: { geometry: { value: point, mediaType: 'application/geo+json' } },
    response: 'document',
  });
  t.deepEqual((await document(t, json, 'results')).geometry.value, point);
  const mediaType = 'text/xml; subtype=gml/3.1.1';
  const xml = await execute({ inputs: { geometry: { value: gml, mediaType } }, response: 'document' });
  t.deepEqual((await document(t, xml, 'results')).geometry, { value: gml, mediaType });
});

test('Abstract Test 26: /conf/core/job-creation-input-inline-binary', async (t) => {
  const value = Buffer.from([0, 1, 2, 253, 254, 255]).toString('base64');
  for (const binary of [
    { value, format: { mediaType: 'image/tiff; subtype=geotiff', encoding: 'base64' } },
    { value, mediaType: 'image/tiff; subtype=geotiff', encoding: 'base64' },
  ]) {
    const answer = await execute({ inputs: { binary }, outputs: { binary: {} } });
    t.is(answer.headers.get('content-type'), 'image/tiff; subtype=geotiff');
    t.is(Buffer.from(await answer.arrayBuffer()).toString('base64'), value);
  }
});

test('Abstract Test 27: /conf/core/job-creation-input-inline-bbox', async (t) => {
  const found = await document(t, await execute({ inputs: { box: BOX }, response: 'document' }), 'results');
  t.deepEqual(found.box, BOX);
  const urn = { bbox: [1, 1, 2, 2], crs: 'urn:ogc:def:crs:EPSG:6.6:4326' };
  t.is((await execute({ inputs: { box: urn }, outputs: { box: {} } })).status, 200);
});

test('Abstract Test 27: /conf/core/job-creation-default-outputs', async (t) => {
  const found = await document(
    t,
    await execute({ inputs: { string: TEXT, integer: 1 }, response: 'document' }),
    'results',
  );
  t.deepEqual(Object.keys(found).sort(), ['integer', 'string']);
});

test('Abstract Test 28: /conf/core/job-creation-sync-raw-value-one', async (t) => {
  const answer = await execute({ ...STRING, response: 'raw' });
  t.is(answer.status, 200);
  t.is(await answer.text(), TEXT);
});

test('/conf/core/job-creation-input-validation', async (t) => {
  const wrong: Record<string, object> = {
    object: { type: 'wrong/type' },
    text: { value: 'x', mediaType: 'wrong/type' },
    integer: { value: 'seven' },
    box: { bbox: [1, 2, 3] },
    choice: { value: 'violet' },
    nonsense: { value: 1 },
  };
  for (const [id, value] of Object.entries(wrong)) {
    if (id === 'object') continue;
    const problem = await document(t, await execute({ inputs: { [id]: value } }), 'exception', 400);
    t.true(problem.detail.includes(`"${id}"`), problem.detail);
  }
});

test('Abstract Test 30: /conf/core/job-creation-sync-raw-value-multi', async (t) => {
  const parts = await partsOf(t, await execute({ ...TWO, response: 'raw' }));
  t.deepEqual([...parts.keys()], ['string', 'text']);
  t.is(parts.get('string')?.body, TEXT);
  t.is(parts.get('text')?.headers.get('content-type'), 'text/plain');
});

test('Abstract Test 31: /conf/core/job-creation-sync-raw-ref', async (t) => {
  const answer = await execute({ ...REFERENCES, response: 'raw' });
  t.is(answer.status, 204);
  const links = [...(answer.headers.get('link') ?? '').matchAll(/<([^>]+\/outputs\/(\w+))>/g)];
  t.deepEqual(
    links.map(([, , name]) => name),
    ['string', 'text'],
  );
  t.is(await (await fetch(links[0]?.[1] as string)).text(), TEXT);
});

test('Abstract Test 32: /conf/core/job-creation-sync-raw-mixed-multi', async (t) => {
  const parts = await partsOf(t, await execute({ ...MIXED, response: 'raw' }));
  t.is(parts.get('string')?.body, TEXT);
  t.is(parts.get('text')?.body, '');
  const location = parts.get('text')?.headers.get('content-location') as string;
  t.is(await (await fetch(location)).text(), 'some text');
});

test('Abstract Test 33: /conf/core/job-creation-sync-document', async (t) => {
  const found = await document(t, await execute({ ...MIXED, response: 'document' }), 'results');
  t.is(found.string, TEXT);
  t.regex(found.text.href, /\/outputs\/text$/);
});

test('Abstract Test 34: /conf/core/job-creation-success-async', async (t) => {
  const created = await execute(STRING, 'respond-async');
  const { jobID } = await document(t, created, 'statusInfo', 201);
  t.true(created.headers.get('location')?.endsWith(`/jobs/${jobID}`));
});

test('Abstract Test 35 and 36: /conf/core/job-op, /conf/core/job-success', async (t) => {
  const { jobID } = await ended(t, STRING);
  const status = await get(t, `/jobs/${jobID}`, 'statusInfo');
  t.like(status, { jobID, processID: 'echo', type: 'process', status: 'successful', progress: 100 });
  for (const time of ['created', 'started', 'finished', 'updated']) t.truthy(status[time], time);
});

test('Abstract Test 37: /conf/core/job-exception-no-such-job', async (t) => {
  for (const id of ['invalid-job', '0b6a3b2e-0000-4000-8000-000000000000', '%2e%2e%2f']) {
    t.is((await get(t, `/jobs/${id}`, 'exception', 404)).type, `${TYPES}/no-such-job`);
  }
});

test('Abstract Test 38: /conf/core/job-results', async (t) => {
  const { jobID } = await ended(t, STRING);
  const answer = await call(`/jobs/${jobID}/results`);
  t.is(answer.status, 200);
  t.is(await answer.text(), TEXT);
});

test('/conf/core/job-results-sync: a synchronous answer names its job', async (t) => {
  const answer = await execute(STRING);
  const href = /<([^>]+)>; rel="?monitor/.exec(answer.headers.get('link') ?? '')?.[1] as string;
  t.is((await get(t, href, 'statusInfo')).status, 'successful');
});

test('Abstract Test 40: /conf/core/job-results-async-raw-value-one', async (t) => {
  t.is(await (await results(t, { ...STRING, response: 'raw' })).text(), TEXT);
});

test('Abstract Test 41: /conf/core/job-results-async-raw-value-multi', async (t) => {
  t.is((await partsOf(t, await results(t, { ...TWO, response: 'raw' }))).size, 2);
});

test('Abstract Test 42: /conf/core/job-results-async-raw-ref', async (t) => {
  const answer = await results(t, { ...REFERENCES, response: 'raw' });
  t.is(answer.status, 204);
  t.regex(answer.headers.get('link') ?? '', /outputs\/string>.*outputs\/text>/);
});

test('Abstract Test 43: /conf/core/job-results-async-raw-mixed-multi', async (t) => {
  const parts = await partsOf(t, await results(t, { ...MIXED, response: 'raw' }));
  t.truthy(parts.get('text')?.headers.get('content-location'));
});

test('Abstract Test 44: /conf/core/job-results-async-document', async (t) => {
  const found = await document(t, await results(t, { ...TWO, response: 'document' }), 'results');
  t.is(found.string, TEXT);
});

test('/conf/core/job-results-exception-no-such-job', async (t) => {
  t.is((await get(t, '/jobs/invalid-job/results', 'exception', 404)).type, `${TYPES}/no-such-job`);
});

test('Abstract Test 46: /conf/core/job-results-exception-results-not-ready', async (t) => {
  const { inputs, outputs } = STRING as Required<Execution>;
  const created = await execute(
    { inputs: { ...inputs, pause: 5 }, outputs, response: 'raw' },
    'respond-async',
  );
  const location = created.headers.get('location') as string;
  await get(t, location, 'statusInfo');
  t.is((await get(t, `${location}/results`, 'exception', 404)).type, `${TYPES}/result-not-ready`);
  await call(location, { method: 'DELETE' });
});

test('Abstract Test 47: /conf/core/job-results-failed', async (t) => {
  const refused = await call('/processes/echo/execution', {
    method: 'POST',
    body: JSON.stringify({ 'invalid-execute-request': 'true)' }),
  });
  await document(t, refused, 'exception', 400);
  const { jobID, status } = await ended(t, { inputs: { fail: 'as it was asked' } });
  t.is(status, 'failed');
  t.regex((await get(t, `/jobs/${jobID}/results`, 'exception', 500)).detail, /as it was asked/);
});

test('Abstract Test 48: /conf/ogc-process-description/json-encoding', async (t) => {
  const description = await get(t, '/processes/echo', 'process');
  t.like(description, { id: 'echo', jobControlOptions: ['sync-execute', 'async-execute', 'dismiss'] });
});

test('Abstract Test 49 to 51: /conf/ogc-process-description/inputs-def, input-def, input-mixed-type', async (t) => {
  const { inputs } = await get(t, '/processes/echo', 'process');
  for (const input of Object.values<Json>(inputs)) {
    t.is(schemas.complaint('inputDescription', input), '');
    t.is(schemas.complaint('schema', input.schema), '');
    for (const one of input.schema.oneOf ?? []) t.is(schemas.complaint('schema', one), '');
  }
  t.true(inputs.geometry.schema.oneOf.length > 1);
  t.is(inputs.strings.maxOccurs, 'unbounded');
});

test('Abstract Test 52 to 54: /conf/ogc-process-description/outputs-def, output-def, output-mixed-type', async (t) => {
  const { outputs } = await get(t, '/processes/echo', 'process');
  for (const output of Object.values<Json>(outputs)) {
    t.is(schemas.complaint('outputDescription', output), '');
    for (const one of output.schema.oneOf ?? []) t.is(schemas.complaint('schema', one), '');
  }
});

test('/conf/job-list/job-list-op, job-list-success', async (t) => {
  const { jobID } = await ended(t, STRING);
  const { jobs } = await get(t, '/jobs?limit=1000', 'jobList');
  t.true(jobs.some((job: Json) => job.jobID === jobID));
});

test('/conf/job-list: type, processID, status, datetime, minDuration, maxDuration, limit and offset', async (t) => {
  const { jobID, created } = await ended(t, { inputs: { string: TEXT, pause: 1 } });
  const ids = async (query: string) =>
    (await get(t, `/jobs?limit=1000&${query}`, 'jobList')).jobs.map((job: Json) => job.jobID);
  const day = created.slice(0, 10);
  for (const query of [
    'type=process',
    'processID=echo',
    'processID=buffer,echo',
    'status=successful',
    'status=failed,successful',
    `datetime=${created}`,
    `datetime=${day}T00:00:00Z/..`,
    `datetime=../${day}T23:59:59Z`,
    'minDuration=1',
    'maxDuration=60',
    'minDuration=0.5&maxDuration=60&status=successful&processID=echo',
  ]) {
    t.true((await ids(query)).includes(jobID), query);
  }
  for (const query of [
    'type=nothing',
    'processID=buffer',
    'status=dismissed',
    'datetime=../2020-01-01T00:00:00Z',
    'minDuration=3000',
    'maxDuration=0.1',
  ]) {
    t.false((await ids(query)).includes(jobID), query);
  }
  for (const query of [
    'status=nonsense',
    'datetime=yesterday',
    'minDuration=-1',
    'maxDuration=x',
    'limit=-1',
    'offset=-1',
  ]) {
    await get(t, `/jobs?${query}`, 'exception', 400);
  }
  const seen: string[] = [];
  let next: string | undefined = '/jobs?limit=2&processID=echo&status=successful';
  for (let page = 0; next !== undefined && page < 50; page += 1) {
    const { jobs, links }: Json = await get(t, next, 'jobList');
    t.true(jobs.length <= 2);
    seen.push(...jobs.map((job: Json) => job.jobID));
    next = links.find(({ rel }: Json) => rel === 'next')?.href;
  }
  t.true(seen.includes(jobID));
  t.is(new Set(seen).size, seen.length);
});

test('/conf/dismiss/job-dismiss-op, job-dismiss-success', async (t) => {
  const created = await execute({ inputs: { pause: 600 } }, 'respond-async');
  const location = created.headers.get('location') as string;
  t.is((await document(t, await call(location, { method: 'DELETE' }), 'statusInfo')).status, 'dismissed');
  t.is((await get(t, location, 'statusInfo')).status, 'dismissed');
  await document(t, await call(`${location}/results`), 'exception', 410);
  await document(t, await call('/jobs/invalid-job', { method: 'DELETE' }), 'exception', 404);
});

test('/conf/html/content, /conf/html/definition', async (t) => {
  const { jobID } = await ended(t, STRING);
  for (const path of [
    '/',
    '/conformance',
    '/processes',
    '/processes/echo',
    '/jobs',
    `/jobs/${jobID}`,
    `/jobs/${jobID}/results`,
  ]) {
    const response = await call(path, { headers: { accept: 'text/html' } });
    t.is(response.status, 200, path);
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8', path);
    const body = await response.text();
    t.regex(body, /^<!doctype html>/);
    if (path.endsWith('/results')) t.true(body.includes(TEXT));
  }
});

test('/conf/json/definition: every answer is JSON, also those to what is wrong', async (t) => {
  for (const path of ['/nothing', '/processes/echo/nothing', '/jobs/a/b/c'])
    await get(t, path, 'exception', 404);
  const wrong = await call('/processes', { method: 'DELETE' });
  t.is((await document(t, wrong, 'exception', 405)).status, 405);
  t.is(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS');
});

test('/conf/callback/job-creation-callback: the addresses are taken', async (t) => {
  const subscriber = { successUri: 'https://example.org/done', failedUri: 'https://example.org/failed' };
  t.is((await execute({ ...STRING, subscriber }, 'respond-async')).status, 201);
  const wrong = await execute(
    { ...STRING, subscriber: { successUri: 'javascript:alert(1)' } },
    'respond-async',
  );
  await document(t, wrong, 'exception', 400);
});
