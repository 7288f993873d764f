import test, { type ExecutionContext } from 'ava';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';

async function open(t: ExecutionContext) {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs });
  /** Submits, and waits for the end but where another mode is preferred. */
  const execute = async (text: string, prefer = '') => {
    const response = await fetch(`${url}/ogcapi/processes/echo/execution`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', prefer },
      body: JSON.stringify({ inputs: { text }, outputs: { text: {} } }),
    });
    await response.text();
    return response.headers.get('x-gismesh-job') as string;
  };
  const failed = async () => {
    const id = await execute('fail', 'respond-async');
    await jobs.service().ended(id, 10_000);
    return id;
  };
  const get = async <T = Record<string, unknown>>(path: string) =>
    (await (await fetch(url + path)).json()) as T;
  return { url, execute, failed, get };
}

async function untilHeard(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: RegExp): Promise<string> {
  let text = '';
  while (!wanted.test(text)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended: ${text}`);
    text += Buffer.from(value).toString();
  }
  return text;
}

test('lists are filtered, sorted and cut by their query', async (t) => {
  const { url, execute, failed, get } = await open(t);
  const ids = [await execute('one'), await failed(), await execute('three')];
  const list = async (query: string) =>
    (await get<Array<{ id: string }>>(`/api/jobs?${query}`)).map(({ id }) => id);
  t.deepEqual(await list(''), [...ids].reverse());
  t.deepEqual(await list('sort=submitted&order=up&offset=1&limit=1'), [ids[1]]);
  t.deepEqual(await list('order=up'), ids);
  t.deepEqual(await list('state=failed'), [ids[1]]);
  t.deepEqual(await list('node=r%C3%A4um-7&chained=no&state='), [...ids].reverse());
  t.deepEqual(await list('node=nobody'), []);
  t.deepEqual(await list('chained=yes'), []);
  const page = await fetch(`${url}/api/jobs?limit=1`);
  t.is(page.headers.get('x-total-count'), '3');
  for (const query of [
    'state=lost',
    'sort=colour',
    'mode=both',
    'limit=-1',
    'chained=perhaps',
    'order=sideways',
  ]) {
    const refusal = await fetch(`${url}/api/jobs?${query}`);
    t.is(refusal.status, 400, query);
    t.regex(await refusal.text(), new RegExp(`${query.split('=')[0]} is`));
  }
});

test('what a job was asked for and what its attempt noted can be read', async (t) => {
  const { failed, get } = await open(t);
  const id = await failed();
  t.like(await get(`/api/jobs/${id}/request`), { known: true, outputs: ['text'] });
  const { inputs } = await get<{ inputs: object[] }>(`/api/jobs/${id}/request`);
  t.deepEqual(inputs[0], { id: 'text', kind: 'literal', text: 'fail', isCut: false, of: '' });
  const { lines, unreachable } = await get<{ lines: Array<{ text: string }>; unreachable: [] }>(
    `/api/jobs/${id}/log`,
  );
  t.deepEqual(
    lines.map(({ text }) => text),
    ['attempt 1 begins', 'failed: it was told to'],
  );
  t.deepEqual(unreachable, []);
});

test('of bytes that a job was given only how many they are is told', async (t) => {
  const { url, get } = await open(t);
  const geometry = {
    value: Buffer.alloc(3000).toString('base64'),
    mediaType: 'application/geopackage+sqlite3',
    encoding: 'base64',
  };
  const answer = await fetch(`${url}/ogcapi/processes/echo/execution`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ inputs: { geometry } }),
  });
  const id = answer.headers.get('x-gismesh-job');
  const { inputs } = await get<{ inputs: Array<{ id: string }> }>(`/api/jobs/${id}/request`);
  t.like(
    inputs.find((input) => input.id === 'geometry'),
    { kind: 'complex', text: '3000 bytes', isCut: false },
  );
});

test('who waited for a job that failed is told which it was', async (t) => {
  const { execute, get } = await open(t);
  const id = await execute('fail');
  t.like(await get(`/api/jobs/${id}`), { state: 'failed', mode: 'sync' });
});

test('a job is dismissed by this page and by programs, not by pages of other sites', async (t) => {
  const { url, execute, get } = await open(t);
  const id = await execute('wait', 'respond-async');
  const dismiss = (headers: Record<string, string>) =>
    fetch(`${url}/api/jobs/${id}`, { method: 'DELETE', headers });
  t.is((await dismiss({ origin: 'https://evil.example' })).status, 403);
  t.is((await dismiss({ 'sec-fetch-site': 'cross-site' })).status, 403);
  t.is((await get(`/api/jobs/${id}`)).state, 'running');
  const preflight = await fetch(`${url}/api/jobs/${id}`, {
    method: 'OPTIONS',
    headers: { origin: 'https://evil.example', 'access-control-request-method': 'DELETE' },
  });
  t.is(preflight.headers.get('access-control-allow-methods'), null);
  const done = await dismiss({ origin: url, 'sec-fetch-site': 'same-origin' });
  t.like(await done.json(), { id, state: 'dismissed' });
  t.is((await fetch(`${url}/api/jobs/none`, { method: 'DELETE' })).status, 404);
});

test('what becomes of jobs is streamed, of all and of one', async (t) => {
  const { url, execute } = await open(t);
  const all = (await fetch(`${url}/api/jobs/events`)).body!.getReader();
  await untilHeard(all, /retry/);
  const id = await execute('wait', 'respond-async');
  const one = (await fetch(`${url}/api/jobs/${id}/events`)).body!.getReader();
  t.regex(await untilHeard(one, /data:/), new RegExp(`"event":"progress","job":\\{"id":"${id}"`));
  await execute('other');
  await fetch(`${url}/api/jobs/${id}`, { method: 'DELETE' });
  const told = await untilHeard(all, /"cancelled"/);
  const heard = [...told.matchAll(/"event":"(\w+)","job":\{"id":"([\w-]+)"/g)].map(([, event, job]) => [
    event,
    job === id,
  ]);
  t.deepEqual(heard[0], ['submitted', true]);
  t.true(heard.some(([event, isFirst]) => event === 'completed' && !isFirst));
  t.deepEqual(heard.at(-1), ['cancelled', true]);
  const ofOne = await untilHeard(one, /"cancelled"/);
  t.false(ofOne.includes('"completed"'));
  t.is((await fetch(`${url}/api/jobs/none/events`)).status, 404);
});

test('the pages tell the same without scripts; hostile words are words', async (t) => {
  const { url, failed } = await open(t);
  const id = await failed();
  const page = await fetch(`${url}/jobs/${id}`);
  t.regex(await page.text(), /<dd>failed, 0 %<\/dd>/);
  t.is((await fetch(`${url}/jobs/none`)).status, 404);
  t.is((await fetch(`${url}/jobs/new`)).status, 200);
  t.regex(await (await fetch(`${url}/jobs?state=no-such`)).text(), /1 of 1/);
});
