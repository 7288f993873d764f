import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { GismeshError } from '../../../src/core/errors.ts';
import { BULK_PROTOCOL } from '../../../src/mesh/libp2p/bulk-streams.ts';
import { CONTROL_PROTOCOL } from '../../../src/mesh/libp2p/peer-links.ts';
import { meshSecrets } from '../../../src/mesh/mesh-key.ts';
import type { Network } from '../../../src/platform/network.ts';
import { frame, hello, over, rawPeer } from './helpers/raw-peer.ts';
import { loopbackMesh } from './helpers/world.ts';

const options = { timeoutMs: 20_000 };

const portOf = (network: Network) => Number(/tcp\/(\d+)/.exec(network.addresses()[0]!)![1]);

async function stillServes(t: ExecutionContext, victim: Network, member: Network): Promise<void> {
  victim.onCall('echo', (payload) => payload);
  await member.connect({ peer: victim.self, addresses: victim.addresses() }, options);
  t.deepEqual(await member.call(victim.self, 'echo', Uint8Array.of(1), options), Uint8Array.of(1));
}

const gone = (socket: Socket) =>
  new Promise<void>((resolve) => {
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });

const greeting = '\x13/multistream/1.0.0\n\x07/noise\n';

function failOnConnect(t: ExecutionContext, ...networks: Network[]): void {
  for (const network of networks) network.on('connect', (peer) => t.fail(`connected with ${peer}`));
}

// --- strangers ---

test('a peer of another mesh is refused, whoever dials', async (t) => {
  const ours = await loopbackMesh(t).start();
  const theirs = await loopbackMesh(t).start();
  failOnConnect(t, ours, theirs);
  for (const [from, to] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    const error = await t.throwsAsync(from.connect({ addresses: to.addresses() }, options), {
      instanceOf: GismeshError,
      code: 'NETWORK_REFUSED',
    });
    t.regex(error?.message ?? '', /another mesh key/);
  }
  t.deepEqual([...ours.connected(), ...theirs.connected()], []);
});

test('a libp2p peer without a prologue, or with a slightly wrong one, is refused', async (t) => {
  const mesh = loopbackMesh(t);
  const victim = await mesh.start();
  failOnConnect(t, victim);
  const { prologue } = meshSecrets(mesh.meshKey);
  for (const wrong of [new Uint8Array(0), prologue.with(31, prologue[31]! ^ 1), prologue.subarray(0, 31)]) {
    const stranger = await rawPeer(t, mesh.meshKey, { prologue: wrong });
    await t.throwsAsync(stranger.dial(victim), { message: /handshake|decryption/ });
    t.deepEqual(stranger.libp2p.getConnections(), []);
  }
});

