import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import type { ImageAnswer } from '../../src/maps/map-service.ts';
import { mapQuery, openDoor } from './helpers/door.ts';
import { project } from './helpers/fake-maps.ts';
import { rawRequest } from './helpers/raw-http.ts';

test('GetMap answers with the image, who drew it and how long that took', async (t) => {
  const { url, node } = await openDoor(t);
  const response = await fetch(`${url}/wms?${mapQuery()}`);
  t.is(response.status, 200);
  t.deepEqual(Buffer.from(await response.arrayBuffer()), Buffer.from(node.maps.answer.body));
  const headers = Object.fromEntries(response.headers);
  t.like(headers, {
    'content-type': 'image/png',
    'content-length': String(node.maps.answer.body.length),
    etag: '"0123456789abcdef"',
    'cache-control': 'public, max-age=30, must-revalidate',
    'x-gismesh-peer': '12D3KooWTest',
    'x-gismesh-peer-name': 'r%C3%A4um-7',
    'x-gismesh-cache': 'miss',
    'x-gismesh-reason': 'lowest of 3 bids: 42 ms',
    'x-content-type-options': 'nosniff',
    'access-control-allow-origin': '*',
    'timing-allow-origin': '*',
  });
  t.regex(
    headers['server-timing']!,
    /^bid;dur=1\.50, forward;dur=2\.00, render;dur=40\.25, total;dur=\d+\.\d\d$/,
  );
  t.regex(headers['access-control-expose-headers']!, /X-Gismesh-Peer\b.*X-Gismesh-Peer-Name/);
  t.like(node.maps.views[0], { project: 'world', layers: ['land'], width: 256, encoding: 'png' });
});

test('the project comes from the path or from MAP', async (t) => {
  const { url, node } = await openDoor(t);
  t.is((await fetch(`${url}/wms/town?${mapQuery()}`)).status, 200);
  t.is((await fetch(`${url}/wms?${mapQuery({ MAP: 'town' })}`)).status, 200);
  t.deepEqual(
    node.maps.views.map((view) => view.project),
    ['town', 'town'],
  );
});

for (const map of ['../../etc/passwd', '/etc/passwd', 'C:\\maps\\a.qgs', 'nosuch', '..%2f', 'world\0']) {
  test(`MAP=${JSON.stringify(map)} opens nothing`, async (t) => {
    const { url, node } = await openDoor(t);
    const response = await fetch(`${url}/wms?${mapQuery({ MAP: map })}`);
    t.is(response.status, 400);
    t.regex(await response.text(), /<ServiceException\b/);
    t.deepEqual(node.maps.views, []);
  });
}

for (const path of [
  `/wms/late?${mapQuery()}`,
  '/tiles/late/1/0/0.png',
  '/wmts/late?SERVICE=WMTS&REQUEST=GetCapabilities',
]) {
  test(`a project that comes while ${path} waits for it is served`, async (t) => {
    const { url, node } = await openDoor(t);
    const asked: string[] = [];
    node.maps.arrival = (id) => asked.push(id);
    t.is((await fetch(url + path)).status, 404);
    node.maps.arrival = (id) => node.maps.served.push(project(id));
    t.is((await fetch(url + path)).status, 200);
    t.deepEqual(asked, ['late']);
  });
}

test('HEAD has the headers of GET and no body', async (t) => {
  const { url } = await openDoor(t);
  for (const path of [
    `/wms?${mapQuery()}`,
    '/tiles/world/1/0/0.png',
    '/wms?REQUEST=GetCapabilities',
    '/api/peers',
    '/nothing',
  ]) {
    const [get, head] = [await rawRequest(url, { path }), await rawRequest(url, { path, method: 'HEAD' })];
    t.is(head.body.length, 0);
    const lasting = ({ headers }: typeof get) => ({ ...headers, 'server-timing': '', date: '' });
    t.deepEqual(lasting(head), lasting(get), path);
    t.is(head.status, get.status);
  }
});

