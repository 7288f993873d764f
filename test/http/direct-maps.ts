import test from 'ava';
import { mapQuery, openDoor } from './helpers/door.ts';
import { rawConnection, rawRequest, readToEnd } from './helpers/raw-http.ts';

/** Headers that are of the moment. */
const PASSING = ['date', 'server-timing'];

const KINDS = {
  'a map by key-value pairs': { direct: `/wms?${mapQuery()}`, usual: `/wms?${mapQuery()}&x='` },
  'a map of a project': { direct: `/wms/world?${mapQuery()}`, usual: `/wms/world?${mapQuery()}&x='` },
  'a tile of WMTS': {
    direct: '/wmts/world/land/default/WebMercatorQuad/2/1/1.png',
    usual: '/wmts/world/./land/default/WebMercatorQuad/2/1/1.png',
  },
  'a tile': { direct: '/tiles/world/2/1/1.png', usual: '/tiles/world/2/./1/1.png' },
  'what is no map': {
    direct: '/wms?SERVICE=WMS&REQUEST=Nothing',
    usual: "/wms?SERVICE=WMS&REQUEST=Nothing&x='",
  },
  'an unknown project': { direct: '/tiles/moon/2/1/1.png', usual: '/tiles/moon/2/./1/1.png' },
};

for (const [kind, { direct, usual }] of Object.entries(KINDS)) {
  for (const headers of [{}, { origin: 'https://maps.example' }, { 'if-none-match': '*' }]) {
    test(`${kind} is told alike on both ways, for ${JSON.stringify(headers)}`, async (t) => {
      const { url, node } = await openDoor(t);
      const [one, other] = await Promise.all(
        [direct, usual].map((path) => rawRequest(url, { path, headers: { host: 'localhost', ...headers } })),
      );
      for (const name of PASSING) for (const answer of [one, other]) delete answer!.headers[name];
      t.deepEqual(one, other);
      t.is(node.lines.length, 0);
      const metrics = await node.metrics();
      t.regex(metrics, /gismesh_http_requests_total\{[^}]*\} 2\b/);
    });
  }
}

for (const path of [
  '/wms/../api/status',
  '/tiles/../wms',
  '/wmts/world/..',
  '/wms\\x',
  '/tiles/world/2/1/1.png#x',
]) {
  test(`${path} goes the usual way`, async (t) => {
    const { url } = await openDoor(t);
    const socket = await rawConnection(url);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    const [head] = (await readToEnd(socket)).split('\r\n', 1);
    const expected = await rawRequest(url, { path, method: 'HEAD', headers: { host: 'localhost' } });
    t.regex(head!, new RegExp(`^HTTP/1.1 ${expected.status} `));
  });
}

test('a body that nobody asked for does not disturb the next request', async (t) => {
  const { url } = await openDoor(t);
  const socket = await rawConnection(url);
  const target = `/wms?${mapQuery()}`;
  socket.write(
    `GET ${target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello` +
      `GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`,
  );
  const text = await readToEnd(socket);
  t.is(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2);
});

test('an answer that cannot be written is told as what nobody expected', async (t) => {
  const { url, node } = await openDoor(t);
  node.maps.draw = async () => ({ ...node.maps.answer, contentType: 'image/png\nx: y' });
  const { status, headers } = await rawRequest(url, { path: `/wms?${mapQuery()}` });
  t.is(status, 500);
  t.like(node.lines[0], { level: 'error', context: { errorId: headers['x-gismesh-error'] } });
});
