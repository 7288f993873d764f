import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { openDoor, TOKEN } from './helpers/door.ts';
import { rawRequest } from './helpers/raw-http.ts';

const bearer = { authorization: `Bearer ${TOKEN}` };

test('status, peers and projects as JSON that any page may read', async (t) => {
  const { url, node } = await openDoor(t);
  const read = async (path: string) => {
    const response = await fetch(url + path);
    t.is(response.status, 200);
    t.is(response.headers.get('content-type'), 'application/json; charset=utf-8');
    t.is(response.headers.get('cache-control'), 'no-store');
    t.is(response.headers.get('access-control-allow-origin'), '*');
    return await response.json();
  };
  t.deepEqual(await read('/api/status'), node.status());
  t.deepEqual(await read('/api/peers'), node.peers());
  t.deepEqual(
    ((await read('/api/projects')) as { id: string }[]).map((project) => project.id),
    ['world', 'town'],
  );
});

test('health, readiness and metrics', async (t) => {
  const { url, node } = await openDoor(t);
  t.is(await (await fetch(`${url}/healthz`)).text(), 'ok\n');
  t.is((await fetch(`${url}/readyz`)).status, 200);
  node.notReadyReason = 'no engine is loaded yet';
  const waiting = await fetch(`${url}/readyz`);
  t.is(waiting.status, 503);
  t.is(await waiting.text(), 'not ready: no engine is loaded yet\n');
  const metrics = await fetch(`${url}/metrics`);
  t.is(metrics.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  t.regex(await metrics.text(), /gismesh_http_requests_total\{route="readyz",status="503",cache=""\} 1\n/);
});

test('a bearer of the token controls the node', async (t) => {
  const { url, node } = await openDoor(t);
  const post = (path: string, body?: string) =>
    fetch(url + path, { method: 'POST', headers: bearer, body: body ?? null });
  const invitation = { invitation: 'gm1abc', words: 'one two three four five six' };
  t.deepEqual(await (await post('/api/invitation')).json(), invitation);
  t.deepEqual(await (await fetch(`${url}/api/invitation`, { headers: bearer })).json(), invitation);
  t.deepEqual(await (await post('/api/join', '{"invitation":"gm1xyz"}')).json(), { joined: true });
  t.deepEqual(node.joined, ['gm1xyz']);
  const stopping = await post('/api/stop');
  t.is(stopping.status, 202);
  t.deepEqual(await stopping.json(), { stopping: true });
  t.is(node.stopped, 1);
});

for (const authorization of [
  undefined,
  '',
  TOKEN,
  'Bearer',
  'Bearer ',
  `Bearer ${TOKEN}x`,
  `Bearer ${TOKEN.slice(1)}`,
  `Basic ${TOKEN}`,
  `Bearer ${'x'.repeat(600)}`,
]) {
  test(`no control with Authorization: ${JSON.stringify(authorization?.slice(0, 40))}`, async (t) => {
    const { url, node } = await openDoor(t);
    for (const path of ['/api/stop', '/api/invitation', '/api/join']) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await rawRequest(url, {
        path,
        method: 'POST',
        headers,
        body: '{"invitation":"gm1xyz"}',
      });
      t.is(answer.status, 401);
      t.is(answer.headers['www-authenticate'], 'Bearer realm="gismesh"');
      t.is(answer.headers['access-control-allow-origin'], undefined);
    }
    t.is(node.stopped, 0);
    t.deepEqual(node.joined, []);
  });
}

test('a bearer of the token drains the node and has it take work again', async (t) => {
  const { url, node } = await openDoor(t);
  const post = (path: string, body: string) =>
    rawRequest(url, { path, method: 'POST', headers: bearer, body });
  for (const body of ['{"now":true}', '{"now":"yes"}', '{}', 'null', '[]', '']) {
    const answer = await post('/api/drain', body);
    t.is(answer.status, 202);
    t.deepEqual(JSON.parse(answer.body.toString()), { draining: true });
  }
  t.is((await post('/api/resume', '')).status, 200);
  const later = { now: false };
  t.deepEqual(node.drained, [{ now: true }, later, later, later, later, later, { resumed: true }]);
  t.is((await post('/api/drain', '{')).status, 400);
  for (const path of ['/api/drain', '/api/resume']) {
    t.is((await rawRequest(url, { path, method: 'POST', body: '{}' })).status, 401, path);
  }
});

