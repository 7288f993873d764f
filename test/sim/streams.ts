import test from 'ava';
import { World } from '../../sim/world.ts';
import type { ByteStream } from '../../src/platform/network.ts';

const WITHIN = { timeoutMs: 5000 };

/** Two processes that are connected. */
async function pair() {
  const world = new World(1);
  const [one, other] = [world.addMachine().boot(), world.addMachine().boot()];
  for (const { network } of [one, other]) await network.start();
  await world.time.settle(one.network.connect({ addresses: other.network.addresses() }, WITHIN), 10_000);
  const open = (protocol: string, within: object = WITHIN) =>
    one.network.openStream(other.network.self, protocol, { ...WITHIN, ...within });
  return { world, one: one.network, other: other.network, open };
}

const settle = <T>({ world }: { world: World }, promise: Promise<T>) => world.time.settle(promise, 60_000);

/** Reads to the end of the other one's writing. */
async function readAll(stream: ByteStream): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of stream) bytes.push(...chunk);
  return bytes;
}

function openCounts({ one, other }: Awaited<ReturnType<typeof pair>>) {
  return [one.openStreams, other.openStreams];
}

test('each protocol has its own handler, and a stream is counted for as long as it is open', async (t) => {
  const room = await pair();
  const served: string[] = [];
  for (const protocol of ['/upper', '/lower']) {
    room.other.onStream(protocol, async (stream) => {
      served.push(protocol);
      await stream.write(Uint8Array.from(await readAll(stream)).reverse());
      await stream.closeWrite();
    });
  }
  const stream = await settle(room, room.open('/lower'));
  t.deepEqual(served, ['/lower']);
  t.deepEqual(openCounts(room), [1, 1]);
  const talk = async () => {
    await stream.write(Uint8Array.of(1, 2, 3));
    await stream.closeWrite();
    return await readAll(stream);
  };
  t.deepEqual(await settle(room, talk()), [3, 2, 1]);
  await room.world.time.advance(1000);
  t.deepEqual(openCounts(room), [0, 0]);
});

test('nobody serves a protocol that nobody has taken', async (t) => {
  const room = await pair();
  const error = await t.throwsAsync(settle(room, room.open('/none')));
  t.regex(error?.message ?? '', /nobody serves \/none/);
  t.is(room.other.openStreams, 0);
});

test('a handler that fails ends its stream for both', async (t) => {
  const room = await pair();
  room.other.onStream('/broken', async () => {
    throw new Error('as it was told to');
  });
  const stream = await settle(room, room.open('/broken'));
  await t.throwsAsync(settle(room, readAll(stream)), { code: 'NETWORK_CLOSED' });
  await room.world.time.advance(1000);
  t.deepEqual(openCounts(room), [0, 0]);
});

test('with the connection all its streams are gone, also one that is being opened', async (t) => {
  const room = await pair();
  room.other.onStream('/quiet', async (stream) => {
    await readAll(stream);
  });
  const streams = [await settle(room, room.open('/quiet')), await settle(room, room.open('/quiet'))];
  const opening = room.open('/quiet');
  const closing = room.one.disconnect(room.other.self);
  await t.throwsAsync(settle(room, opening), { code: 'NETWORK_CLOSED' });
  await settle(room, closing);
  for (const stream of streams) t.true(stream.closed.aborted);
  await room.world.time.advance(1000);
  t.deepEqual(openCounts(room), [0, 0]);
});

for (const [why, code, timeoutMs] of [
  ['nobody wants it any more', 'CANCELLED', 5000],
  ['it takes too long', 'NETWORK_TIMEOUT', 0.001],
] as const) {
  test(`a stream that is given up while it is being opened, as ${why}, leaves none behind`, async (t) => {
    const room = await pair();
    const ends: AbortSignal[] = [];
    room.other.onStream('/late', async (stream) => {
      ends.push(stream.closed);
      await readAll(stream);
    });
    const leaving = new AbortController();
    const opening = room.open('/late', { signal: leaving.signal, timeoutMs });
    if (code === 'CANCELLED') leaving.abort();
    await t.throwsAsync(settle(room, opening), { code });
    await room.world.time.advance(10_000);
    t.deepEqual(openCounts(room), [0, 0]);
    for (const end of ends) t.true(end.aborted);
  });
}

test('the most that one stream holds unread is what is not consumed of it', async (t) => {
  const room = await pair();
  const readers: AsyncIterator<Uint8Array>[] = [];
  room.other.onStream('/heavy', async (stream) => {
    readers.push(stream[Symbol.asyncIterator]());
    await new Promise(() => {});
  });
  t.is(room.one.unreadStreamBytes, 0);
  const [light, heavy] = [await settle(room, room.open('/heavy')), await settle(room, room.open('/heavy'))];
  await settle(room, light.write(new Uint8Array(10)));
  await settle(room, heavy.write(new Uint8Array(300)));
  t.is(room.one.unreadStreamBytes, 300);
  await settle(room, Promise.resolve(readers[1]?.next()));
  await room.world.time.advance(1000);
  t.is(room.one.unreadStreamBytes, 10);
});

test('a stream that nobody serves is refused, and not counted as open', async (t) => {
  const room = await pair();
  await t.throwsAsync(settle(room, room.open('/nobody')), { code: 'NETWORK_REFUSED' });
  t.deepEqual(openCounts(room), [0, 0]);
});
