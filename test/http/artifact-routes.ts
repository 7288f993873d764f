import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import test, { type ExecutionContext } from 'ava';
import { Hono } from 'hono';
import { Registry } from 'prom-client';
import type { ByteRange } from '../../src/artifacts/manifest.ts';
import { httpConfig } from '../../src/config/http.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { type ArtifactFacts, ArtifactRoutes, type ArtifactSource } from '../../src/http/artifact-routes.ts';
import type { FrontDoorEnv } from '../../src/http/call.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { HttpMetrics } from '../../src/http/metrics.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';

const ID = `1220${'a'.repeat(64)}`;
const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) ^ (i >> 8)));

/** Artifacts that are all the same, and what was asked of them. */
class FakeArtifacts implements ArtifactSource {
  readonly ranges: ByteRange[] = [];
  readonly hints: Array<readonly string[]> = [];
  sent = 0;
  ended = 0;
  /** Breaks off after so many bytes. */
  breaksAt = Number.POSITIVE_INFINITY;
  pieceBytes = 10_000;
  size = CONTENT.length;

  async open(id: string, hints: readonly string[]) {
    if (id !== ID) throw new GismeshError('ARTIFACT_UNKNOWN', `No peer that can be reached holds ${id}`);
    this.hints.push(hints);
    const { size } = this;
    return { size, read: (range: ByteRange, signal: AbortSignal) => this.#read(range, signal) };
  }

  async *#read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    this.ranges.push(range);
    try {
      for (let at = range.from; at < range.to; at += this.pieceBytes) {
        if (signal.aborted) return;
        if (at >= this.breaksAt) throw new GismeshError('NETWORK_CLOSED', 'the holder is gone');
        const piece = CONTENT.subarray(
          at % CONTENT.length,
          Math.min((at % CONTENT.length) + this.pieceBytes, range.to),
        );
        this.sent += piece.length;
        yield piece;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.ended += 1;
    }
  }
}

async function door(t: ExecutionContext, facts: ArtifactFacts = {}) {
  const artifacts = new FakeArtifacts();
  const routes = new ArtifactRoutes({ artifacts, factsOf: async () => facts });
  const app = new Hono<FrontDoorEnv>({ strict: false });
  const tools = {
    options: httpConfig.parse({}),
    clock: systemClock,
    log: silentLog,
    metrics: new HttpMetrics(new Registry()),
    closing: () => false,
  };
  const description = { route: 'artifacts', methods: ['GET'], pages: 'allowed' } as const;
  app.all(
    '/artifacts/:id/:name',
    endpoint(tools, description, (call) => routes.artifact(call)),
  );
  const server = createServer(getRequestListener(app.fetch));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/artifacts`;
  const get = (path = `${ID}/dem.tif`, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${base}/${path}`, { headers, method });
  return { artifacts, base, get };
}

const bytes = async (response: Response) => Buffer.from(await response.arrayBuffer());

test('the whole artifact, with everything that a client may want to know', async (t) => {
  const { get, artifacts } = await door(t, { holders: ['peer-1'] });
  const response = await get();
  t.is(response.status, 200);
  t.deepEqual(await bytes(response), CONTENT);
  t.is(response.headers.get('content-length'), String(CONTENT.length));
  t.is(response.headers.get('content-type'), 'image/tiff; application=geotiff');
  t.is(
    response.headers.get('content-disposition'),
    `attachment; filename="dem.tif"; filename*=UTF-8''dem.tif`,
  );
  t.is(response.headers.get('etag'), `"${ID}"`);
  t.is(response.headers.get('accept-ranges'), 'bytes');
  t.is(response.headers.get('x-content-type-options'), 'nosniff');
  t.regex(response.headers.get('cache-control')!, /immutable/);
  t.regex(response.headers.get('content-security-policy')!, /sandbox/);
  t.deepEqual(artifacts.hints, [['peer-1']]);
});

test('HEAD tells the same and fetches nothing', async (t) => {
  const { get, artifacts } = await door(t);
  const response = await get(undefined, {}, 'HEAD');
  t.is(response.status, 200);
  t.is(response.headers.get('content-length'), String(CONTENT.length));
  t.is(response.headers.get('etag'), `"${ID}"`);
  t.is((await bytes(response)).length, 0);
  t.deepEqual(artifacts.ranges, []);
});

test('one range is answered by that part alone', async (t) => {
  const { get, artifacts } = await door(t);
  const origin = 'http://localhost:3000';
  const response = await get(undefined, { range: 'bytes=50000-59999', origin });
  t.is(response.status, 206);
  t.is(response.headers.get('access-control-allow-origin'), origin);
  t.is(response.headers.get('content-range'), 'bytes 50000-59999/100000');
  t.is(response.headers.get('content-length'), '10000');
  // Scripts of other origins that read rasters by ranges need this one.
  t.regex(response.headers.get('access-control-expose-headers')!, /\bContent-Range\b/);
  t.deepEqual(await bytes(response), CONTENT.subarray(50_000, 60_000));
  t.deepEqual(artifacts.ranges, [{ from: 50_000, to: 60_000 }]);
  t.deepEqual(await bytes(await get(undefined, { range: 'bytes=-7' })), CONTENT.subarray(-7));
});

