import test from 'ava';
import { rendezvousOrder } from '../../src/core/rendezvous.ts';
import type { ByteStream } from '../../src/platform/network.ts';
import { ArtifactRoom, CHUNK, contentOf, job, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(50_500);
const { id } = manifestFor(content);

test('an artifact is fetched from whoever has it, and held', async (t) => {
  const room = new ArtifactRoom(1);
  const [a, b, c] = await room.fill(3);
  t.is(await room.write(a!, content), id);
  await room.settle(room.of(c!).fetch(id, job));
  t.deepEqual(await room.stored(c!, id), Buffer.from(content));
  t.deepEqual((await room.settle(room.of(b!).holders(id))).sort(), [a!.peer, c!.peer].sort());
  t.is(room.of(c!).counts().receivedBytes, content.length);
  t.is(room.of(c!).store.usage().reservedBytes, 0);
});

test('an empty artifact, and one of one byte', async (t) => {
  const room = new ArtifactRoom(2);
  const [a, b] = await room.fill(2);
  for (const each of [new Uint8Array(0), Uint8Array.of(7)]) {
    const small = await room.write(a!, each);
    t.deepEqual(await room.read(b!, small), Buffer.from(each));
    await room.settle(room.of(b!).fetch(small, job));
    t.deepEqual(await room.stored(b!, small), Buffer.from(each));
  }
});

test('two sources share the work', async (t) => {
  const room = new ArtifactRoom(3);
  const [a, b, c] = await room.fill(3);
  for (const machine of [a!, b!]) await room.write(machine, content);
  await room.settle(room.of(c!).fetch(id, { ...job, holders: [a!.peer, b!.peer] }));
  t.deepEqual(await room.stored(c!, id), Buffer.from(content));
  for (const machine of [a!, b!]) t.true(room.of(machine).counts().sentBytes > content.length / 5);
  // No more is sent twice than what the faster one does at the end.
  const sent = room.of(a!).counts().sentBytes + room.of(b!).counts().sentBytes;
  t.true(sent < content.length + 10 * CHUNK, `${sent}`);
});

test('what nobody has is unknown, after everybody was asked', async (t) => {
  const room = new ArtifactRoom(4);
  const [a] = await room.fill(3);
  await t.throwsAsync(room.settle(room.of(a!).fetch(id, job)), { code: 'ARTIFACT_UNKNOWN' });
  await t.throwsAsync(room.read(a!, id), { code: 'ARTIFACT_UNKNOWN' });
  t.is(room.of(a!).counts().artifacts, 0);
});

test('a source that dies in the middle is replaced by another', async (t) => {
  const room = new ArtifactRoom(5, { bandwidthBytesPerMs: 20 });
  const [a, b, c] = await room.fill(3);
  for (const machine of [a!, b!]) await room.write(machine, content);
  const fetching = room.of(c!).fetch(id, { ...job, holders: [a!.peer, b!.peer] });
  fetching.catch(() => {});
  await room.until(() => room.of(c!).counts().receivedBytes > 10_000, 60_000, 10);
  room.kill(a!);
  await room.settle(fetching);
  t.deepEqual(await room.stored(c!, id), Buffer.from(content));
});

test('a fetch that was cut off by the end of the process goes on where it was', async (t) => {
  for (const end of ['kill', 'power'] as const) {
    const room = new ArtifactRoom(7, { bandwidthBytesPerMs: 20 });
    const [a, b] = await room.fill(2);
    await room.write(a!, content);
    room
      .of(b!)
      .fetch(id, job)
      .catch(() => {});
    await room.until(() => room.of(b!).counts().receivedBytes > 30_000, 60_000, 10);
    if (end === 'kill') room.kill(b!);
    else room.losePower(b!);
    await room.world.time.advance(1000);
    b!.plugIn();
    const again = await room.start(b!);
    await room.classroom.converge(60_000);
    t.false(again.store.has(id));
    await room.settle(again.fetch(id, job));
    t.deepEqual(await room.stored(b!, id), Buffer.from(content));
    // A loss of power may have taken anything that was not synced.
    if (end === 'kill') t.true(again.counts().receivedBytes < content.length - 25_000);
  }
});

test('who waits for the same artifact shares one fetch; one who leaves does not end it', async (t) => {
  const room = new ArtifactRoom(8, { bandwidthBytesPerMs: 20 });
  const [a, b] = await room.fill(2);
  await room.write(a!, content);
  const leaving = new AbortController();
  const first = room.of(b!).fetch(id, { ...job, signal: leaving.signal });
  const second = room.of(b!).fetch(id, { owner: 'job-2', expiresAt: job.expiresAt });
  first.catch(() => {});
  await room.until(() => room.of(b!).counts().receivedBytes > 10_000, 60_000, 10);
  leaving.abort();
  await t.throwsAsync(first, { code: 'CANCELLED' });
  await room.settle(second);
  t.is(room.of(b!).counts().receivedBytes, content.length);
  t.true(room.of(b!).store.holding(id)!.owners.has('job-2'));
});

test('a fetch that nobody waits for any more ends, and what it got stays for the next', async (t) => {
  const room = new ArtifactRoom(9, { bandwidthBytesPerMs: 20 });
  const [a, b] = await room.fill(2);
  await room.write(a!, content);
  const leaving = new AbortController();
  const first = room.of(b!).fetch(id, { ...job, signal: leaving.signal });
  first.catch(() => {});
  await room.until(() => room.of(b!).counts().receivedBytes > 20_000, 60_000, 10);
  leaving.abort();
  await t.throwsAsync(first, { code: 'CANCELLED' });
  // One who comes at this very moment gets a new one.
  await room.settle(room.of(b!).fetch(id, job));
  t.deepEqual(await room.stored(b!, id), Buffer.from(content));
  t.true(room.of(b!).counts().receivedBytes < 1.3 * content.length);
});

test('a chunk that is damaged at one source comes from another, and is mended where it was', async (t) => {
  const room = new ArtifactRoom(10);
  const [a, b, c] = await room.fill(3);
  for (const machine of [a!, b!]) await room.write(machine, content);
  room.disks(a!).files.damage(`content/${id}`, 5 * CHUNK + 17);
  await room.settle(room.of(c!).fetch(id, { ...job, holders: [a!.peer, b!.peer] }));
  t.deepEqual(await room.stored(c!, id), Buffer.from(content));
  // The same for who reads it there; and it is found once.
  t.deepEqual(await room.read(a!, id), Buffer.from(content));
  t.deepEqual(await room.stored(a!, id), Buffer.from(content));
  t.like(room.of(a!).counts(), { damagedChunks: 1, mendedChunks: 1 });
  t.is(room.of(c!).counts().badChunks, 0);
});

test('a damaged chunk that nobody has whole is told, and the rest can be read', async (t) => {
  const room = new ArtifactRoom(11);
  const [a, b] = await room.fill(2);
  await room.write(a!, content);
  room.disks(a!).files.damage(`content/${id}`, 5 * CHUNK + 17);
  await t.throwsAsync(room.read(a!, id), { code: 'ARTIFACT_DAMAGED' });
  await t.throwsAsync(room.read(b!, id), { code: 'ARTIFACT_DAMAGED' });
  await t.throwsAsync(room.settle(room.of(b!).fetch(id, job)), { code: 'ARTIFACT_DAMAGED' });
  const range = { from: 6 * CHUNK, to: 9 * CHUNK };
  t.deepEqual(await room.read(b!, id, range), Buffer.from(content.subarray(range.from, range.to)));
});

test('a full disk refuses a fetch before it begins', async (t) => {
  const room = new ArtifactRoom(12, {}, { store: { quotaBytes: 50_499 } });
  const [a, b] = await room.fill(2);
  room.kill(a!);
  await room.start(a!, { quotaBytes: 1e9 });
  await room.classroom.converge(60_000);
  await room.write(a!, content);
  await t.throwsAsync(room.settle(room.of(b!).fetch(id, job)), { code: 'STORE_FULL' });
  t.is(room.of(b!).counts().receivedBytes, 0);
  // What is only passed on needs no room.
  t.deepEqual(await room.read(b!, id), Buffer.from(content));
});

test('more fetches than there are places for wait their turn', async (t) => {
  const room = new ArtifactRoom(13, {}, { transfer: { maxFetches: 2, maxWaitingFetches: 3 } });
  const [a, b] = await room.fill(2);
  const ids: string[] = [];
  for (let i = 0; i < 6; i += 1) ids.push(await room.write(a!, contentOf(3000, i + 1)));
  const fetches = ids.map((each) => room.of(b!).fetch(each, { ...job, holders: [a!.peer] }));
  const outcomes = await room.settle(Promise.allSettled(fetches));
  t.deepEqual(outcomes.map(({ status }) => status).sort(), [
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
  ]);
  t.is((outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason.code, 'BUSY');
});

test('a hostile source is left for another, whatever it sends', async (t) => {
  const hostile: Record<string, (stream: ByteStream) => Promise<void>> = {
    'nothing at all': () => new Promise(() => {}),
    'an end': (stream) => stream.closeWrite(),
    'a reset': async (stream) => stream.abort(new Error('no')),
    noise: (stream) => stream.write(contentOf(100_000, 9)),
    'a huge frame': (stream) => stream.write(Uint8Array.of(255, 255, 255, 255)),
    'a trickle': async (stream) => {
      for (;;) {
        await stream.write(Uint8Array.of(1));
        await new Promise<void>((resolve) => room.world.time.at(room.world.time.nowMs + 9000, resolve));
      }
    },
  };
  let room: ArtifactRoom;
  for (const [what, serve] of Object.entries(hostile)) {
    room = new ArtifactRoom(14, {}, { transfer: { chunkTimeoutMs: 10_000 } });
    const [a, b, c] = await room.fill(3);
    for (const machine of [a!, b!]) await room.write(machine, content);
    a!.process.network.onStream('/gismesh/artifacts/1', serve);
    await room.settle(room.of(c!).fetch(id, { ...job, holders: [a!.peer, b!.peer] }));
    t.deepEqual(await room.stored(c!, id), Buffer.from(content), what);
    t.deepEqual(await room.read(c!, id), Buffer.from(content), what);
  }
});

test('a source that lies about the content is found out by the chunk, and left', async (t) => {
  const room = new ArtifactRoom(15);
  const [a, b, c] = await room.fill(3);
  for (const machine of [a!, b!]) await room.write(machine, content);
  // It serves what its disk has, unseen.
  const { store } = room.of(a!);
  const read = store.read.bind(store);
  store.read = async (which) => {
    const reader = await read(which);
    const chunk = reader.chunk.bind(reader);
    reader.chunk = async (index) => (await chunk(index)).map((byte) => byte ^ 1);
    return reader;
  };
  await room.settle(room.of(c!).fetch(id, { ...job, holders: [a!.peer, b!.peer] }));
  t.deepEqual(await room.stored(c!, id), Buffer.from(content));
  t.true(room.of(c!).counts().badChunks >= 1);
});

test('holders are found wherever they are, nearest in the order first', async (t) => {
  const room = new ArtifactRoom(16, {}, { keeping: { askPeers: 2 } });
  const machines = await room.fill(8);
  const order = rendezvousOrder(
    id,
    machines.slice(1).map(({ peer }) => peer),
  );
  const last = machines.find(({ peer }) => peer === order.at(-1))!;
  await room.write(last, content);
  t.deepEqual(await room.settle(room.of(machines[0]!).holders(id)), [last.peer]);
  // A wrong hint does no harm.
  t.deepEqual(await room.settle(room.of(machines[0]!).holders(id, [order[0]!])), [last.peer]);
});
