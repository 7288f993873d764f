import test from 'ava';
import { openDoor } from './helpers/door.ts';
import { loneJobs } from './helpers/lone-jobs.ts';

test('jobs as a table, filtered by its query, with nothing that could run', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs });
  const execute = (text: string) =>
    fetch(`${url}/wps?service=WPS&version=1.0.0&request=Execute&identifier=echo&DataInputs=text=${text}`);
  await (await execute('hello')).text();
  await (await execute('fail')).text();
  const page = await fetch(`${url}/jobs`);
  t.is(page.headers.get('content-type'), 'text/html; charset=utf-8');
  t.regex(page.headers.get('content-security-policy') ?? '', /default-src 'self'.*base-uri 'self'/);
  const all = await page.text();
  t.regex(all, /2 of 2/);
  t.regex(all, /title="it was told to"/);
  const failed = await (await fetch(`${url}/jobs?state=failed&sort=process&order=up`)).text();
  t.regex(failed, /1 of 1/);
  const hostile = await (await fetch(`${url}/jobs?process=${encodeURIComponent('"><script>')}`)).text();
  t.false(hostile.includes('<script>'));
});
