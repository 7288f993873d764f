import { gunzipSync } from 'node:zlib';
import test from 'ava';
import type { Reply } from '../../src/http/reply.ts';
import { finished, responseOf } from '../../src/http/respond.ts';

const TEXT = 'words '.repeat(1000);

async function ask(headers: Record<string, string>, reply: Partial<Reply> = {}, method = 'GET') {
  const request = new Request('http://localhost/', { method, headers });
  const given = { status: 200, body: TEXT, ...reply };
  const whole = { ...given, headers: { 'content-type': 'text/plain', ...reply.headers } };
  return responseOf(await finished(request, whole, 1024));
}

const ACCEPTING = ['gzip', 'GZIP', 'br, gzip', 'gzip;q=0.001', '*', 'gzip, *;q=0', 'x-gzip', ' gzip ; q=1 '];
const REFUSING = ['', 'br', 'identity', 'gzip;q=0', 'gzip;q=0.000', '*;q=0', '*, gzip;q=0', 'gzipped'];

for (const coding of ACCEPTING) {
  test(`Accept-Encoding: ${coding} gets gzip`, async (t) => {
    const response = await ask({ 'accept-encoding': coding });
    t.is(response.headers.get('content-encoding'), 'gzip');
    const bytes = Buffer.from(await response.arrayBuffer());
    t.is(Number(response.headers.get('content-length')), bytes.length);
    t.is(gunzipSync(bytes).toString(), TEXT);
  });
}

for (const coding of REFUSING) {
  test(`Accept-Encoding: ${coding} gets plain text`, async (t) => {
    const response = await ask({ 'accept-encoding': coding });
    t.is(response.headers.get('content-encoding'), null);
    t.is(response.headers.get('vary'), 'Accept-Encoding');
    t.is(await response.text(), TEXT);
  });
}

for (const type of [
  'text/xml; charset=utf-8',
  'application/json',
  'application/vnd.ogc.wms_xml',
  'application/vnd.ogc.se_xml',
  'application/geo+json',
  'application/vnd.ogc.gml',
  'text/event',
  'image/svg+xml',
  'application/gml+xml',
]) {
  test(`${type} is worth compressing`, async (t) => {
    const response = await ask({ 'accept-encoding': 'gzip' }, { headers: { 'content-type': type } });
    t.is(response.headers.get('content-encoding'), 'gzip');
  });
}

for (const type of ['image/png', 'image/jpeg', 'image/webp', 'application/octet-stream', 'font/woff2']) {
  test(`${type} is not`, async (t) => {
    const response = await ask({ 'accept-encoding': 'gzip' }, { headers: { 'content-type': type } });
    t.is(response.headers.get('content-encoding'), null);
    t.is(response.headers.get('vary'), null);
  });
}

test('what is small is sent as it is', async (t) => {
  const response = await ask({ 'accept-encoding': 'gzip' }, { body: 'ä'.repeat(500) });
  t.is(response.headers.get('content-encoding'), null);
  t.is(response.headers.get('content-length'), '1000');
});

test('only successful reading is conditional', async (t) => {
  const headers = { etag: '"a"' };
  const condition = { 'if-none-match': '"a"' };
  t.is((await ask(condition, { headers })).status, 304);
  t.is((await ask(condition, { headers }, 'HEAD')).status, 304);
  t.is((await ask(condition, { headers }, 'POST')).status, 200);
  t.is((await ask(condition, { headers, status: 404 })).status, 404);
});
