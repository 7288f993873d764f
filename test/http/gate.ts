import test from 'ava';
import { mapQuery, openDoor } from './helpers/door.ts';
import { rawConnection, rawRequest, readToEnd } from './helpers/raw-http.ts';

for (const name of [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'gis.localhost',
  '127.0.0.1',
  '127.1.2.3',
  '[::1]',
  'maps.intranet',
  'Maps.Intranet',
]) {
  test(`a loopback address answers to ${name}`, async (t) => {
    const { url } = await openDoor(t, { options: { allowedHosts: ['maps.intranet'] } });
    const { port } = new URL(url);
    for (const host of [name, `${name}:${port}`, `${name}:1`]) {
      t.is((await rawRequest(url, { path: '/healthz', headers: { host } })).status, 200, host);
    }
  });
}

for (const host of [
  'evil.example.org',
  'localhost.evil.org',
  '127.0.0.1.nip.io',
  '192.168.1.5:8080',
  'maps',
  '[::2]',
]) {
  test(`a loopback address does not answer to ${host}, and says what to do`, async (t) => {
    const { url, node } = await openDoor(t);
    for (const path of ['/', '/api/peers', `/wms?${mapQuery()}`]) {
      const answer = await rawRequest(url, { path, headers: { host, 'x-forwarded-host': 'localhost' } });
      t.is(answer.status, 421);
      t.regex(answer.body.toString(), /http\.allowedHosts/);
      t.is(answer.headers['access-control-allow-origin'], undefined);
    }
    t.deepEqual(node.maps.views, []);
  });
}

for (const host of ['a b', 'a/b', '', 'a@b', 'a:99999', 'x"><script>', 'ä']) {
  test(`the host ${JSON.stringify(host)} is malformed`, async (t) => {
    const { url } = await openDoor(t);
    const socket = await rawConnection(url);
    socket.write(Buffer.from(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`));
    t.regex(await readToEnd(socket), /^HTTP\/1\.1 400 /);
  });
}

test('the target may be a whole URL, whose host counts', async (t) => {
  const { url } = await openDoor(t);
  const ask = async (target: string) => {
    const socket = await rawConnection(url);
    socket.write(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return (await readToEnd(socket)).split('\r\n', 1)[0];
  };
  t.is(await ask('http://localhost:8080/healthz'), 'HTTP/1.1 200 OK');
  t.is(await ask('http://evil.org/healthz'), 'HTTP/1.1 421 Misdirected Request');
  t.is(await ask('ftp://localhost/healthz'), 'HTTP/1.1 400 Bad Request');
  t.is(await ask('http://localhost?x'), 'HTTP/1.1 200 OK');
  t.is(await ask('*'), 'HTTP/1.1 400 Bad Request');
});

test('HTTP/1.0 without a host is served', async (t) => {
  const { url } = await openDoor(t);
  const socket = await rawConnection(url);
  socket.write('GET /wms?REQUEST=GetCapabilities&SERVICE=WMS HTTP/1.0\r\n\r\n');
  const answer = await readToEnd(socket);
  t.regex(answer, /^HTTP\/1\.1 200 /);
  t.true(answer.includes(`${url}/wms/world`));
});

test('a URL that is too long gets 414 and the way out', async (t) => {
  const { url } = await openDoor(t, { options: { maxUrlBytes: 1000 } });
  t.is((await rawRequest(url, { path: `/wms?${mapQuery()}&x=`.padEnd(1000, 'x') })).status, 200);
  const answer = await rawRequest(url, { path: `/wms?${mapQuery()}&x=`.padEnd(1001, 'x') });
  t.is(answer.status, 414);
  t.regex(answer.body.toString(), /POST/);
});
