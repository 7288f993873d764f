import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import test from 'ava';
import { GismeshError } from '../../../src/core/errors.ts';
import { createIdentity, peerIdOf } from '../../../src/mesh/libp2p/identity.ts';
import type { Network } from '../../../src/platform/network.ts';
import { loopbackMesh } from './helpers/world.ts';

const options = { timeoutMs: 20_000 };
const portOf = (network: Network) => Number(/tcp\/(\d+)/.exec(network.addresses()[0]!)![1]);

test('an identity stays the same, and a damaged one is refused', async (t) => {
  const [one, other] = [await createIdentity(), await createIdentity()];
  t.is(peerIdOf(one), peerIdOf(new Uint8Array(one)));
  t.not(peerIdOf(one), peerIdOf(other));
  for (const damaged of [new Uint8Array(0), one.subarray(0, 20), new Uint8Array(68)]) {
    t.throws(() => peerIdOf(damaged), { instanceOf: GismeshError, code: 'CONFIG_INVALID' });
  }
});

test('a taken port is told by its number', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const starting = loopbackMesh(t).start({ listen: [`127.0.0.1:${port}`] });
  const error = await t.throwsAsync(starting, { instanceOf: GismeshError, code: 'PORT_TAKEN' });
  t.true(error?.message.includes(`${port}`) && error.message.includes('--listen'), error?.message);
});

test('an address of another machine cannot be listened on', async (t) => {
  const starting = loopbackMesh(t).start({ listen: ['192.0.2.77:0'] });
  await t.throwsAsync(starting, { instanceOf: GismeshError, code: 'CONFIG_INVALID' });
});

test('the port given is the port listened on, also after a restart', async (t) => {
  const mesh = loopbackMesh(t);
  const first = await mesh.start();
  const port = portOf(first);
  await first.stop();
  const second = await mesh.start({ listen: [`127.0.0.1:${port}`] });
  t.is(portOf(second), port);
  t.deepEqual(first.addresses(), []);
});

test('a peer that restarts on another port, with the same identity, is connected again', async (t) => {
  const mesh = loopbackMesh(t);
  const privateKey = await createIdentity();
  const [a, before] = [await mesh.start(), await mesh.start({ privateKey })];
  await a.connect({ peer: before.self, addresses: before.addresses() }, options);
  const lost = new Promise((resolve) => a.on('disconnect', resolve));
  await before.stop();
  t.is(await lost, before.self);
  const after = await mesh.start({ privateKey });
  t.is(after.self, before.self);
  t.not(portOf(after), portOf(await mesh.start()));
  after.onCall('echo', (payload) => payload);
  await a.connect({ peer: after.self, addresses: after.addresses() }, options);
  t.deepEqual(await a.call(after.self, 'echo', Uint8Array.of(1), options), Uint8Array.of(1));
});

test('a peer that lost its connections unnoticed is connected anew over its own dial', async (t) => {
  const mesh = loopbackMesh(t);
  const privateKey = await createIdentity();
  const a = await mesh.start();
  const ghost = await mesh.start({ privateKey });
  await a.connect({ peer: ghost.self, addresses: ghost.addresses() }, options);
  let disconnects = 0;
  a.on('disconnect', () => disconnects++);
  const reborn = await mesh.start({ privateKey });
  ghost.onCall('who', () => Buffer.from('ghost'));
  reborn.onCall('who', () => Buffer.from('reborn'));
  await reborn.connect({ peer: a.self, addresses: a.addresses() }, options);
  const ask = async () => Buffer.from(await a.call(ghost.self, 'who', new Uint8Array(0), options)).toString();
  while ((await ask()) !== 'reborn');
  t.is(disconnects, 0);
});

test('one dead address among several costs little', async (t) => {
  const mesh = loopbackMesh(t);
  const [a, b] = [await mesh.start(), await mesh.start()];
  const addresses = ['/ip4/127.0.0.1/tcp/1', ...b.addresses()];
  t.is(await a.connect({ addresses }, options), b.self);
});

test('a peer is found by name, and by host and port', async (t) => {
  const mesh = loopbackMesh(t);
  const [a, b, c] = [await mesh.start(), await mesh.start(), await mesh.start()];
  t.is(await a.connect({ addresses: [`127.0.0.1:${portOf(b)}`] }, options), b.self);
  t.is(await a.connect({ addresses: [`/dns4/localhost/tcp/${portOf(c)}`] }, options), c.self);
});

