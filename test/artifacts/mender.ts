import test from 'ava';
import { ArtifactRoom, CHUNK, contentOf, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(50_500);
const { id } = manifestFor(content);
const RANGE = { from: 0, to: CHUNK };

/** Two machines that hold the content; the first one's chunk is damaged. */
async function damagedRoom(seed: number) {
  const room = new ArtifactRoom(seed);
  const [first, other] = await room.fill(2);
  for (const machine of [first!, other!]) await room.write(machine, content);
  room.disks(first!).files.damage(`content/${id}`, 17);
  return { room, first: first!, other: other! };
}

test('readers who find the same damage at a time have the chunk fetched once', async (t) => {
  const { room, first, other } = await damagedRoom(1);
  const artifact = await room.settle(room.of(first).open(id));
  const { signal } = new AbortController();
  const readings = [1, 2, 3].map(() => artifact.read(RANGE, signal).next());
  for (const { value } of await room.settle(Promise.all(readings))) {
    t.deepEqual(Buffer.from(value as Uint8Array), Buffer.from(content.subarray(0, CHUNK)));
  }
  t.is(room.of(other).counts().sentBytes, CHUNK);
  t.is(room.of(first).counts().mendedChunks, 1);
});

test('who waits for a chunk gets it, though the reader for whom it was fetched goes away', async (t) => {
  const { room, first } = await damagedRoom(2);
  const artifact = await room.settle(room.of(first).open(id));
  const leaving = new AbortController();
  const gone = artifact.read(RANGE, leaving.signal).next();
  const staying = artifact.read(RANGE, new AbortController().signal).next();
  // Both have found the damage, and the chunk is on its way.
  await room.world.time.advance(1);
  leaving.abort();
  const [, { value }] = await room.settle(Promise.all([gone.catch(() => {}), staying]));
  t.deepEqual(Buffer.from(value as Uint8Array), Buffer.from(content.subarray(0, CHUNK)));
});

test('a peer that stops waits for no chunk', async (t) => {
  const { room, first } = await damagedRoom(3);
  const artifact = await room.settle(room.of(first).open(id));
  const reading = artifact.read(RANGE, new AbortController().signal).next();
  await room.world.time.advance(1);
  room.of(first).stop();
  await t.throwsAsync(room.settle(reading), { code: 'CANCELLED' });
});
