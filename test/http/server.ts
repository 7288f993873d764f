import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'ava';
import fc from 'fast-check';
import type { ImageAnswer } from '../../src/maps/map-service.ts';
import { mapQuery, openDoor } from './helpers/door.ts';
import { rawConnection, rawRequest, readToEnd } from './helpers/raw-http.ts';

const statusLine = (answer: string) => answer.split('\r\n', 1)[0];

test('a taken port is told with its remedy', async (t) => {
  const { door } = await openDoor(t);
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.teardown(() => other.close());
  const { port } = other.address() as AddressInfo;
  await door.close(0);
  await t.throwsAsync(door.listen('127.0.0.1', port), {
    code: 'PORT_TAKEN',
    message: new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken.*--port`),
  });
});

test('an address of another machine is told with its remedy', async (t) => {
  const { door } = await openDoor(t);
  await door.close(0);
  await t.throwsAsync(door.listen('192.0.2.77', 0), { code: 'CONFIG_INVALID', message: /--host/ });
});

test('the URL is one that can be opened', async (t) => {
  const { door, url } = await openDoor(t);
  t.regex(url, /^http:\/\/127\.0\.0\.1:\d+$/);
  t.is(door.url, url);
  await door.close(0);
  const everywhere = await door.listen('0.0.0.0', 0);
  t.regex(everywhere, /^http:\/\/127\.0\.0\.1:\d+$/);
});

test('closing lets a running request finish and ends idle connections', async (t) => {
  const { door, url, node } = await openDoor(t);
  const drawing = Promise.withResolvers<ImageAnswer>();
  const started = Promise.withResolvers<void>();
  node.maps.draw = () => {
    started.resolve();
    return drawing.promise;
  };
  const idle = await rawConnection(url);
  idle.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await once(idle, 'data');
  const answer = rawRequest(url, { path: `/wms?${mapQuery()}`, headers: { connection: 'keep-alive' } });
  await started.promise;
  const closed = door.close(60_000);
  await readToEnd(idle);
  await t.throwsAsync(rawConnection(url), { code: 'ECONNREFUSED' });
  drawing.resolve(node.maps.answer);
  const { status, headers } = await answer;
  t.is(status, 200);
  t.is(headers.connection, 'close');
  await closed;
});

test('closing cuts what outlives the grace', async (t) => {
  const { door, url, node } = await openDoor(t);
  const started = Promise.withResolvers<void>();
  const aborted = Promise.withResolvers<void>();
  node.maps.draw = (_view, { signal }) => {
    signal.addEventListener('abort', () => aborted.resolve());
    started.resolve();
    return new Promise<ImageAnswer>(() => {});
  };
  const answer = rawRequest(url, { path: `/wms?${mapQuery()}` });
  await started.promise;
  await Promise.all([door.close(20), t.throwsAsync(answer), aborted.promise]);
});

test('closing before listening, and twice, is nothing special', async (t) => {
  const { door } = await openDoor(t);
  await door.close(0);
  await door.close(0);
  t.pass();
});

test('a body that is announced as too large gets 413 as an exception', async (t) => {
  const { url } = await openDoor(t, { options: { maxBodyBytes: 1000 } });
  const socket = await rawConnection(url);
  socket.write(
    'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 104857600\r\n\r\n',
  );
  const [first] = await once(socket, 'data');
  t.is(statusLine(String(first)), 'HTTP/1.1 413 Payload Too Large');
  t.regex(
    String(first),
    /<ServiceException code="NoApplicableCode">The request.*s body is larger than 1000 bytes/,
  );
  socket.destroy();
});

test('a client that asks first is refused before it sends', async (t) => {
  const { url } = await openDoor(t, { options: { maxBodyBytes: 1000 } });
  const ask = async (length: number) => {
    const socket = await rawConnection(url);
    socket.write(
      `POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    const [first] = await once(socket, 'data');
    socket.destroy();
    return statusLine(String(first));
  };
  t.is(await ask(1001), 'HTTP/1.1 413 Payload Too Large');
  t.is(await ask(1000), 'HTTP/1.1 100 Continue');
});

test('an endless body is cut off, and what was sent is not kept', async (t) => {
  const { url } = await openDoor(t);
  const socket = await rawConnection(url);
  const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'a'), Buffer.from('\r\n')]);
  socket.write(
    'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n',
  );
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const pump = () => {
    while (!socket.destroyed && socket.write(chunk))
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    if (!socket.destroyed) socket.once('drain', pump);
  };
  pump();
  t.is(statusLine(await readToEnd(socket)), 'HTTP/1.1 413 Payload Too Large');
  t.true(most < 64 * 1024 * 1024, `${most} bytes of buffers`);
});