test('ranges that cannot be, several ranges, and ranges of something else', async (t) => {
  const { get } = await door(t);
  const beyond = await get(undefined, { range: 'bytes=100000-' });
  t.is(beyond.status, 416);
  t.is(beyond.headers.get('content-range'), 'bytes */100000');
  for (const headers of [
    { range: 'bytes=0-1,5-6' },
    { range: 'lines=0-1' },
    { range: 'bytes=0-1', 'if-range': '"another"' },
    { range: 'bytes=0-1', 'if-range': `W/"${ID}"` },
  ]) {
    const response = await get(undefined, headers as unknown as Record<string, string>);
    t.is(response.status, 200);
    t.is((await bytes(response)).length, CONTENT.length);
  }
  t.is((await get(undefined, { range: 'bytes=0-1', 'if-range': `"${ID}"` })).status, 206);
});

test('who has it already gets 304, also for a range', async (t) => {
  const { get, artifacts } = await door(t);
  for (const headers of [
    { 'if-none-match': `"${ID}"` },
    { 'if-none-match': `"${ID}"`, range: 'bytes=0-1' },
  ]) {
    const response = await get(undefined, headers as unknown as Record<string, string>);
    t.is(response.status, 304);
    t.is(response.headers.get('etag'), `"${ID}"`);
  }
  t.deepEqual(artifacts.hints, []);
});

test('an empty artifact', async (t) => {
  const { get, artifacts } = await door(t);
  artifacts.size = 0;
  const response = await get();
  t.is(response.status, 200);
  t.is(response.headers.get('content-length'), '0');
  t.is((await bytes(response)).length, 0);
  t.is((await get(undefined, { range: 'bytes=0-' })).status, 416);
});

test('media types: what the job says, else by the name; what could run is saved, not shown', async (t) => {
  const told = await door(t, { mediaType: 'application/x-made-up; version=2' });
  t.is((await told.get()).headers.get('content-type'), 'application/x-made-up; version=2');
  const wrong = await door(t, { mediaType: 'text/html\r\nset-cookie: a=b' });
  t.is((await wrong.get()).headers.get('content-type'), 'application/octet-stream');
  const { get } = await door(t);
  const expected: ReadonlyArray<readonly [string, RegExp, string]> = [
    ['a.geojson', /^application\/geo\+json/, 'inline'],
    ['A.PNG', /^image\/png/, 'inline'],
    ['x.shp.zip', /^application\/zip/, 'attachment'],
    ['page.html', /^text\/html/, 'attachment'],
    ['drawing.svg', /^image\/svg/, 'attachment'],
    ['unknown', /^application\/octet-stream/, 'attachment'],
  ];
  for (const [name, type, kind] of expected) {
    const { headers } = await get(`${ID}/${name}`);
    t.regex(headers.get('content-type')!, type, name);
    t.regex(headers.get('content-disposition')!, new RegExp(`^${kind};`), name);
  }
});

test('names are kept in any script, and cannot break out of their header', async (t) => {
  const { get } = await door(t);
  const name = 'Höhe "1", (neu); %41\u{1F5FA}.tif';
  const { headers } = await get(`${ID}/${encodeURIComponent(name)}`);
  const value = headers.get('content-disposition')!;
  t.regex(value, /^attachment; filename="H_he _1_, \(neu\); _41__\.tif"; filename\*=UTF-8''/);
  t.is(decodeURIComponent(value.split("UTF-8''")[1]!), name);
});

test('what is no artifact, or no name', async (t) => {
  const { get } = await door(t);
  t.is((await get(`1220${'b'.repeat(64)}/a.tif`)).status, 404);
  t.is((await get('passwd/a.tif')).status, 404);
  for (const name of ['a%2Fb', 'a%0D%0Ab', '%5C', 'x'.repeat(300)]) {
    t.is((await get(`${ID}/${name}`)).status, 400, name);
  }
  t.is((await get(undefined, {}, 'DELETE')).status, 405);
});

test('a source that breaks off ends the connection: nobody takes a part for the whole', async (t) => {
  const { get, artifacts } = await door(t);
  artifacts.breaksAt = 50_000;
  const response = await get();
  await t.throwsAsync(bytes(response));
  t.is(artifacts.ended, 1);
});

test('a client that leaves ends the fetching, and one that does not read holds it back', async (t) => {
  const { base, artifacts } = await door(t);
  artifacts.size = 10_000 * CONTENT.length;
  const leaving = new AbortController();
  const response = await fetch(`${base}/${ID}/big.bin`, { signal: leaving.signal });
  const reader = response.body!.getReader();
  await reader.read();
  // It stops by itself when nobody reads on.
  let before = -1;
  while (artifacts.sent !== before) {
    before = artifacts.sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  t.true(artifacts.sent < 100 * CONTENT.length, `${artifacts.sent}`);
  t.is(artifacts.ended, 0);
  leaving.abort();
  while (artifacts.ended === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.is(artifacts.ended, 1);
});
