import { Buffer } from 'node:buffer';
import test, { type ExecutionContext } from 'ava';
import { ApiUnderTest, type Execution, TYPES } from './helpers/api-under-test.ts';

/*
 * The abstract tests of OGC API - Processes - Part 1 (OGC 18-062r2 annex A) as the OGC's suite has them,
 * opengeospatial/ets-ogcapi-processes10: executions, jobs and results of core, one test each. Against a peer with its process `echo`.
 */

const TEXT = 'teststring';

let api: ApiUnderTest;

test.before(async () => {
  api = await ApiUnderTest.start();
});

test.after.always(() => api?.stop());

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

test('Abstract Test 16: /conf/core/job-creation-op', async (t) => {
  const created = await api.execute(STRING, 'respond-async ');
  t.is(created.status, 201);
  await api.get(t, created.headers.get('location') as string, 'statusInfo');
});

test('Abstract Test 17: /conf/core/job-creation-auto-execution-mode', async (t) => {
  t.is((await api.execute(STRING, 'respond-async')).status, 201);
  t.is((await api.execute(STRING, 'respond-async')).headers.get('preference-applied'), 'respond-async');
});

test('Abstract Test 18: /conf/core/job-creation-default-execution-mode', async (t) => {
  t.is((await api.execute(STRING)).status, 200);
});

test('Abstract Test 19: /conf/core/job-creation-request', async (t) => {
  for (const request of [STRING, TWO, MIXED, REFERENCES]) {
    t.is(api.schemas.complaint('execute', request), '');
    t.is((await api.execute({ ...request, response: 'document' })).status, 200);
  }
  await api.document(
    t,
    await api.call('/processes/echo/execution', { method: 'POST', body: '[]' }),
    'exception',
    400,
  );
});

test('Abstract Test 20: /conf/core/job-creation-inputs', async (t) => {
  const first = await api.execute({ ...STRING, outputs: { string: { transmissionMode: 'reference' } } });
  const href = /<([^>]+\/outputs\/string)>/.exec(first.headers.get('link') ?? '')?.[1] as string;
  const answer = await api.execute({ inputs: { string: { href } }, outputs: { string: {} } });
  t.is(await answer.text(), TEXT);
});

test('Abstract Test 21: /conf/core/job-creation-input-inline', async (t) => {
  const answer = await api.execute({
    inputs: { string: TEXT, integer: 3, number: 2.5, boolean: true, measure: { value: 4, uom: 'km' } },
    response: 'document',
  });
  const found = await api.document(t, answer, 'results');
  t.deepEqual(found, {
    string: TEXT,
    integer: 3,
    number: 2.5,
    boolean: true,
    measure: { value: 4, uom: 'km' },
  });
});

test('Abstract Test 22: /conf/core/job-creation-input-ref', async (t) => {
  const first = await api.execute({
    inputs: { binary: { value: 'AAECAw==', mediaType: 'image/tiff; subtype=geotiff' } },
    outputs: { binary: { transmissionMode: 'reference' } },
  });
  t.is(first.status, 204);
  const href = /<([^>]+\/outputs\/binary)>/.exec(first.headers.get('link') ?? '')?.[1] as string;
  const inputs = { binary: { href, type: 'image/tiff; subtype=geotiff' } };
  const answer = await api.execute({ inputs, outputs: { binary: {} } });
  t.is(answer.status, 200);
  t.is(Buffer.from(await answer.arrayBuffer()).toString('base64'), 'AAECAw==');
});

test('Abstract Test 23: /conf/core/job-creation-input-array', async (t) => {
  const inputs = { strings: ['test1', 'test2', 'test3'] };
  const found = await api.document(t, await api.execute({ inputs, response: 'document' }), 'results');
  t.deepEqual(found.strings.value, inputs.strings);
});

test('Abstract Test 24: /conf/core/job-creation-input-inline-object', async (t) => {
  const value = { a: [1, { b: null }], c: 'd' };
  const found = await api.document(
    t,
    await api.execute({ inputs: { object: { value } }, response: 'document' }),
    'results',
  );
  t.deepEqual(found.object.value, value);
  t.is((await api.execute({ inputs: { object: { value: TEXT } }, response: 'document' })).status, 200);
});

