import test, { type ExecutionContext } from 'ava';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';
import { rawRequest } from './helpers/raw-http.ts';

async function door(t: ExecutionContext, allowedOrigins: string[] = []) {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs, options: { allowedOrigins } });
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    rawRequest(url, { path, method, headers });
  return { url, ask };
}

const EXECUTE = '/wps?service=WPS&version=1.0.0&request=Execute&identifier=echo&DataInputs=text=a';

test('pages of other sites compute nothing here, and read nothing of what was computed', async (t) => {
  const { ask } = await door(t);
  const origin = 'https://elsewhere.example';
  for (const path of [
    EXECUTE,
    '/ogcapi/jobs',
    '/ogcapi/processes',
    '/jobs/a/outputs/b',
    `/artifacts/${'a'.repeat(64)}/x`,
  ]) {
    const answer = await ask(path, { origin });
    t.is(answer.status, 403, path);
    t.is(answer.headers['access-control-allow-origin'], undefined);
    t.regex(String(answer.body), /elsewhere\.example.*http\.allowedOrigins/);
    t.is((await ask(path, { origin: 'null' })).status, 403, path);
    t.is(
      (await ask(path, { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status,
      403,
      path,
    );
  }
  const preflight = { origin, 'access-control-request-method': 'DELETE' };
  t.is((await ask('/ogcapi/jobs/a', preflight, 'OPTIONS')).status, 403);
});

test('a refusal is told in the words of its door', async (t) => {
  const { ask } = await door(t);
  const origin = 'https://elsewhere.example';
  t.regex(String((await ask(EXECUTE, { origin })).body), /<(?:\w+:)?ExceptionReport/);
  t.like(JSON.parse(String((await ask('/ogcapi/jobs', { origin })).body)), { status: 403 });
});

test('programs, links, the own pages and those of this machine compute', async (t) => {
  const { url, ask } = await door(t);
  for (const headers of [
    {},
    { origin: url },
    { origin: 'http://localhost:3000' },
    { origin: 'http://[::1]:3000' },
    { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  ] as Record<string, string>[]) {
    const answer = await ask(EXECUTE, headers);
    t.is(answer.status, 200, JSON.stringify(headers));
    t.is(answer.headers['access-control-allow-origin'], headers.origin);
    t.regex(String(answer.headers.vary), /\bOrigin\b/);
  }
});

test('named sites compute, or any site', async (t) => {
  const origin = 'https://maps.example';
  const { ask } = await door(t, ['https://maps.example/viewer/']);
  t.is((await ask(EXECUTE, { origin })).headers['access-control-allow-origin'], origin);
  t.is((await ask(EXECUTE, { origin: 'https://maps.example.evil' })).status, 403);
  t.is((await ask(EXECUTE, { origin: 'http://maps.example' })).status, 403);
  const open = await door(t, ['*']);
  t.is((await open.ask(EXECUTE, { origin })).status, 200);
  const preflight = { origin, 'access-control-request-method': 'POST' };
  const answer = await open.ask('/ogcapi/processes/echo/execution', preflight, 'OPTIONS');
  t.is(answer.status, 204);
  t.is(answer.headers['access-control-allow-origin'], origin);
});

test('maps are for pages of any site', async (t) => {
  const { ask } = await door(t);
  const answer = await ask('/tiles/world/0/0/0.png', { origin: 'https://elsewhere.example' });
  t.is(answer.status, 200);
  t.is(answer.headers['access-control-allow-origin'], '*');
});
