import test from 'ava';
import { Parameters } from '../../../../src/ogc/parameters.ts';
import { writeApiProblem } from '../../../../src/ogc/processes/ogcapi/document.ts';
import {
  matchesJobFilter,
  readJobFilter,
  writeJobList,
  writeStatusInfo,
} from '../../../../src/ogc/processes/ogcapi/jobs.ts';
import { writeConformance, writeLandingPage } from '../../../../src/ogc/processes/ogcapi/landing.ts';
import { writeOpenApi } from '../../../../src/ogc/processes/ogcapi/open-api.ts';
import { readPage, writeProcess, writeProcessList } from '../../../../src/ogc/processes/ogcapi/processes.ts';
import { readApiExecute } from '../../../../src/ogc/processes/ogcapi/read-execute.ts';
import { assertHasResults, writeResults } from '../../../../src/ogc/processes/ogcapi/results.ts';
import { ProcessError } from '../../../../src/ogc/processes/problem.ts';
import { echo, job, limits, outputs, problemOfCall, service, strict } from '../helpers/echo.ts';

const url = 'http://localhost:8080/ogcapi';
const processes = [echo, strict];

test('the landing page leads to everything', (t) => {
  const { links } = JSON.parse(writeLandingPage({ url, service }).body);
  for (const rel of ['service-desc', 'http://www.opengis.net/def/rel/ogc/1.0/processes']) {
    t.true(
      links.some((link: { rel: string }) => link.rel === rel),
      rel,
    );
  }
  t.true(JSON.parse(writeConformance().body).conformsTo.every((uri: string) => uri.includes('/1.0/conf/')));
});

test('processes come in pages', (t) => {
  const page = readPage(new Parameters([['limit', '1']]), limits);
  const first = JSON.parse(writeProcessList(processes, page, url).body);
  t.deepEqual(
    first.processes.map(({ id }: { id: string }) => id),
    ['echo'],
  );
  t.true(
    first.links.some(
      (link: { rel: string; href: string }) => link.rel === 'next' && link.href.endsWith('limit=1&offset=1'),
    ),
  );
  t.is(problemOfCall(() => readPage(new Parameters([['limit', '0']]), limits)).kind, 'invalid-parameter');
  t.is(readPage(new Parameters([['limit', '99999999']]), limits).limit, limits.maxPageSize);
  t.is(readPage(new Parameters([]), limits).limit, limits.defaultPageSize);
  t.is(readPage(new Parameters([]), limits, 7).limit, 7);
});

test('a description has schemas', (t) => {
  const { inputs } = JSON.parse(writeProcess(echo, url).body);
  t.deepEqual(inputs.count.schema, { type: 'integer', minimum: 0, maximum: 10, exclusiveMaximum: true });
  t.deepEqual(inputs.colour.schema, { type: 'string', enum: ['red', 'green'] });
  t.is(inputs.names.maxOccurs, 'unbounded');
  t.is(inputs.box.schema.format, 'ogc-bbox');
  // The standard's schema of schemas takes no words but its own.
  t.deepEqual(inputs.distance.schema, { type: 'number', format: 'double' });
  t.deepEqual(inputs.distance.additionalParameters, { parameters: [{ name: 'uom', value: ['m', 'km'] }] });
  t.is(inputs.geometry.schema.oneOf.length, 3);
});

test('Prefer decides over the mode', (t) => {
  const read = (prefer?: string) => readApiExecute('echo', '{"inputs":{}}', prefer, limits);
  t.like(read(), { mode: 'sync', modeIsPreference: true, response: 'raw' });
  t.like(read('respond-async, wait=5'), { mode: 'async' });
  const body = {
    inputs: {},
    outputs: { text: { transmissionMode: 'reference' } },
    response: 'document',
    subscriber: { successUri: 'http://a/' },
  };
  t.like(readApiExecute('echo', JSON.stringify(body), undefined, limits), {
    response: 'document',
    outputs: [{ id: 'text', transmission: 'reference' }],
    subscriber: { successUri: 'http://a/', failedUri: '' },
  });
  t.is(
    problemOfCall(() => readApiExecute('echo', '{"subscriber":{"successUri":"file:///"}}', undefined, limits))
      .kind,
    'invalid-parameter',
  );
});

