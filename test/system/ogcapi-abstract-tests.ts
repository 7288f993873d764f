import test from 'ava';
import { ApiUnderTest, type Json, REL, TYPES } from './helpers/api-under-test.ts';
import { until } from './helpers/peer-process.ts';

/*
 * The abstract tests of OGC API - Processes - Part 1 (OGC 18-062r2 annex A) as the OGC's suite has them,
 * opengeospatial/ets-ogcapi-processes10: core but for executions, process description and job list, one test each, and those of
 * dismiss, html, json and callback, which that suite leaves out. Against a peer with its process `echo`.
 */

let api: ApiUnderTest;

test.before(async () => {
  api = await ApiUnderTest.start();
});

test.after.always(() => api?.stop());

const STRING = { inputs: { string: 'teststring' }, outputs: { string: { transmissionMode: 'value' } } };

test('Abstract Test 1: /conf/core/http, HTTP 1.1', async (t) => {
  const response = await api.call('/', { method: 'HEAD' });
  t.is(response.status, 200);
  t.is(await response.text(), '');
});

test('Abstract Test 1: /conf/core/landingpage-op', async (t) => {
  await api.get(t, '/', 'landingPage');
});

test('Abstract Test 2: /conf/core/landingpage-success', async (t) => {
  const { links } = await api.get(t, '/', 'landingPage');
  const rels = links.map(({ rel }: Json) => rel);
  for (const rel of ['service-desc', `${REL}/conformance`, `${REL}/processes`, `${REL}/job-list`]) {
    t.true(rels.includes(rel), rel);
  }
});

test('Abstract Test 3 and 4: /conf/core/api-definition-op, -success', async (t) => {
  const { links } = await api.get(t, '/', 'landingPage');
  const { href, type } = links.find(({ rel }: Json) => rel === 'service-desc');
  const response = await api.call(href, { headers: { accept: type } });
  t.is(response.status, 200);
  t.is(response.headers.get('content-type'), type);
  const definition = (await response.json()) as Json;
  t.regex(definition.openapi, /^3\.0\./);
  t.truthy(definition.paths['/processes/{processID}/execution'].post);
});

test('Abstract Test 5 and 6: /conf/core/conformance-op, -success', async (t) => {
  const { conformsTo } = await api.get(t, '/conformance', 'confClasses');
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
  t.true((await api.get(t, '/processes', 'processList')).processes.length > 0);
});

test('Abstract Test 9: /conf/core/pl-limit-definition', async (t) => {
  const definition = (await (await api.call('/api')).json()) as Json;
  t.like(definition.components.parameters.limit, { name: 'limit', in: 'query', required: false });
  t.true(
    definition.paths['/processes'].get.parameters.some(
      ({ $ref }: Json) => $ref === '#/components/parameters/limit',
    ),
  );
  await api.get(t, '/processes?limit=10', 'processList');
  await api.get(t, '/processes?limit=0', 'exception', 400);
});

test('Abstract Test 10: /conf/core/process-list-success', async (t) => {
  const { processes } = await api.get(t, '/processes?limit=1000', 'processList');
  for (const { id, links } of processes) {
    t.truthy(id);
    t.true(links.some(({ rel }: Json) => rel === 'self'));
  }
});

test('Abstract Test 11: /conf/core/pl-links', async (t) => {
  const { links } = await api.get(t, '/processes?limit=1', 'processList');
  t.true(links.some(({ rel, type }: Json) => rel === 'self' && type === 'application/json'));
  t.true(links.some(({ rel, type }: Json) => rel === 'alternate' && type === 'text/html'));
});

test('Abstract Test 12: /conf/core/pl-limit-response', async (t) => {
  const idsOf = ({ processes }: Json): string[] => processes.map(({ id }: Json) => id);
  const all = async () => idsOf(await api.get(t, '/processes?limit=1000', 'processList'));
  t.is(idsOf(await api.get(t, '/processes?limit=1', 'processList')).length, 1);
  let seen: string[] = [];
  // Providers may still be on their way, and add processes between two pages.
  await until(async () => {
    const before = await all();
    seen = [];
    let next: string | undefined = '/processes?limit=7';
    while (next !== undefined) {
      const page: Json = await api.get(t, next, 'processList');
      t.true(page.processes.length <= 7);
      seen.push(...idsOf(page));
      next = page.links.find(({ rel }: Json) => rel === 'next')?.href;
    }
    return before.join() === (await all()).join();
  }, 'the list to stay as it is');
  t.deepEqual(seen, await all());
});

test('Abstract Test 13: /conf/core/process', async (t) => {
  t.is((await api.get(t, '/processes/echo', 'process')).id, 'echo');
});

test('Abstract Test 14: /conf/core/process-success', async (t) => {
  const { processes } = await api.get(t, '/processes?limit=1000', 'processList');
  for (const { id } of processes) await api.get(t, `/processes/${encodeURIComponent(id)}`, 'process');
});

