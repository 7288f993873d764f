import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';
import { openDoor } from './helpers/door.ts';
import { rawRequest } from './helpers/raw-http.ts';

const SCRIPT = `console.log(${JSON.stringify('x'.repeat(3000))});`;

async function builtPage(t: ExecutionContext): Promise<string> {
  const folder = path.join(await temporaryFolder(t), 'web');
  await mkdir(path.join(folder, 'assets'), { recursive: true });
  await writeFile(path.join(folder, 'index.html'), '<!doctype html><title>The map</title>');
  await writeFile(path.join(folder, 'assets', 'index-a1b2c3d4.js'), SCRIPT);
  await writeFile(path.join(folder, '..', 'secret.txt'), 'secret');
  return folder;
}

test('the page, its policy and its revalidation', async (t) => {
  const { url } = await openDoor(t, { pageFolder: await builtPage(t) });
  const page = await fetch(url);
  t.is(page.status, 200);
  t.regex(await page.text(), /The map/);
  t.is(page.headers.get('content-type'), 'text/html; charset=utf-8');
  t.is(page.headers.get('cache-control'), 'no-cache');
  t.regex(page.headers.get('content-security-policy')!, /default-src 'self'; img-src 'self' blob: data:/);
  t.is(page.headers.get('access-control-allow-origin'), null);
  const etag = page.headers.get('etag')!;
  t.is((await rawRequest(url, { path: '/', headers: { 'if-none-match': etag } })).status, 304);
  t.is((await rawRequest(url, { path: '/index.html' })).status, 200);
});

test('files with a hash in their name are kept for good, and sent compressed', async (t) => {
  const { url } = await openDoor(t, { pageFolder: await builtPage(t) });
  const headers = { 'accept-encoding': 'gzip' };
  const script = await rawRequest(url, { path: '/assets/index-a1b2c3d4.js', headers });
  t.is(script.headers['cache-control'], 'public, max-age=31536000, immutable');
  t.is(script.headers['content-type'], 'text/javascript; charset=utf-8');
  t.is(script.headers['content-encoding'], 'gzip');
  t.true(script.body.length < 200);
  t.is(await (await fetch(`${url}/assets/index-a1b2c3d4.js`)).text(), SCRIPT);
});

for (const target of [
  '/../secret.txt',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/assets/../../secret.txt',
  '/assets/..%5c..%5csecret.txt',
  '//secret.txt',
  '/./../secret.txt',
  '/assets/',
  '/assets',
  '/%00',
  '/%ff%fe',
  '/%',
  '/__proto__',
  '/constructor',
  '/index.html/',
  '/\\..\\secret.txt',
]) {
  test(`nothing at ${target}`, async (t) => {
    const { url } = await openDoor(t, { pageFolder: await builtPage(t) });
    const answer = await rawRequest(url, { path: target });
    t.true([400, 404].includes(answer.status), String(answer.status));
    t.false(answer.body.includes('secret'));
  });
}

test('what is not there is told as HTML to browsers and as JSON to programs', async (t) => {
  const { url } = await openDoor(t);
  const html = await rawRequest(url, { path: '/nothing', headers: { accept: 'text/html,*/*;q=0.8' } });
  t.is(html.status, 404);
  t.is(html.headers['content-type'], 'text/html; charset=utf-8');
  const json = await rawRequest(url, { path: '/api/nothing', headers: { accept: '*/*' } });
  t.is(json.status, 404);
  t.like(JSON.parse(json.body.toString()), { code: 'REQUEST_INVALID' });
});

test('a page that was not built is told in plain words', async (t) => {
  const { url } = await openDoor(t);
  const answer = await rawRequest(url, { path: '/' });
  t.is(answer.status, 200);
  t.regex(answer.body.toString(), /page was not built[\s\S]*npm run build/);
});

test('a folder that cannot be the page is refused', async (t) => {
  const pageFolder = await builtPage(t);
  await t.throwsAsync(openDoor(t, { pageFolder, options: { maxPageFiles: 1 } }), { code: 'CONFIG_INVALID' });
  await t.throwsAsync(openDoor(t, { pageFolder, options: { maxPageBytes: 1000 } }), {
    code: 'CONFIG_INVALID',
  });
});
