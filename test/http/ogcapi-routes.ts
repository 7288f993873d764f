import test, { type ExecutionContext } from 'ava';
import type { JobsContext } from '../../src/http/front-door-context.ts';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';

async function door(t: ExecutionContext, changes: Partial<JobsContext> = {}) {
  const jobs = await loneJobs(changes);
  t.teardown(() => jobs.stop());
  return `${(await openDoor(t, { jobs })).url}/ogcapi`;
}

function execute(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}/processes/echo/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

interface Landing {
  readonly links?: unknown;
  readonly conformsTo?: unknown;
  readonly openapi?: string;
  readonly processes?: ReadonlyArray<{ readonly id: string }>;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

const ASYNC = { prefer: 'respond-async' };

test('landing page, conformance, the API, processes', async (t) => {
  const url = await door(t);
  const read = async (path: string) => (await (await fetch(url + path)).json()) as Landing;
  t.truthy((await read('')).links);
  t.truthy((await read('/conformance')).conformsTo);
  t.is((await read('/api')).openapi, '3.0.3');
  t.is((await read('/processes')).processes?.[0]?.id, 'echo');
  t.truthy((await read('/processes/echo')).inputs?.colour);
  const unknown = await fetch(`${url}/processes/none`);
  t.is(unknown.status, 404);
  t.is(unknown.headers.get('content-type'), 'application/problem+json');
  t.regex(((await unknown.json()) as { type: string }).type, /no-such-process$/);
});

test('synchronous: one output raw, several as parts, or all in a document', async (t) => {
  const url = await door(t);
  const inputs = { text: 'hello', distance: 3 };
  const raw = await execute(url, { inputs, outputs: { text: {} } });
  t.is(raw.status, 200);
  t.is(await raw.text(), 'hello');
  const parts = await execute(url, { inputs, outputs: { text: {}, distance: {} } });
  t.regex(parts.headers.get('content-type') ?? '', /^multipart\/related/);
  t.regex(await parts.text(), /Content-ID: <text>[\s\S]*hello[\s\S]*Content-ID: <distance>/);
  const document = await execute(url, { inputs, outputs: { text: {} }, response: 'document' });
  t.deepEqual(await document.json(), { text: 'hello' });
  t.regex(document.headers.get('link') ?? '', /rel="monitor"/);
});

test('asynchronous: 201 with its address, no results yet, dismissed, then gone', async (t) => {
  const url = await door(t);
  const accepted = await execute(url, { inputs: { text: 'wait' }, response: 'document' }, ASYNC);
  t.is(accepted.status, 201);
  t.is(accepted.headers.get('preference-applied'), 'respond-async');
  const location = accepted.headers.get('location') ?? '';
  const status = (await (await fetch(location, { headers: ASYNC })).json()) as { status: string };
  t.true(['accepted', 'running'].includes(status.status));
  const early = await fetch(`${location}/results`);
  t.is(early.status, 404);
  t.regex(((await early.json()) as { type: string }).type, /result-not-ready$/);
  const dismissed = await fetch(location, { method: 'DELETE' });
  t.is(((await dismissed.json()) as { status: string }).status, 'dismissed');
  t.is((await fetch(`${location}/results`)).status, 410);
});

test('a synchronous client that waits too long gets the job instead', async (t) => {
  const url = await door(t, { syncLimitMs: 50 });
  const response = await execute(url, { inputs: { text: 'wait' } });
  t.is(response.status, 201);
  t.truthy(response.headers.get('location'));
});

test('the list of jobs is filtered and paged', async (t) => {
  const url = await door(t);
  for (const text of ['one', 'two', 'fail']) await execute(url, { inputs: { text } });
  type List = { jobs: { status: string }[]; links: { rel: string; href: string }[] };
  const list = async (query: string) => (await (await fetch(`${url}/jobs?${query}`)).json()) as List;
  t.is((await list('')).jobs.length, 3);
  t.deepEqual(
    (await list('status=failed')).jobs.map(({ status }) => status),
    ['failed'],
  );
  const page = await list('limit=2');
  t.is(page.jobs.length, 2);
  t.true(page.links.some(({ rel }) => rel === 'next'));
  t.is((await list('processID=none')).jobs.length, 0);
  t.is((await fetch(`${url}/jobs?status=odd`)).status, 400);
});

test('bad input has the right status, and names what is wrong', async (t) => {
  const url = await door(t);
  const missing = await fetch(`${url}/jobs/none`);
  t.is(missing.status, 404);
  const bad = await execute(url, { inputs: { count: 99 } });
  t.is(bad.status, 400);
  t.is(((await bad.json()) as { locator: string }).locator, 'count');
  const garbage = await fetch(`${url}/processes/echo/execution`, { method: 'POST', body: '{' });
  t.is(garbage.status, 400);
  const failed = await execute(url, { inputs: { text: 'fail' } });
  t.is(failed.status, 500);
  t.is(((await failed.json()) as { detail: string }).detail, 'it was told to');
});

test('large requests at the same time are read one after another, or told to come again', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs, options: { maxHeldBodyBytes: 1000 } });
  const post = (text: string) =>
    fetch(`${url}/ogcapi/processes/echo/execution`, {
      method: 'POST',
      body: JSON.stringify({ inputs: { text }, outputs: { text: {} } }),
    });
  const refused = await post('x'.repeat(1000));
  t.is(refused.status, 503);
  t.is(refused.headers.get('retry-after'), '1');
  await refused.arrayBuffer();
  // What was refused takes no room, and what was answered gives it back.
  for (let count = 0; count < 3; count += 1)
    t.is(await (await post('y'.repeat(900))).text(), 'y'.repeat(900));
});

test('more values than may be are refused before any of them is looked at', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs });
  const post = async (inputs: object) => {
    const body = JSON.stringify({ inputs });
    const response = await fetch(`${url}/ogcapi/processes/echo/execution`, { method: 'POST', body });
    return `${response.status} ${((await response.json()) as { detail: string }).detail}`;
  };
  t.regex(await post({ names: Array(1001).fill('x') }), /^400 .*1000 input values/);
  t.regex(
    await post(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`i${i}`, 1]))),
    /^400 .*1000 inputs/,
  );
});