test('connecting takes no longer than its time limit, and stops with its signal', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  const target = { addresses: [`127.0.0.1:${(silent.address() as { port: number }).port}`] };
  const a = await loopbackMesh(t).start();
  await t.throwsAsync(a.connect(target, { timeoutMs: 100 }), {
    instanceOf: GismeshError,
    code: 'NETWORK_TIMEOUT',
  });
  const signal = AbortSignal.timeout(100);
  const cancelled = { instanceOf: GismeshError, code: 'CANCELLED' };
  await t.throwsAsync(a.connect(target, { ...options, signal }), cancelled);
});

test('discovery is part of a network, and finds each peer of the mesh again and again', async (t) => {
  const mdns = { port: 20_000 + (process.pid % 20_000), interfaces: () => ['127.0.0.1'] };
  const mesh = loopbackMesh(t, { mdns, options: { mdnsQueryIntervalMs: 300 } });
  const stranger = loopbackMesh(t, { mdns });
  const [a, b, c] = [await mesh.create(), await mesh.create(), await stranger.create()];
  c.on('discover', () => t.fail('a stranger found somebody'));
  const foundTwice = new Promise<void>((resolve) => {
    let times = 0;
    a.on('discover', ({ peer, addresses }) => {
      t.is(peer, b.self);
      t.deepEqual(addresses, b.addresses());
      if (++times === 2) resolve();
    });
  });
  await Promise.all([a.start(), b.start(), c.start()]);
  await foundTwice;
});

test('after stop nothing keeps the process alive', async (t) => {
  const script = new URL('helpers/start-and-stop.ts', import.meta.url).pathname;
  const { stdout } = await promisify(execFile)(process.execPath, [script], { timeout: 60_000 });
  t.is(stdout.trim(), 'stopped');
});

test('an address that does not answer holds up nothing', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  const mesh = loopbackMesh(t, { options: { addressDialTimeoutMs: 600_000 } });
  const [a, b] = [await mesh.start(), await mesh.start()];
  const addresses = [`127.0.0.1:${(silent.address() as { port: number }).port}`, ...b.addresses()];
  t.is(await a.connect({ peer: b.self, addresses }, options), b.self);
});

test('who connects while another does joins in', async (t) => {
  const mesh = loopbackMesh(t);
  const [a, b] = [await mesh.start(), await mesh.start()];
  let connects = 0;
  const seen = new Promise((resolve) => b.on('connect', resolve));
  b.on('connect', () => connects++);
  const target = { peer: b.self, addresses: b.addresses() };
  const gaveUp = a.connect(target, { ...options, signal: AbortSignal.abort() });
  const stayed = [a.connect(target, options), a.connect(target, options)];
  await t.throwsAsync(gaveUp, { instanceOf: GismeshError, code: 'CANCELLED' });
  t.deepEqual(await Promise.all(stayed), [b.self, b.self]);
  t.is(await seen, a.self);
  t.is(connects, 1);
});

test('stop ends a connect that is under way', async (t) => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  t.teardown(() => silent.close());
  await once(silent, 'listening');
  const a = await loopbackMesh(t).start();
  const connecting = a.connect(
    { addresses: [`127.0.0.1:${(silent.address() as { port: number }).port}`] },
    options,
  );
  const failed = t.throwsAsync(connecting, { instanceOf: GismeshError, code: 'NETWORK_CLOSED' });
  await a.stop();
  await failed;
});

test('only so many bulk streams are open with one peer; then others get a clear refusal', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxStreamsPerPeer: 40 } });
  const [a, b] = [await mesh.start(), await mesh.start()];
  await a.connect({ peer: b.self, addresses: b.addresses() }, options);
  b.onStream('/held', async (stream) => {
    for await (const _ of stream);
  });
  const streams = await Promise.all(Array.from({ length: 40 }, () => a.openStream(b.self, '/held', options)));
  await t.throwsAsync(a.openStream(b.self, '/held', options), { instanceOf: GismeshError, code: 'BUSY' });
  const first = streams[0]!;
  const gone = new Promise((resolve) => first.closed.addEventListener('abort', resolve));
  await first.closeWrite();
  await gone;
  await t.notThrowsAsync(a.openStream(b.self, '/held', options));
});

test('only so many calls are under way with one peer; more are refused at once', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxCallsPerPeer: 20 } });
  const [a, b] = [await mesh.start(), await mesh.start()];
  await a.connect({ peer: b.self, addresses: b.addresses() }, options);
  const release = Promise.withResolvers<Uint8Array>();
  b.onCall('wait', () => release.promise);
  const calls = Array.from({ length: 20 }, () => a.call(b.self, 'wait', new Uint8Array(1), options));
  const refused = a.call(b.self, 'wait', new Uint8Array(1), options);
  await t.throwsAsync(refused, { instanceOf: GismeshError, code: 'BUSY' });
  release.resolve(new Uint8Array(2));
  t.is((await Promise.all(calls)).length, 20);
});