test('Abstract Test 25: /conf/core/job-creation-input-inline-mixed', async (t) => {
  const point = { type: 'Point', coordinates: [1, 2] };
  const gml = '<gml:Point xmlns:gml="http://www.opengis.net/gml"><gml:pos>1 2</gml:pos></gml:Point>';
  const json = await api.execute({
    inputs: { geometry: { value: point, mediaType: 'application/geo+json' } },
    response: 'document',
  });
  t.deepEqual((await api.document(t, json, 'results')).geometry.value, point);
  const mediaType = 'text/xml; subtype=gml/3.1.1';
  const xml = await api.execute({ inputs: { geometry: { value: gml, mediaType } }, response: 'document' });
  t.deepEqual((await api.document(t, xml, 'results')).geometry, { value: gml, mediaType });
});

test('Abstract Test 26: /conf/core/job-creation-input-inline-binary', async (t) => {
  const value = Buffer.from([0, 1, 2, 253, 254, 255]).toString('base64');
  for (const binary of [
    { value, format: { mediaType: 'image/tiff; subtype=geotiff', encoding: 'base64' } },
    { value, mediaType: 'image/tiff; subtype=geotiff', encoding: 'base64' },
  ]) {
    const answer = await api.execute({ inputs: { binary }, outputs: { binary: {} } });
    t.is(answer.headers.get('content-type'), 'image/tiff; subtype=geotiff');
    t.is(Buffer.from(await answer.arrayBuffer()).toString('base64'), value);
  }
});

test('Abstract Test 27: /conf/core/job-creation-input-inline-bbox', async (t) => {
  const found = await api.document(
    t,
    await api.execute({ inputs: { box: BOX }, response: 'document' }),
    'results',
  );
  t.deepEqual(found.box, BOX);
  const urn = { bbox: [1, 1, 2, 2], crs: 'urn:ogc:def:crs:EPSG:6.6:4326' };
  t.is((await api.execute({ inputs: { box: urn }, outputs: { box: {} } })).status, 200);
});

test('Abstract Test 27: /conf/core/job-creation-default-outputs', async (t) => {
  const found = await api.document(
    t,
    await api.execute({ inputs: { string: TEXT, integer: 1 }, response: 'document' }),
    'results',
  );
  t.deepEqual(Object.keys(found).sort(), ['integer', 'string']);
});

test('Abstract Test 28: /conf/core/job-creation-sync-raw-value-one', async (t) => {
  const answer = await api.execute({ ...STRING, response: 'raw' });
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
    const problem = await api.document(t, await api.execute({ inputs: { [id]: value } }), 'exception', 400);
    t.true(problem.detail.includes(`"${id}"`), problem.detail);
  }
});

test('Abstract Test 30: /conf/core/job-creation-sync-raw-value-multi', async (t) => {
  const parts = await partsOf(t, await api.execute({ ...TWO, response: 'raw' }));
  t.deepEqual([...parts.keys()], ['string', 'text']);
  t.is(parts.get('string')?.body, TEXT);
  t.is(parts.get('text')?.headers.get('content-type'), 'text/plain');
});

test('Abstract Test 31: /conf/core/job-creation-sync-raw-ref', async (t) => {
  const answer = await api.execute({ ...REFERENCES, response: 'raw' });
  t.is(answer.status, 204);
  const links = [...(answer.headers.get('link') ?? '').matchAll(/<([^>]+\/outputs\/(\w+))>/g)];
  t.deepEqual(
    links.map(([, , name]) => name),
    ['string', 'text'],
  );
  t.is(await (await fetch(links[0]?.[1] as string)).text(), TEXT);
});

test('Abstract Test 32: /conf/core/job-creation-sync-raw-mixed-multi', async (t) => {
  const parts = await partsOf(t, await api.execute({ ...MIXED, response: 'raw' }));
  t.is(parts.get('string')?.body, TEXT);
  t.is(parts.get('text')?.body, '');
  const location = parts.get('text')?.headers.get('content-location') as string;
  t.is(await (await fetch(location)).text(), 'some text');
});

test('Abstract Test 33: /conf/core/job-creation-sync-document', async (t) => {
  const found = await api.document(t, await api.execute({ ...MIXED, response: 'document' }), 'results');
  t.is(found.string, TEXT);
  t.regex(found.text.href, /\/outputs\/text$/);
});

