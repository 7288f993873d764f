import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';
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

test('the built page knows how deep its address is, and has the plain tables in it', async (t) => {
  const folder = path.join(await temporaryFolder(t), 'web');
  await mkdir(folder);
  await writeFile(path.join(folder, 'index.html'), 'the map');
  const html = '<html><head><title>Jobs</title></head><noscript><!-- plain --></noscript></html>';
  await writeFile(path.join(folder, 'jobs.html'), html);
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { url } = await openDoor(t, { jobs, pageFolder: folder });
  const read = async (place: string) => await (await fetch(url + place)).text();
  t.regex(await read('/jobs'), /^<html><head><title>Jobs.*<noscript><form[\s\S]*0 of 0/);
  t.regex(await read('/jobs/'), /<head><base href="..\/">/);
  t.regex(await read('/jobs/new'), /<head><base href="..\/">/);
  const hostile = await read(`/jobs?process=${encodeURIComponent("$& $' $1")}`);
  t.true(hostile.includes(`value="$&amp; $`));
});