for (const [condition, status] of [
  ['"0123456789abcdef"', 304],
  ['W/"0123456789abcdef"', 304],
  ['"x", "0123456789abcdef"', 304],
  ['*', 304],
  ['"x"', 200],
] as const) {
  test(`If-None-Match: ${condition} gives ${status}`, async (t) => {
    const { url } = await openDoor(t);
    const answer = await rawRequest(url, {
      path: `/wms?${mapQuery()}`,
      headers: { 'if-none-match': condition },
    });
    t.is(answer.status, status);
    t.is(answer.headers.etag, '"0123456789abcdef"');
    t.is(answer.headers['cache-control'], 'public, max-age=30, must-revalidate');
    t.is(answer.headers['x-gismesh-peer'], '12D3KooWTest');
    t.is(answer.headers['access-control-allow-origin'], '*');
    if (status === 304) {
      t.is(answer.body.length, 0);
      t.is(answer.headers['content-type'], undefined);
      t.is(answer.headers['content-length'], undefined);
    }
  });
}

test('a map may be asked for by a form or by XML', async (t) => {
  const { url, node } = await openDoor(t);
  const form = await fetch(`${url}/wms/world`, { method: 'POST', body: new URLSearchParams(mapQuery()) });
  t.is(form.status, 200);
  const xml = `<?xml version="1.0"?>
    <GetMap xmlns="http://www.opengis.net/ows" xmlns:sld="http://www.opengis.net/sld" xmlns:gml="http://www.opengis.net/gml" version="1.1.1">
      <sld:StyledLayerDescriptor version="1.0.0"><sld:NamedLayer><sld:Name>land</sld:Name></sld:NamedLayer></sld:StyledLayerDescriptor>
      <BoundingBox srsName="EPSG:3857"><gml:coord><gml:X>0</gml:X><gml:Y>0</gml:Y></gml:coord><gml:coord><gml:X>1000</gml:X><gml:Y>1000</gml:Y></gml:coord></BoundingBox>
      <Output><Format>image/png</Format><Size><Width>256</Width><Height>256</Height></Size></Output>
    </GetMap>`;
  const posted = await fetch(`${url}/wms`, {
    method: 'POST',
    body: xml,
    headers: { 'content-type': 'text/xml' },
  });
  t.is(posted.status, 200, await posted.clone().text());
  t.is(node.maps.views.length, 2);
  t.like(node.maps.views[1], { layers: ['land'], crs: 'EPSG:3857', width: 256 });
});

test('the URL and the posted form make one request', async (t) => {
  const { url, node } = await openDoor(t);
  const body = new URLSearchParams(mapQuery({ LAYERS: undefined }));
  const response = await fetch(`${url}/wms?MAP=town&layers=countries`, { method: 'POST', body });
  t.is(response.status, 200);
  t.like(node.maps.views[0], { project: 'town', layers: ['countries'] });
});

test('equal URLs are understood once, until their project changes', async (t) => {
  const { url, node } = await openDoor(t);
  const path = `${url}/wms?${mapQuery()}`;
  await fetch(path);
  await fetch(path);
  t.is(node.maps.views[0], node.maps.views[1]);
  node.maps.served = [project('world', { hash: 'b'.repeat(64) })];
  await fetch(path);
  t.not(node.maps.views[2], node.maps.views[1]);
  node.maps.served = [project('world', { hash: 'c'.repeat(64), layers: [] })];
  t.is((await fetch(path)).status, 400);
});

test('a request without a project follows the default project', async (t) => {
  const { url, node } = await openDoor(t);
  const path = `${url}/wms?${mapQuery()}`;
  await fetch(path);
  node.maps.served = [project('town'), project('world')];
  await fetch(path);
  t.deepEqual(
    node.maps.views.map((view) => view.project),
    ['world', 'town'],
  );
});

test('tiles, also for dense screens', async (t) => {
  const { url, node } = await openDoor(t);
  t.is((await fetch(`${url}/tiles/world/2/1/3.png`)).status, 200);
  t.is((await fetch(`${url}/tiles/world/2/1/3@2x.webp`)).status, 200);
  t.is((await fetch(`${url}/tiles/world/2/1/3.jpg`)).status, 200);
  t.deepEqual(
    node.maps.views.map(({ encoding, width }) => [encoding, width]),
    [
      ['png', 256],
      ['webp', 512],
      ['jpeg', 256],
    ],
  );
});