test('what goes over the wire tells neither the key nor what is said', async (t) => {
  const mesh = loopbackMesh(t);
  const [a, b] = [await mesh.start(), await mesh.start()];
  const recorded: Buffer[] = [];
  const proxy = createServer((socket) => {
    const onward = connect(portOf(b), '127.0.0.1');
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      from.on('data', (chunk) => recorded.push(chunk));
      from.pipe(to);
      from.on('error', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  t.teardown(() => proxy.close());
  await once(proxy, 'listening');
  const { port } = proxy.address() as { port: number };
  await a.connect({ addresses: [`/ip4/127.0.0.1/tcp/${port}`] }, options);
  b.onCall('secret-method', () => Buffer.from('secret answer'));
  await a.call(b.self, 'secret-method', Buffer.from('secret question'), options);
  await a.disconnect(b.self);
  const wire = Buffer.concat(recorded);
  t.true(wire.length > 500);
  const { prologue, announcementKey } = meshSecrets(mesh.meshKey);
  const secrets = [mesh.meshKey, prologue, announcementKey, 'secret', 'gismesh', 'Hello'];
  for (const secret of secrets) t.false(wire.includes(Buffer.from(secret)), String(secret));
});

test('whoever waits at the address of a peer learns only that libp2p dials', async (t) => {
  const network = await loopbackMesh(t).start();
  const received: Buffer[] = [];
  const hungUp = Promise.withResolvers<void>();
  const trap = createServer((socket) => {
    socket.on('data', (chunk) => received.push(chunk));
    socket.write(Buffer.concat([Buffer.from(greeting), Buffer.from([0, 200]), randomBytes(200)]));
    void gone(socket).then(hungUp.resolve);
  }).listen(0, '127.0.0.1');
  t.teardown(() => trap.close());
  await once(trap, 'listening');
  const { port } = trap.address() as { port: number };
  await t.throwsAsync(network.connect({ addresses: [`127.0.0.1:${port}`] }, options), {
    instanceOf: GismeshError,
  });
  await hungUp.promise;
  const ephemeralKeyBytes = 32;
  const spoken = Buffer.concat(received);
  t.true(spoken.toString('latin1').startsWith(greeting));
  t.true(spoken.length <= greeting.length + 2 + ephemeralKeyBytes, `${spoken.length} bytes`);
});

test('garbage at the port does no harm', async (t) => {
  const mesh = loopbackMesh(t, { options: { handshakeTimeoutMs: 500 } });
  const victim = await mesh.start();
  failOnConnect(t, victim);
  const garbage = [
    randomBytes(100_000),
    Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
    Buffer.alloc(70_000, 0xff),
    Buffer.from('\x13/multistream/1.0.0\n\xff\xff\xff\xff\x0f', 'latin1'),
  ];
  await Promise.all(
    garbage.map(async (bytes) => {
      const socket = connect(portOf(victim), '127.0.0.1').resume();
      socket.write(bytes);
      await gone(socket);
    }),
  );
  t.deepEqual(victim.connected(), []);
});

test('silent sockets are bounded', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxPendingHandshakes: 5, handshakeTimeoutMs: 60_000 } });
  const victim = await mesh.start();
  let refused = 0;
  await new Promise<void>((resolve) => {
    for (let index = 0; index < 30; index++) {
      const socket = connect(portOf(victim), '127.0.0.1').resume();
      t.teardown(() => socket.destroy());
      void gone(socket).then(() => ++refused === 25 && resolve());
    }
  });
  t.is(refused, 25);
});

test('silent sockets end, and make room for members', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxPendingHandshakes: 5, handshakeTimeoutMs: 4000 } });
  const victim = await mesh.start();
  const silent = Array.from({ length: 5 }, () => gone(connect(portOf(victim), '127.0.0.1').resume()));
  await Promise.all(silent);
  await stillServes(t, victim, await mesh.start());
});

// --- members that do not keep to the protocol ---

const violations: Record<string, Uint8Array> = {
  'a first frame that is no Hello': frame({ case: 'notice', value: { method: 'x' } }),
  'two Hellos': Buffer.concat([hello, hello]),
  'an oversize frame': Buffer.concat([hello, Uint8Array.of(0xff, 0xff, 0x7f), new Uint8Array(1000)]),
  'a length without end': Buffer.concat([hello, new Uint8Array(8).fill(0xff)]),
  'a frame that is no Protocol Buffers': Buffer.concat([hello, Uint8Array.of(4, 0xff, 0xff, 0xff, 0xff)]),
  'a request id used twice': Buffer.concat([
    hello,
    frame({ case: 'request', value: { id: 7, method: 'wait', timeoutMs: 20_000 } }),
    frame({ case: 'request', value: { id: 7, method: 'wait', timeoutMs: 20_000 } }),
  ]),
};

for (const [violation, bytes] of Object.entries(violations)) {
  test(`${violation} ends the connection, and nothing else`, async (t) => {
    const mesh = loopbackMesh(t);
    const victim = await mesh.start();
    victim.onCall(
      'wait',
      (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject)),
    );
    const attacker = await rawPeer(t, mesh.meshKey);
    const connection = await attacker.dial(victim);
    const stream = await connection.newStream(CONTROL_PROTOCOL);
    stream.send(bytes);
    await over(connection);
    t.false(victim.isConnected(attacker.peer));
    await stillServes(t, victim, await mesh.start());
  });
}

test('any bytes on the control stream end the connection or mean nothing', async (t) => {
  const mesh = loopbackMesh(t, { options: { maxHandshakesPerHostPerSecond: 1000 } });
  const victim = await mesh.start();
  const attacker = await rawPeer(t, mesh.meshKey);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), async (bytes, greet) => {
      const connection = await attacker.dial(victim);
      const stream = await connection.newStream(CONTROL_PROTOCOL);
      stream.send(greet ? Buffer.concat([hello, bytes]) : bytes);
      await stream.close();
      await over(connection);
    }),
    { numRuns: 25 },
  );
  await stillServes(t, victim, await mesh.start());
});