test('status and results', (t) => {
  const created = writeStatusInfo(job, url, { created: true });
  t.like(created, { status: 201, headers: { Location: `${url}/jobs/${job.id}` } });
  t.like(JSON.parse(created.body), { jobID: job.id, status: 'running', progress: 55, type: 'process' });
  t.is(problemOfCall(() => assertHasResults(job)).kind, 'result-not-ready');
  t.is(problemOfCall(() => assertHasResults({ ...job, state: 'dismissed' })).kind, 'job-dismissed');
  const results = JSON.parse(writeResults(outputs, limits).body);
  t.is(results.text, 'a <b> & "c"');
  t.deepEqual(results.distance, { value: 2.5, uom: 'm' });
  t.deepEqual(results.json.value, { a: ']]>', b: [1] });
  t.like(results.bytes, { value: 'AAEC', encoding: 'base64' });
  t.like(results.kept, { type: 'image/tiff' });
});

test('jobs are filtered, and pages keep the filter', (t) => {
  const filter = readJobFilter(
    new URLSearchParams(
      'type=process&processID=echo&processID=x&status=running&datetime=2026-01-01T00:00:00Z/..&minDuration=1&limit=1',
    ),
    limits,
  );
  const now = job.created + 60_000;
  t.true(matchesJobFilter(job, filter, now));
  t.false(matchesJobFilter({ ...job, process: 'y' }, filter, now));
  t.false(matchesJobFilter({ ...job, state: 'failed' }, filter, now));
  t.false(matchesJobFilter({ ...job, created: 0 }, filter, now));
  t.false(matchesJobFilter(job, filter, job.created));
  t.false(matchesJobFilter(job, readJobFilter([['type', 'other']], limits), now));
  const { links } = JSON.parse(writeJobList([job], filter, { url, hasMore: true }).body);
  const next = new URL(links.find(({ rel }: { rel: string }) => rel === 'next').href).searchParams;
  t.deepEqual(readJobFilter(next, limits), { ...filter, offset: 1 });
  for (const query of [
    'status=gone',
    'datetime=yesterday',
    'datetime=2026-02-30T00:00:00Z',
    'datetime=2026-02-01T00:00:00Z/2026-01-01T00:00:00Z',
    'minDuration=-1',
  ]) {
    t.is(
      problemOfCall(() => readJobFilter(new URLSearchParams(query), limits)).kind,
      'invalid-parameter',
      query,
    );
  }
});

test('problems have the types of the standard', (t) => {
  const unknown = writeApiProblem(new ProcessError('process-unknown', 'no'));
  t.like(unknown, { status: 404, contentType: 'application/problem+json' });
  t.regex(JSON.parse(unknown.body).type, /\/no-such-process$/);
  t.regex(
    JSON.parse(writeApiProblem(new ProcessError('result-not-ready', 'no')).body).type,
    /\/result-not-ready$/,
  );
  const secret = writeApiProblem(new Error('/home/anna/secret'));
  t.is(secret.status, 500);
  t.false(secret.body.includes('secret'));
});

test('every reference of the OpenAPI document leads somewhere, and ids are unique', (t) => {
  const { body } = writeOpenApi({ processes, url, service, version: '1.0.0' });
  const document = JSON.parse(body);
  const references = [...body.matchAll(/"\$ref":"#\/([^"]+)"/g)].map((match) => match[1] as string);
  t.true(references.length > 20);
  for (const reference of references) {
    t.truthy(
      reference.split('/').reduce((at, key) => at?.[key], document),
      reference,
    );
  }
  const ids = [...body.matchAll(/"operationId":"([^"]+)"/g)].map((match) => match[1]);
  t.is(new Set(ids).size, ids.length);
  t.truthy(document.paths['/processes/native%3Astrict/execution'].post);
});