for (const path of [
  '/tiles/world/2/4/0.png',
  '/tiles/nosuch/0/0/0.png',
  '/tiles/world/x/0/0.png',
  '/tiles/world',
  '/tiles/',
  '/tiles/%2e%2e/%2e%2e/etc/passwd',
  '/tiles/world/99/0/0.png',
  '/tiles/%zz/0/0/0.png',
]) {
  test(`no tile at ${path}`, async (t) => {
    const { url } = await openDoor(t);
    const answer = await rawRequest(url, { path });
    t.is(answer.status, 404);
    t.regex(answer.headers['content-type']!, /^text\/plain|^application\/json/);
    t.is(answer.headers['cache-control'], 'no-store');
  });
}

test('WMTS by key-value pairs and by paths', async (t) => {
  const { url, node } = await openDoor(t);
  const capabilities = await fetch(`${url}/wmts/1.0.0/WMTSCapabilities.xml`);
  t.is(capabilities.status, 200);
  t.true((await capabilities.text()).includes(`${url}/wmts/world`));
  const pairs =
    'SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=land&STYLE=default&FORMAT=image/png&TILEMATRIXSET=WebMercatorQuad&TILEMATRIX=1&TILEROW=0&TILECOL=1';
  t.is((await fetch(`${url}/wmts/world?${pairs}`)).status, 200);
  t.is((await fetch(`${url}/wmts?${pairs}`)).status, 200);
  t.is((await fetch(`${url}/wmts/world/land/default/WebMercatorQuad/1/0/1.png`)).status, 200);
  t.is(node.maps.views.length, 3);
  const wrong = await fetch(`${url}/wmts?${pairs.replace('TILEROW=0', 'TILEROW=9')}`);
  t.is(wrong.status, 400);
  t.regex(await wrong.text(), /ows:ExceptionReport/);
});

test('capabilities of WMTS have the sections that were asked for', async (t) => {
  const { url } = await openDoor(t);
  const capabilities = async (pairs: string) =>
    await (await fetch(`${url}/wmts?SERVICE=WMTS&REQUEST=GetCapabilities${pairs}`)).text();
  const whole = await capabilities('');
  t.regex(whole, /<ows:ServiceIdentification>.*<Contents>/s);
  const contents = await capabilities('&SECTIONS=Contents');
  t.regex(contents, /<Contents>/);
  t.notRegex(contents, /<ows:ServiceIdentification>/);
  const sequence = /updateSequence="([^"]+)"/.exec(whole)?.[1];
  t.notRegex(await capabilities(`&UPDATESEQUENCE=${sequence}`), /<Contents>/);
});

test('GetFeatureInfo and GetLegendGraphic', async (t) => {
  const { url, node } = await openDoor(t);
  const query = mapQuery({
    REQUEST: 'GetFeatureInfo',
    LAYERS: 'countries',
    QUERY_LAYERS: 'countries',
    I: '5',
    J: '6',
    INFO_FORMAT: 'text/html',
  });
  const info = await fetch(`${url}/wms?${query}`);
  t.is(info.status, 200);
  const text = await info.text();
  t.true(text.includes('&lt;Österreich&gt;'), text);
  t.regex(info.headers.get('content-security-policy')!, /sandbox/);
  t.is(info.headers.get('content-type'), 'text/html; charset=utf-8');
  t.like(node.maps.queries[0], { i: 5, j: 6, queryLayers: ['countries'] });

  const legend = await fetch(
    `${url}/wms?SERVICE=WMS&VERSION=1.3.0&REQUEST=GetLegendGraphic&LAYER=land&FORMAT=image/png`,
  );
  t.is(legend.status, 200);
  t.like(node.maps.legends[0], { project: 'world', layer: 'land' });
});

test('capabilities name the front door that the client used', async (t) => {
  const { url } = await openDoor(t, { options: { allowedHosts: ['maps.test'] } });
  const path = '/wms?SERVICE=WMS&REQUEST=GetCapabilities';
  const { port } = new URL(url);
  const urls = async (headers: Record<string, string>) => {
    const { body } = await rawRequest(url, { path, headers });
    return new Set([...body.toString().matchAll(/xlink:href="(http[^"?]*)/g)].map(([, found]) => found));
  };
  t.deepEqual(await urls({}), new Set([`${url}/wms/world`]));
  t.deepEqual(await urls({ host: `localhost:${port}` }), new Set([`http://localhost:${port}/wms/world`]));
  t.deepEqual(await urls({ host: 'maps.test' }), new Set(['http://maps.test/wms/world']));
  t.deepEqual(
    await urls({
      'x-forwarded-host': 'gis.example.org',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/maps',
    }),
    new Set(['https://gis.example.org/maps/wms/world']),
  );
});

