import test from 'ava';
import { ArtifactRoom, CHUNK, contentOf, job, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(20_500);
const { id } = manifestFor(content);
const RATE = 5000;
const HOUR_MS = 3_600_000;

/** A room where only the first machine looks through what it holds, while `idle.now`. */
async function scrubbingRoom(seed: number, count: number, scrubbing: object = {}, store: object = {}) {
  const idle = { now: true };
  const room = new ArtifactRoom(
    seed,
    {},
    {
      // Nobody else finds the damage.
      keeping: { checkMs: 1000 * HOUR_MS },
      scrubbing: { bytesPerSecond: RATE, everyMs: HOUR_MS, idlePollMs: 1000, ...scrubbing },
    },
  );
  const machines = Array.from({ length: count }, () => room.world.addMachine());
  for (const [at, machine] of machines.entries()) {
    await room.start(machine, store, at === 0 ? () => idle.now : undefined);
  }
  await room.classroom.converge(10_000);
  return { room, idle, first: machines[0]!, others: machines.slice(1) };
}

test('what the disk has spoilt is fetched anew before anybody reads it', async (t) => {
  const { room, first, others } = await scrubbingRoom(1, 3);
  for (const machine of [first, others[0]!]) await room.write(machine, content);
  for (const at of [0, 5 * CHUNK + 17, 20_499]) room.disks(first).files.damage(`content/${id}`, at);
  await room.until(() => room.of(first).counts().mendedChunks === 3, 2 * HOUR_MS, 1000);
  t.deepEqual(await room.stored(first, id), Buffer.from(content));
  t.like(room.of(first).counts(), { damagedChunks: 3, spoiltArtifacts: 0 });
});

test('it goes on slowly, and looks at all again after its time', async (t) => {
  const { room, first } = await scrubbingRoom(2, 1);
  const other = contentOf(30_000, 2);
  await room.write(first, content);
  await room.write(first, other);
  const bytes = content.length + other.length;
  await room.until(() => room.of(first).counts().scrubbedBytes > 0, 2 * HOUR_MS, 100);
  const begunMs = room.world.time.nowMs;
  await room.until(() => room.of(first).counts().scrubbedBytes === bytes, HOUR_MS, 100);
  t.true(room.world.time.nowMs - begunMs > (1000 * (bytes - CHUNK)) / RATE);
  const { scrubbedAt } = room.of(first).counts();
  await room.world.time.advance(HOUR_MS / 2);
  t.is(room.of(first).counts().scrubbedBytes, bytes);
  await room.until(() => room.of(first).counts().scrubbedBytes === 2 * bytes, HOUR_MS, 1000);
  await room.world.time.advance(1000);
  t.true(room.of(first).counts().scrubbedAt! > (scrubbedAt ?? 0));
});

test('while somebody needs the machine nothing is read', async (t) => {
  const { room, idle, first } = await scrubbingRoom(3, 1);
  idle.now = false;
  await room.write(first, content);
  await room.world.time.advance(3 * HOUR_MS);
  t.is(room.of(first).counts().scrubbedBytes, 0);
  idle.now = true;
  await room.until(() => room.of(first).counts().scrubbedBytes > 0, HOUR_MS, 100);
  idle.now = false;
  await room.world.time.advance(2000);
  const { scrubbedBytes } = room.of(first).counts();
  await room.world.time.advance(HOUR_MS);
  t.is(room.of(first).counts().scrubbedBytes, scrubbedBytes);
});

test('what nobody has whole is told, until somebody comes who has', async (t) => {
  const { room, first, others } = await scrubbingRoom(4, 2);
  await room.write(first, content);
  room.disks(first).files.damage(`content/${id}`, CHUNK);
  await room.until(() => room.of(first).counts().spoiltArtifacts === 1, 2 * HOUR_MS, 1000);
  await room.write(others[0]!, content);
  await room.until(() => room.of(first).counts().spoiltArtifacts === 0, 3 * HOUR_MS, 1000);
  t.deepEqual(await room.stored(first, id), Buffer.from(content));
});

test('a manifest that nobody has whole is told, until somebody comes who has', async (t) => {
  const { room, first, others } = await scrubbingRoom(7, 2, {}, { manifestCacheBytes: 1 });
  await room.write(first, content);
  room.disks(first).records.set(`manifests/${id}`, { content: new Uint8Array(3), usedAt: 0 }, true);
  await room.until(() => room.of(first).counts().spoiltArtifacts === 1, 2 * HOUR_MS, 1000);
  await room.write(others[0]!, content);
  await room.until(() => room.of(first).counts().spoiltArtifacts === 0, 3 * HOUR_MS, 1000);
  t.is((await room.settle(room.of(first).store.manifest(id))).size, content.length);
});

test('one that is let go while it is damaged is spoilt no more', async (t) => {
  const { room, first } = await scrubbingRoom(5, 1);
  await room.write(first, content);
  room.disks(first).files.damage(`content/${id}`, CHUNK);
  await room.until(() => room.of(first).counts().spoiltArtifacts === 1, 2 * HOUR_MS, 1000);
  await room.settle(room.of(first).releaseOwner(job.owner));
  t.is(room.of(first).counts().spoiltArtifacts, 0);
});

test('at a rate of nothing nothing is read', async (t) => {
  const { room, first } = await scrubbingRoom(6, 1, { bytesPerSecond: 0 });
  await room.write(first, content);
  await room.world.time.advance(3 * HOUR_MS);
  t.is(room.of(first).counts().scrubbedBytes, 0);
});