for (const [what, headers] of [
  ['one header that is too long', `X-Long: ${'x'.repeat(40_000)}\r\n`],
  ['four thousand headers', 'X-Many: 1\r\n'.repeat(4000)],
] as const) {
  test(`${what}: 431`, async (t) => {
    const { url } = await openDoor(t);
    const socket = await rawConnection(url);
    socket.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    t.is(statusLine(await readToEnd(socket)), 'HTTP/1.1 431 Request Header Fields Too Large');
  });
}

test('a client that sends its headers by drops is cut off', async (t) => {
  const { url } = await openDoor(t, { options: { headersTimeoutMs: 200, requestTimeoutMs: 400 } });
  const socket = await rawConnection(url);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
  const drip = setInterval(() => socket.write('X-Drop: 1\r\n'), 20);
  const answer = await readToEnd(socket);
  clearInterval(drip);
  t.is(statusLine(answer), 'HTTP/1.1 408 Request Timeout');
});

test('a client that sends its body by drops is cut off', async (t) => {
  const { url } = await openDoor(t, { options: { headersTimeoutMs: 200, requestTimeoutMs: 400 } });
  const socket = await rawConnection(url);
  socket.write('POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n');
  const drip = setInterval(() => socket.write('x'), 20);
  const answer = await readToEnd(socket);
  clearInterval(drip);
  t.is(statusLine(answer), 'HTTP/1.1 408 Request Timeout');
});