test('capabilities are compressed for those who take that, and revalidated', async (t) => {
  const { url } = await openDoor(t);
  const path = '/wms/world?SERVICE=WMS&REQUEST=GetCapabilities';
  const plain = await rawRequest(url, { path });
  const zipped = await rawRequest(url, { path, headers: { 'accept-encoding': 'br, gzip;q=0.8' } });
  const refused = await rawRequest(url, { path, headers: { 'accept-encoding': 'gzip;q=0, identity' } });
  t.is(plain.headers['content-encoding'], undefined);
  t.is(refused.headers['content-encoding'], undefined);
  t.is(zipped.headers['content-encoding'], 'gzip');
  t.true(zipped.body.length < plain.body.length / 2);
  t.is(Number(zipped.headers['content-length']), zipped.body.length);
  t.regex(zipped.headers.vary!, /Accept-Encoding.*X-Forwarded-Host/);
  const again = await rawRequest(url, { path, headers: { 'if-none-match': zipped.headers.etag! } });
  t.is(again.status, 304);
  t.is(again.headers.vary, plain.headers.vary);
});

test('images are never compressed again', async (t) => {
  const { url, node } = await openDoor(t);
  node.maps.answer = { ...node.maps.answer, body: Buffer.alloc(5000) };
  const answer = await rawRequest(url, {
    path: `/wms?${mapQuery()}`,
    headers: { 'accept-encoding': 'gzip' },
  });
  t.is(answer.headers['content-encoding'], undefined);
  t.is(answer.body.length, 5000);
});

for (const [code, status] of [
  ['BUSY', 503],
  ['DEADLINE_EXCEEDED', 504],
  ['PROJECT_UNKNOWN', 404],
  ['ENGINE_CRASHED', 502],
  ['RENDER_FAILED', 502],
  ['BUNDLE_NOT_HELD', 503],
] as const) {
  test(`${code} becomes an OGC exception with status ${status}`, async (t) => {
    const { url, node } = await openDoor(t);
    node.maps.draw = () => Promise.reject(new GismeshError(code, 'All 3 peers are <busy>'));
    const response = await fetch(`${url}/wms?${mapQuery()}`);
    t.is(response.status, status);
    t.is(response.headers.get('x-gismesh-error'), code);
    t.is(response.headers.get('cache-control'), 'no-store');
    t.is(response.headers.get('retry-after'), status === 503 ? '1' : null);
    t.regex(await response.text(), /ServiceException code="NoApplicableCode"[^>]*>All 3 peers are &lt;busy/);
  });
}

test('what nobody expected is a 500 with an id that the log knows, and nothing else', async (t) => {
  const { url, node } = await openDoor(t);
  node.maps.draw = () => Promise.reject(new Error('secret /home/user/data'));
  const response = await fetch(`${url}/wms?${mapQuery()}`);
  t.is(response.status, 500);
  const text = await response.text();
  t.false(text.includes('secret'));
  const id = response.headers.get('x-gismesh-error')!;
  t.true(text.includes(id));
  t.like(node.lines[0], { level: 'error', context: { errorId: id } });
});

test('a client that went away cancels its map', async (t) => {
  const { url, node } = await openDoor(t);
  const started = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  node.maps.draw = (_view, { signal }) => {
    started.resolve();
    return new Promise<ImageAnswer>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason);
        cancelled.resolve();
      });
    });
  };
  const client = new AbortController();
  const answer = fetch(`${url}/wms?${mapQuery()}`, { signal: client.signal });
  await started.promise;
  client.abort();
  await t.throwsAsync(answer);
  await cancelled.promise;
  await (await fetch(`${url}/metrics`)).text();
  t.deepEqual(
    node.lines.filter(({ level }) => level === 'error' || level === 'warn'),
    [],
  );
});