for (const body of ['', '{', '[]', 'null', '{"invitation":7}', '{"invitation":""}']) {
  test(`joining with the body ${JSON.stringify(body)} is refused`, async (t) => {
    const { url } = await openDoor(t);
    const answer = await rawRequest(url, { path: '/api/join', method: 'POST', headers: bearer, body });
    t.is(answer.status, 400);
    t.like(JSON.parse(answer.body.toString()), { code: 'REQUEST_INVALID' });
  });
}

test('a bad invitation is the client’s mistake', async (t) => {
  const { url, node } = await openDoor(t);
  node.joinError = new GismeshError('INVITATION_INVALID', 'The invitation is cut off');
  const answer = await rawRequest(url, {
    path: '/api/join',
    method: 'POST',
    headers: bearer,
    body: '{"invitation":"x"}',
  });
  t.is(answer.status, 400);
  t.deepEqual(JSON.parse(answer.body.toString()), {
    code: 'INVITATION_INVALID',
    message: 'The invitation is cut off',
  });
});

test('other origins may ask for maps, not for control', async (t) => {
  const { url } = await openDoor(t);
  const preflight = (path: string) =>
    fetch(url + path, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    });
  for (const path of ['/wms', '/wms/world', '/wmts', '/tiles/world/0/0/0.png', '/api/peers']) {
    const response = await preflight(path);
    t.is(response.status, 204);
    t.is(response.headers.get('access-control-allow-origin'), '*');
    t.regex(response.headers.get('access-control-allow-methods')!, /^GET, HEAD(, POST)?, OPTIONS$/);
  }
  const control = await preflight('/api/stop');
  t.is(control.headers.get('access-control-allow-origin'), null);
  t.is(control.headers.get('access-control-allow-methods'), null);
});

test('methods that a route does not offer are named with those it does', async (t) => {
  const { url } = await openDoor(t);
  for (const [path, method, allow] of [
    ['/wms', 'DELETE', 'GET, HEAD, POST, OPTIONS'],
    ['/api/peers', 'POST', 'GET, HEAD, OPTIONS'],
    ['/api/stop', 'GET', 'POST, OPTIONS'],
    ['/', 'PUT', 'GET, HEAD, OPTIONS'],
    ['/wms', 'TRACE', 'GET, HEAD, POST, OPTIONS'],
    ['/wms', 'PROPFIND', 'GET, HEAD, POST, OPTIONS'],
  ]) {
    const answer = await rawRequest(url, { path: path!, method: method! });
    t.is(answer.status, 405, `${method} ${path}`);
    t.is(answer.headers.allow, allow);
  }
});

test('a method that a map service does not offer is refused in the words of that service', async (t) => {
  const { url } = await openDoor(t);
  const refused = async (path: string) => (await fetch(`${url}${path}`, { method: 'DELETE' })).text();
  t.regex(await refused('/wms'), /<ServiceException\b.*DELETE is not offered here/);
  t.regex(await refused('/wmts'), /<ows:ExceptionText>DELETE is not offered here/);
  t.regex(await refused('/tiles/world/0/0/0.png'), /DELETE is not offered here/);
});

test('a request that cannot be read is refused in the words of its service', async (t) => {
  const { url } = await openDoor(t);
  const many = Array.from({ length: 400 }, (_, index) => `a${index}=1`).join('&');
  t.regex(await (await fetch(`${url}/wmts?${many}`)).text(), /<ows:Exception /);
  t.regex(await (await fetch(`${url}/wms?${many}`)).text(), /<ServiceException /);
  const body = { method: 'POST', headers: { 'content-type': 'text/xml' }, body: '<a' };
  t.regex(await (await fetch(`${url}/wmts`, body)).text(), /<ows:Exception /);
});
