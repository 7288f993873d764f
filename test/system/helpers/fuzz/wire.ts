import { oddBody } from './bodies.ts';
import type { Dice } from './dice.ts';
import { brokenPairs, drawableMap, oddPath, queryOf } from './map-requests.ts';
import { nasty } from './values.ts';

/** One request as bytes, and what kind of answer is due. */
export interface FuzzRequest {
  /** Of which generator it is. */
  readonly kind: 'drawable' | 'broken map' | 'odd path' | 'odd body' | 'odd method' | 'broken HTTP';
  readonly method: string;
  readonly bytes: Buffer;
}

/** The services that speak in the OGC's exceptions. */
const SERVICES = ['/wms/world', '/wms/world', '/wms', '/wmts/world', '/wmts', '/wms/nix'];

export function fuzzRequest(dice: Dice): FuzzRequest {
  const throwOf = dice.next();
  if (throwOf < 0.03) {
    return get('drawable', `/wms/world?${queryOf(drawableMap(dice))}`);
  }
  if (throwOf < 0.6) return get('broken map', `${dice.pick(SERVICES)}?${brokenQuery(dice)}`);
  if (throwOf < 0.75) return get('odd path', oddPath(dice));
  if (throwOf < 0.87) return posted(dice);
  if (throwOf < 0.93) return oddMethod(dice);
  return brokenHttp(dice);
}

function brokenQuery(dice: Dice): string {
  const query = queryOf(brokenPairs(dice));
  if (dice.chance(0.1)) return dice.mangle(query, dice.int(1, 8)).replaceAll(/\s/g, '+');
  if (dice.chance(0.05)) return query.replaceAll('&', dice.pick([';', '&&', '&amp;', '&%', '&=&']));
  return query;
}

function get(kind: FuzzRequest['kind'], target: string, headers = ''): FuzzRequest {
  // A target is ASCII on the wire; what a mutation made of it is sent as it is.
  const bytes = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`, 'latin1');
  return { kind, method: 'GET', bytes };
}

function posted(dice: Dice): FuzzRequest {
  const { contentType, body } = oddBody(dice);
  const target = dice.pick(['/wms/world', '/wms', '/wmts/world', '/wms/world?SERVICE=WMS&VERSION=1.3.0']);
  const lines = [`POST ${target} HTTP/1.1`, 'Host: localhost', `Content-Type: ${contentType}`];
  const head = (...more: string[]) => Buffer.from([...lines, ...more, '', ''].join('\r\n'), 'latin1');
  const bytes = dice.chance(0.2)
    ? Buffer.concat([head('Transfer-Encoding: chunked'), ...chunked(body), Buffer.from('0\r\n\r\n')])
    : Buffer.concat([head(`Content-Length: ${body.length}`), body]);
  return { kind: 'odd body', method: 'POST', bytes };
}

function chunked(body: Buffer): Buffer[] {
  if (body.length === 0) return [];
  return [Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from('\r\n')];
}

function oddMethod(dice: Dice): FuzzRequest {
  const method = dice.pick([
    'HEAD',
    'OPTIONS',
    'PUT',
    'DELETE',
    'PATCH',
    'TRACE',
    'PROPFIND',
    'SEARCH',
    'LOCK',
  ]);
  const target = dice.pick([
    '/',
    '/wms/world?SERVICE=WMS&REQUEST=GetCapabilities',
    '/tiles/world/1/1/0.png',
    '/api/stop',
    '/api/join',
    '/api/invitation',
    '/nix',
    `/wms/world?${queryOf(brokenPairs(dice))}`,
  ]);
  const headers = dice.pick([
    '',
    'Origin: https://evil.example\r\n',
    'Access-Control-Request-Method: DELETE\r\n',
    'If-None-Match: "a", *, W/"\r\n',
    'Range: bytes=0-1,5-9,-1\r\n',
    'Accept-Encoding: gzip;q=nix, *;q=0\r\n',
    `X-Forwarded-Host: ${'a,'.repeat(200)}\r\n`,
  ]);
  const bytes = Buffer.from(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`, 'latin1');
  return { kind: 'odd method', method, bytes };
}

const GOOD = 'GET /tiles/world/1/1/0.png HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Bytes that are no HTTP/1.1, or only just. Each ends its request, so that an answer or a close is due. */
const BROKEN: ReadonlyArray<(dice: Dice) => string> = [
  // Empty lines alone are no request yet, and get no answer (RFC 9112 section 2.2).
  (dice) => `${dice.mangle(GOOD, dice.int(1, 5)).trim() || 'x'}\r\n\r\n`,
  () => 'GET / HTTP/1.1\r\n\r\n',
  (dice) =>
    `GET /wms HTTP/1.1\r\nHost: ${dice.pick(['evil.example', '127.0.0.1.nip.io', 'a b', '', '[::1', '@', 'localhost:99999', '0x7f.1', 'x'.repeat(300)])}\r\n\r\n`,
  () => 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n',
  (dice) =>
    `GET http://${dice.pick(['localhost', 'evil.example', '', '[', 'a@b'])}/wms?REQUEST=x HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  () => 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n',
  () => 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
  () => 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  () =>
    'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n\r\n',
  () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  () => 'GET /\r\n\r\n',
  () => 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n',
  () => 'GET / HTTP/1.0\r\n\r\n',
  () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n',
  () => '\x00\x00\x00\x00\r\n\r\n',
  () => 'GET / HTTP/1.1\nHost: localhost\n\n',
  () => 'GET / HTTP/1.1\r\nHost: localhost\r\nNo colon here\r\n\r\n',
  () => 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n folded\r\n\r\n',
  () => 'GET / HTTP/1.1\r\nHost: localhost\r\nX: \x00\x01\r\n\r\n',
  () => `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  () => `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(40_000)}\r\n\r\n`,
  () => `GET / HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(2_000)}\r\n`,
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n',
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
  () =>
    'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, nix\r\n\r\n',
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n',
  () =>
    'POST /wms HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08',
  () => 'POST /wms HTTP/1.1\r\nHost: localhost\r\nExpect: miracles\r\nContent-Length: 0\r\n\r\n',
  (dice) =>
    `GET /wms?${dice.pick(['%', '%0', '%zz', '%ff%fe', '%u0041', '\xff\xfe', '{}|\\^`'])} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
  (dice) => `GET /${nasty(dice).slice(0, 200)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
];

function brokenHttp(dice: Dice): FuzzRequest {
  const text = dice.pick(BROKEN)(dice);
  return {
    kind: 'broken HTTP',
    method: text.slice(0, text.indexOf(' ')),
    bytes: Buffer.from(text, 'latin1'),
  };
}
