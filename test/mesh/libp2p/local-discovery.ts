import test, { type ExecutionContext } from 'ava';
import { MachineClock } from '../../../sim/clock.ts';
import { SeededRandom } from '../../../sim/random.ts';
import { VirtualTime } from '../../../sim/time.ts';
import { AnnouncementCodec } from '../../../src/mesh/libp2p/announcement.ts';
import { createIdentity, peerIdOf } from '../../../src/mesh/libp2p/identity.ts';
import { LocalDiscovery } from '../../../src/mesh/libp2p/local-discovery.ts';
import { type MulticastSocket, openMulticastSocket } from '../../../src/mesh/libp2p/multicast-socket.ts';
import { meshSecrets } from '../../../src/mesh/mesh-key.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { PeerAddress } from '../../../src/platform/network.ts';
import { systemClock, systemRandom } from '../../../src/platform/system.ts';

const QUERY_INTERVAL_MS = 20_000;
const { serviceName, announcementKey } = meshSecrets(new Uint8Array(32));
const codec = new AnnouncementCodec(serviceName, announcementKey);

/** A local network in virtual time: who sends, everybody hears a millisecond later, the sender too. */
class Room {
  readonly time = new VirtualTime();
  readonly sent: Array<{ atMs: number; kind: string }> = [];
  readonly #random = new SeededRandom(1);
  readonly #ears = new Set<(packet: Uint8Array) => void>();

  open = (onPacket: (packet: Uint8Array) => void): MulticastSocket => {
    this.#ears.add(onPacket);
    return {
      send: (packet) => this.say(packet),
      refresh: () => undefined,
      close: async () => void this.#ears.delete(onPacket),
    };
  };

  say(packet: Uint8Array): void {
    this.sent.push({ atMs: this.time.nowMs, kind: codec.read(packet)?.kind ?? 'foreign' });
    this.time.at(this.time.nowMs + 1, () => {
      for (const hear of this.#ears) hear(packet);
    });
  }

  count(kind: string): number {
    return this.sent.filter((each) => each.kind === kind).length;
  }

  async enter(addresses: string[]) {
    const peer = peerIdOf(await createIdentity());
    const found = new Map<string, readonly string[]>();
    const discovery = new LocalDiscovery({
      codec,
      clock: new MachineClock(this.time),
      random: this.#random.split(peer),
      queryIntervalMs: QUERY_INTERVAL_MS,
      self: () => ({ peer, addresses }),
      onPeer: (address: PeerAddress) => found.set(address.peer, address.addresses),
      open: this.open,
    });
    discovery.start();
    return { peer, addresses, found, discovery };
  }
}

test('peers find each other within a second', async (t) => {
  const room = new Room();
  const a = await room.enter(['/ip4/10.0.0.1/tcp/4001']);
  const b = await room.enter(['/ip4/10.0.0.2/tcp/4001']);
  await room.time.advance(1000);
  t.deepEqual([...a.found], [[b.peer, b.addresses]]);
  t.deepEqual([...b.found], [[a.peer, a.addresses]]);
});

test('a newcomer finds all, and all find it, within a second', async (t) => {
  const room = new Room();
  const old = await Promise.all([1, 2, 3].map((index) => room.enter([`/ip4/10.0.0.${index}/tcp/4001`])));
  await room.time.advance(100_000);
  const newcomer = await room.enter(['/ip4/10.0.0.9/tcp/4001']);
  await room.time.advance(1000);
  t.is(newcomer.found.size, 3);
  t.true(old.every(({ found }) => found.has(newcomer.peer)));
});

test('one question in an interval does for a whole school, and each answers it once', async (t) => {
  const room = new Room();
  await Promise.all(Array.from({ length: 25 }, (_, index) => room.enter([`/ip4/10.0.0.${index}/tcp/4001`])));
  await room.time.advance(60_000);
  room.sent.length = 0;
  const intervals = 10;
  await room.time.advance(intervals * QUERY_INTERVAL_MS);
  const questions = room.count('question');
  t.true(
    questions >= intervals && questions <= 1.6 * intervals,
    `${questions} questions in ${intervals} intervals`,
  );
  t.true(room.count('announcement') <= 25 * questions, `${room.count('announcement')} answers`);
});

test('a flood of questions gets one answer in a second from each', async (t) => {
  const room = new Room();
  await room.enter(['/ip4/10.0.0.1/tcp/4001']);
  await room.time.advance(10_000);
  room.sent.length = 0;
  for (let step = 0; step < 1000; step++)
    room.time.at(room.time.nowMs + 10 * step, () => room.say(codec.question()));
  await room.time.advance(10_000);
  t.true(room.count('announcement') <= 11, `${room.count('announcement')} answers`);
});

test('a changed address is announced soon', async (t) => {
  const room = new Room();
  const a = await room.enter(['/ip4/10.0.0.1/tcp/4001']);
  const b = await room.enter(['/ip4/10.0.0.2/tcp/4001']);
  await room.time.advance(60_000);
  a.addresses.splice(0, 1, '/ip4/10.0.1.1/tcp/4001');
  await room.time.advance(8000);
  t.deepEqual(b.found.get(a.peer), ['/ip4/10.0.1.1/tcp/4001']);
});

test('who stopped is silent and deaf', async (t) => {
  const room = new Room();
  const a = await room.enter(['/ip4/10.0.0.1/tcp/4001']);
  await room.time.advance(10_000);
  await a.discovery.stop();
  room.sent.length = 0;
  await room.enter(['/ip4/10.0.0.2/tcp/4001']);
  await room.time.advance(500);
  t.is(a.found.size, 0);
  t.true(room.sent.every(({ atMs }) => atMs > 10_000) && room.count('announcement') === 1);
});

// --- on real sockets, on loopback alone ---

function enterLoopback(t: ExecutionContext, peer: string, port: number) {
  const found = Promise.withResolvers<PeerAddress>();
  const place = { port, interfaces: () => ['127.0.0.1'] };
  const discovery = new LocalDiscovery({
    codec,
    clock: systemClock,
    random: systemRandom,
    queryIntervalMs: QUERY_INTERVAL_MS,
    self: () => ({ peer, addresses: ['/ip4/127.0.0.1/tcp/4001'] }),
    onPeer: found.resolve,
    open: (onPacket) => openMulticastSocket(place, silentLog, onPacket),
  });
  discovery.start();
  t.teardown(() => discovery.stop());
  return found.promise;
}

test('real sockets carry it', async (t) => {
  const [a, b] = [peerIdOf(await createIdentity()), peerIdOf(await createIdentity())];
  const port = 40_000 + (process.pid % 20_000);
  const found = await Promise.all([enterLoopback(t, a, port), enterLoopback(t, b, port)]);
  t.deepEqual(
    found.map(({ peer }) => peer),
    [b, a],
  );
});

test('a socket can be closed at any moment, and twice', async (t) => {
  const open = () =>
    openMulticastSocket({ port: 40_001, interfaces: () => ['127.0.0.1'] }, silentLog, () => {});
  const atOnce = open();
  await atOnce.close();
  const later = open();
  await new Promise((resolve) => setImmediate(resolve));
  for (let index = 0; index < 100; index++) later.send(codec.question());
  await later.close();
  await later.close();
  later.send(codec.question());
  t.pass();
});
