import test from 'ava';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

async function typeOf(url: string, accept?: string): Promise<string> {
  const response = await fetch(url, accept === undefined ? {} : { headers: { accept } });
  await response.arrayBuffer();
  return (response.headers.get('content-type') ?? '').split(';')[0] as string;
}

test('pages for people, JSON for programs, by f and by Accept', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const url = `${(await openDoor(t, { jobs })).url}/ogcapi`;
  for (const path of ['/', '/conformance', '/processes', '/processes/echo', '/jobs']) {
    t.is(await typeOf(`${url}${path}`), 'application/json', path);
    t.is(await typeOf(`${url}${path}`, BROWSER), 'text/html', path);
    t.is(await typeOf(`${url}${path}?f=html`, 'application/json'), 'text/html', path);
    t.is(await typeOf(`${url}${path}?f=json`, BROWSER), 'application/json', path);
    t.is(await typeOf(`${url}${path}`, 'text/html;q=0.5, application/json;q=0.6'), 'application/json', path);
    t.is(await typeOf(`${url}${path}`, 'text/*, application/json;q=0.9'), 'text/html', path);
    t.is(await typeOf(`${url}${path}`, 'garbage;;q=,,'), 'application/json', path);
  }
  t.is(await typeOf(`${url}/processes?f=yaml`), 'application/problem+json');
  t.is(await typeOf(`${url}/processes?f=yaml`, BROWSER), 'text/html');
});

test('a problem is problem+json, plain JSON for those that take only that, a page for browsers', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const url = `${(await openDoor(t, { jobs })).url}/ogcapi/jobs/none`;
  t.is(await typeOf(url), 'application/problem+json');
  t.is(await typeOf(url, 'application/json, application/problem+json'), 'application/problem+json');
  t.is(await typeOf(url, 'application/json'), 'application/json');
  t.is(await typeOf(url, BROWSER), 'text/html');
});