test('Abstract Test 34: /conf/core/job-creation-success-async', async (t) => {
  const created = await api.execute(STRING, 'respond-async');
  const { jobID } = await api.document(t, created, 'statusInfo', 201);
  t.true(created.headers.get('location')?.endsWith(`/jobs/${jobID}`));
});

test('Abstract Test 35 and 36: /conf/core/job-op, /conf/core/job-success', async (t) => {
  const { jobID } = await api.ended(t, STRING);
  const status = await api.get(t, `/jobs/${jobID}`, 'statusInfo');
  t.like(status, { jobID, processID: 'echo', type: 'process', status: 'successful', progress: 100 });
  for (const time of ['created', 'started', 'finished', 'updated']) t.truthy(status[time], time);
});

test('Abstract Test 37: /conf/core/job-exception-no-such-job', async (t) => {
  for (const id of ['invalid-job', '0b6a3b2e-0000-4000-8000-000000000000', '%2e%2e%2f']) {
    t.is((await api.get(t, `/jobs/${id}`, 'exception', 404)).type, `${TYPES}/no-such-job`);
  }
});

test('Abstract Test 38: /conf/core/job-results', async (t) => {
  const { jobID } = await api.ended(t, STRING);
  const answer = await api.call(`/jobs/${jobID}/results`);
  t.is(answer.status, 200);
  t.is(await answer.text(), TEXT);
});

test('/conf/core/job-results-sync: a synchronous answer names its job', async (t) => {
  const answer = await api.execute(STRING);
  const href = /<([^>]+)>; rel="?monitor/.exec(answer.headers.get('link') ?? '')?.[1] as string;
  t.is((await api.get(t, href, 'statusInfo')).status, 'successful');
});

test('Abstract Test 40: /conf/core/job-results-async-raw-value-one', async (t) => {
  t.is(await (await api.results(t, { ...STRING, response: 'raw' })).text(), TEXT);
});

test('Abstract Test 41: /conf/core/job-results-async-raw-value-multi', async (t) => {
  t.is((await partsOf(t, await api.results(t, { ...TWO, response: 'raw' }))).size, 2);
});

test('Abstract Test 42: /conf/core/job-results-async-raw-ref', async (t) => {
  const answer = await api.results(t, { ...REFERENCES, response: 'raw' });
  t.is(answer.status, 204);
  t.regex(answer.headers.get('link') ?? '', /outputs\/string>.*outputs\/text>/);
});

test('Abstract Test 43: /conf/core/job-results-async-raw-mixed-multi', async (t) => {
  const parts = await partsOf(t, await api.results(t, { ...MIXED, response: 'raw' }));
  t.truthy(parts.get('text')?.headers.get('content-location'));
});

test('Abstract Test 44: /conf/core/job-results-async-document', async (t) => {
  const found = await api.document(t, await api.results(t, { ...TWO, response: 'document' }), 'results');
  t.is(found.string, TEXT);
});

test('/conf/core/job-results-exception-no-such-job', async (t) => {
  t.is((await api.get(t, '/jobs/invalid-job/results', 'exception', 404)).type, `${TYPES}/no-such-job`);
});

test('Abstract Test 46: /conf/core/job-results-exception-results-not-ready', async (t) => {
  const { inputs, outputs } = STRING as Required<Execution>;
  const created = await api.execute(
    { inputs: { ...inputs, pause: 5 }, outputs, response: 'raw' },
    'respond-async',
  );
  const location = created.headers.get('location') as string;
  await api.get(t, location, 'statusInfo');
  t.is((await api.get(t, `${location}/results`, 'exception', 404)).type, `${TYPES}/result-not-ready`);
  await api.call(location, { method: 'DELETE' });
});

test('Abstract Test 47: /conf/core/job-results-failed', async (t) => {
  const refused = await api.call('/processes/echo/execution', {
    method: 'POST',
    body: JSON.stringify({ 'invalid-execute-request': 'true)' }),
  });
  await api.document(t, refused, 'exception', 400);
  const { jobID, status } = await api.ended(t, { inputs: { fail: 'as it was asked' } });
  t.is(status, 'failed');
  t.regex((await api.get(t, `/jobs/${jobID}/results`, 'exception', 500)).detail, /as it was asked/);
});