test('Abstract Test 15: /conf/core/process-exception-no-such-process', async (t) => {
  t.is((await api.get(t, '/processes/invalid-process', 'exception', 404)).type, `${TYPES}/no-such-process`);
});

test('Abstract Test 48: /conf/ogc-process-description/json-encoding', async (t) => {
  const description = await api.get(t, '/processes/echo', 'process');
  t.like(description, { id: 'echo', jobControlOptions: ['sync-execute', 'async-execute', 'dismiss'] });
});

test('Abstract Test 49 to 51: /conf/ogc-process-description/inputs-def, input-def, input-mixed-type', async (t) => {
  const { inputs } = await api.get(t, '/processes/echo', 'process');
  for (const input of Object.values<Json>(inputs)) {
    t.is(api.schemas.complaint('inputDescription', input), '');
    t.is(api.schemas.complaint('schema', input.schema), '');
    for (const one of input.schema.oneOf ?? []) t.is(api.schemas.complaint('schema', one), '');
  }
  t.true(inputs.geometry.schema.oneOf.length > 1);
  t.is(inputs.strings.maxOccurs, 'unbounded');
});

test('Abstract Test 52 to 54: /conf/ogc-process-description/outputs-def, output-def, output-mixed-type', async (t) => {
  const { outputs } = await api.get(t, '/processes/echo', 'process');
  for (const output of Object.values<Json>(outputs)) {
    t.is(api.schemas.complaint('outputDescription', output), '');
    for (const one of output.schema.oneOf ?? []) t.is(api.schemas.complaint('schema', one), '');
  }
});

test('/conf/job-list/job-list-op, job-list-success', async (t) => {
  const { jobID } = await api.ended(t, STRING);
  const { jobs } = await api.get(t, '/jobs?limit=1000', 'jobList');
  t.true(jobs.some((job: Json) => job.jobID === jobID));
});

test('/conf/job-list: type, processID, status, datetime, minDuration, maxDuration, limit and offset', async (t) => {
  const { jobID, created } = await api.ended(t, { inputs: { string: 'teststring', pause: 1 } });
  const ids = async (query: string) =>
    (await api.get(t, `/jobs?limit=1000&${query}`, 'jobList')).jobs.map((job: Json) => job.jobID);
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
    await api.get(t, `/jobs?${query}`, 'exception', 400);
  }
  const seen: string[] = [];
  let next: string | undefined = '/jobs?limit=2&processID=echo&status=successful';
  for (let page = 0; next !== undefined && page < 50; page += 1) {
    const { jobs, links }: Json = await api.get(t, next, 'jobList');
    t.true(jobs.length <= 2);
    seen.push(...jobs.map((job: Json) => job.jobID));
    next = links.find(({ rel }: Json) => rel === 'next')?.href;
  }
  t.true(seen.includes(jobID));
  t.is(new Set(seen).size, seen.length);
});

test('/conf/dismiss/job-dismiss-op, job-dismiss-success', async (t) => {
  const created = await api.execute({ inputs: { pause: 600 } }, 'respond-async');
  const location = created.headers.get('location') as string;
  t.is(
    (await api.document(t, await api.call(location, { method: 'DELETE' }), 'statusInfo')).status,
    'dismissed',
  );
  t.is((await api.get(t, location, 'statusInfo')).status, 'dismissed');
  await api.document(t, await api.call(`${location}/results`), 'exception', 410);
  await api.document(t, await api.call('/jobs/invalid-job', { method: 'DELETE' }), 'exception', 404);
});

test('/conf/html/content, /conf/html/definition', async (t) => {
  const { jobID } = await api.ended(t, STRING);
  for (const path of [
    '/',
    '/conformance',
    '/processes',
    '/processes/echo',
    '/jobs',
    `/jobs/${jobID}`,
    `/jobs/${jobID}/results`,
  ]) {
    const response = await api.call(path, { headers: { accept: 'text/html' } });
    t.is(response.status, 200, path);
    t.is(response.headers.get('content-type'), 'text/html; charset=utf-8', path);
    const body = await response.text();
    t.regex(body, /^<!doctype html>/);
    if (path.endsWith('/results')) t.true(body.includes('teststring'));
  }
});

test('/conf/json/definition: every answer is JSON, also those to what is wrong', async (t) => {
  for (const path of ['/nothing', '/processes/echo/nothing', '/jobs/a/b/c'])
    await api.get(t, path, 'exception', 404);
  const wrong = await api.call('/processes', { method: 'DELETE' });
  t.is((await api.document(t, wrong, 'exception', 405)).status, 405);
  t.is(wrong.headers.get('allow'), 'GET, HEAD, OPTIONS');
});

test('/conf/callback/job-creation-callback: the addresses are taken', async (t) => {
  const subscriber = { successUri: 'https://example.org/done', failedUri: 'https://example.org/failed' };
  t.is((await api.execute({ ...STRING, subscriber }, 'respond-async')).status, 201);
  const wrong = await api.execute(
    { ...STRING, subscriber: { successUri: 'javascript:alert(1)' } },
    'respond-async',
  );
  await api.document(t, wrong, 'exception', 400);
});