test('who says no Hello, or opens no control stream, is disconnected', async (t) => {
  const mesh = loopbackMesh(t, { options: { controlStreamTimeoutMs: 300 } });
  const victim = await mesh.start();
  failOnConnect(t, victim);
  const mute = await rawPeer(t, mesh.meshKey);
  const idle = await mute.dial(victim);
  await over(idle);
  const silent = await mute.openControl(victim);
  await over(silent);
  t.deepEqual(victim.connected(), []);
});

test('a peer that answers a dial without a control protocol is not a peer', async (t) => {
  const mesh = loopbackMesh(t);
  const network = await mesh.start();
  failOnConnect(t, network);
  const other = await rawPeer(t, mesh.meshKey);
  const addresses = other.libp2p.getMultiaddrs().map((each) => each.toString().replace(/\/p2p\/.*/, ''));
  await t.throwsAsync(network.connect({ addresses }, options), {
    instanceOf: GismeshError,
    code: 'NETWORK_CLOSED',
  });
});

test('a second control stream on a connection is reset', async (t) => {
  const mesh = loopbackMesh(t);
  const victim = await mesh.start();
  const attacker = await rawPeer(t, mesh.meshKey);
  const connected = new Promise((resolve) => victim.on('connect', resolve));
  const connection = await attacker.dial(victim);
  const first = await connection.newStream(CONTROL_PROTOCOL, { maxOutboundStreams: 5 });
  first.send(hello);
  await connected;
  const second = await connection
    .newStream(CONTROL_PROTOCOL, { maxOutboundStreams: 5 })
    .catch(() => undefined);
  if (second) await over(second);
  t.true(victim.isConnected(attacker.peer));
});

test('bulk streams that open badly are reset', async (t) => {
  const mesh = loopbackMesh(t, { options: { controlStreamTimeoutMs: 1000 } });
  const victim = await mesh.start();
  victim.onStream('/content', async () => t.fail('a handler was called'));
  const attacker = await rawPeer(t, mesh.meshKey);
  const connection = await attacker.dial(victim);
  (await connection.newStream(CONTROL_PROTOCOL)).send(hello);
  const openings = [new Uint8Array(2000).fill(0xff), Uint8Array.of(3, 0xff, 0xff, 0xff), new Uint8Array(0)];
  for (const opening of openings) {
    const stream = await connection.newStream(BULK_PROTOCOL);
    if (opening.length > 0) stream.send(opening);
    await over(stream);
    t.is(stream.status, 'reset');
  }
  t.is(connection.status, 'open');
});

test('a member that asks and does not read the answers is held back', async (t) => {
  const mesh = loopbackMesh(t);
  const victim = await mesh.start();
  const answer = new Uint8Array(200_000);
  let asked = 0;
  victim.onCall('give', () => {
    asked++;
    return answer;
  });
  const attacker = await rawPeer(t, mesh.meshKey);
  const stream = await attacker.openControl(victim);
  stream.pause();
  stream.send(hello);
  const question = (id: number) =>
    frame({
      case: 'request',
      value: { id, method: 'give', payload: new Uint8Array(20_000), timeoutMs: 20_000 },
    });
  let id = 0;
  while (!stream.writableNeedsDrain && id < 5000) {
    for (let burst = 0; burst < 10; burst++) stream.send(question(++id));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  t.true(stream.writableNeedsDrain, `${id} questions were taken`);
  t.true(asked * answer.length < 64 * 1024 * 1024, `${asked} answers of 200 kB wait`);
  await stillServes(t, victim, await mesh.start());
});

test('a member that dials under its address with the id of another is refused', async (t) => {
  const mesh = loopbackMesh(t);
  const [a, b] = [await mesh.start(), await mesh.start()];
  const attacker = await rawPeer(t, mesh.meshKey);
  const [address] = attacker.libp2p.getMultiaddrs();
  const place = multiaddr(address!.toString().replace(/\/p2p\/.*/, '')).toString();
  await t.throwsAsync(a.connect({ peer: b.self, addresses: [place] }, options), {
    instanceOf: GismeshError,
    code: 'NETWORK_REFUSED',
  });
});