test('a client that does not take its answer is cut off', async (t) => {
  const { url, node } = await openDoor(t, { options: { idleSocketTimeoutMs: 200 } });
  node.maps.answer = { ...node.maps.answer, body: Buffer.alloc(32 * 1024 * 1024) };
  const socket = await rawConnection(url);
  socket.pause();
  socket.write(`GET /wms?${mapQuery()} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const cut = Promise.withResolvers<void>();
  const { answer } = node.maps;
  node.maps.draw = async (_view, { signal }) => {
    signal.addEventListener('abort', () => cut.resolve());
    return answer;
  };
  await cut.promise;
  socket.destroy();
  t.pass();
});

test('connections beyond the limit are turned away, and room comes back', async (t) => {
  const { url } = await openDoor(t, { options: { maxConnections: 2 } });
  const held = [await rawConnection(url), await rawConnection(url)];
  const refused = await rawConnection(url);
  t.is(await readToEnd(refused), '');
  for (const socket of held) {
    socket.end();
    await readToEnd(socket);
  }
  t.is((await rawRequest(url, { path: '/healthz' })).status, 200);
});

for (const nonsense of [
  '\0\0\0\0\r\n\r\n',
  'GET\r\n\r\n',
  'GET / HTTP/9.9\r\n\r\n',
  '\x16\x03\x01\x02\0\x01',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
]) {
  test(`${JSON.stringify(nonsense)} is answered with 400 or the end`, async (t) => {
    const { url } = await openDoor(t);
    const socket = await rawConnection(url);
    socket.end(nonsense);
    t.regex(await readToEnd(socket), /^HTTP\/1\.1 (?:400|505) |^$/);
    t.is((await rawRequest(url, { path: '/healthz' })).status, 200);
  });
}

test('requests in one packet are answered in their order', async (t) => {
  const { url } = await openDoor(t);
  const socket = await rawConnection(url);
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n`;
  socket.write(`${get('/healthz')}\r\n${get('/readyz')}\r\n${get('/nothing')}Connection: close\r\n\r\n`);
  const statuses = [...(await readToEnd(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  t.deepEqual(statuses, ['200', '200', '404']);
});

const NAMES = [
  'SERVICE',
  'VERSION',
  'REQUEST',
  'LAYERS',
  'STYLES',
  'CRS',
  'SRS',
  'BBOX',
  'WIDTH',
  'HEIGHT',
  'FORMAT',
  'TRANSPARENT',
  'BGCOLOR',
  'EXCEPTIONS',
  'MAP',
  'SLD',
  'SLD_BODY',
  'DPI',
  'I',
  'J',
  'QUERY_LAYERS',
  'INFO_FORMAT',
  'LAYER',
  'TILEMATRIX',
  'TILEMATRIXSET',
  'TILEROW',
  'TILECOL',
];
const VALUES = [
  '',
  'NaN',
  '-1',
  '0',
  '1e9',
  '256',
  '1.5',
  'Infinity',
  '999999999999999999999',
  'land',
  'land,land',
  'nosuch',
  'EPSG:4326',
  'EPSG:99999',
  'CRS:84',
  '0,0,1,1',
  '1,1,0,0',
  'NaN,NaN,NaN,NaN',
  '0,0,0,0',
  '1e308,1e308,-1e308,-1e308',
  'image/png',
  'image/jpeg',
  'text/html',
  'INIMAGE',
  'BLANK',
  'XML',
  'WMS',
  'WMTS',
  '1.1.1',
  '1.3.0',
  '1.0.0',
  'GetMap',
  'GetCapabilities',
  'GetFeatureInfo',
  'GetLegendGraphic',
  'GetTile',
  '../../etc/passwd',
  'http://example.org/x.sld',
  '<x>',
  '%00',
  'TRUE',
  '0xffffff',
  'WebMercatorQuad',
  'world',
];

const value = fc.oneof(fc.constantFrom(...VALUES), fc.string({ unit: 'binary', maxLength: 30 }));
const changes = fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 });
const path = fc.oneof(
  fc.constantFrom('/wms', '/wms/world', '/wms/nosuch', '/wmts', '/wmts/world'),
  fc
    .constantFrom('/tiles/', '/wmts/', '/wms/', '/api/', '/')
    .chain((start) => fc.stringMatching(/^[\w%./@:\\-]{0,40}$/).map((rest) => start + rest)),
);

test('no query makes the front door fail', async (t) => {
  const { url } = await openDoor(t);
  await fc.assert(
    fc.asyncProperty(path, changes, fc.boolean(), async (route, changed, post) => {
      const query = mapQuery(changed);
      const answer = post
        ? await rawRequest(url, {
            path: route,
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: query,
          })
        : await rawRequest(url, { path: `${route}?${query}` });
      t.true(answer.status < 500, `${answer.status} ${answer.body}`);
    }),
    { numRuns: 1500 },
  );
});

test('no raw target or posted text makes the front door fail', async (t) => {
  const { url } = await openDoor(t);
  const target = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 60,
  });
  const body = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.string({ maxLength: 100 }).map((text) => `<?xml version="1.0"?><GetMap ${text}>`),
  );
  const type = fc.constantFrom(
    'text/xml',
    'application/json',
    'text/xml; charset=utf-16',
    'application/xml;charset=nonsense',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  );
  await fc.assert(
    fc.asyncProperty(target, body, type, async (rest, text, contentType) => {
      const get = await rawRequest(url, { path: `/${rest}` });
      t.true(get.status < 500, `${get.status} ${get.body}`);
      const post = await rawRequest(url, {
        path: '/wms',
        method: 'POST',
        headers: { 'content-type': contentType },
        body: text,
      });
      t.true(post.status < 500, `${post.status} ${post.body}`);
    }),
    { numRuns: 500 },
  );
});
