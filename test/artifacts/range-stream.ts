import test from 'ava';
import { ArtifactRoom, contentOf, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(50_500);
const { id } = manifestFor(content);

test('a reader on the way does not notice that the source dies', async (t) => {
  const room = new ArtifactRoom(6, { bandwidthBytesPerMs: 20 });
  const [a, b, c] = await room.fill(3);
  for (const machine of [a!, b!]) await room.write(machine, content);
  const artifact = await room.settle(room.of(c!).open(id));
  t.false(artifact.isLocal);
  const pieces: Uint8Array[] = [];
  const reading = (async () => {
    const range = { from: 10, to: content.length };
    for await (const piece of artifact.read(range, new AbortController().signal)) pieces.push(piece);
  })();
  reading.catch(() => {});
  await room.until(() => room.of(c!).counts().receivedBytes > 10_000, 60_000, 10);
  const serving = [a!, b!].find((machine) => room.of(machine).counts().serving > 0)!;
  room.kill(serving);
  await room.settle(reading);
  t.deepEqual(Buffer.concat(pieces), Buffer.from(content.subarray(10)));
});

test('any range of what another peer holds comes as it was written', async (t) => {
  const room = new ArtifactRoom(31);
  const [a, b] = await room.fill(2);
  await room.write(a!, content);
  for (const [from, to] of [
    [0, 1],
    [999, 1001],
    [1000, 2000],
    [12_345, 50_500],
    [50_499, 50_500],
    [7, 7],
  ] as const) {
    t.deepEqual(await room.read(b!, id, { from, to }), Buffer.from(content.subarray(from, to)));
  }
  t.false(room.of(b!).store.has(id));
});

test('a reader at a holder whose content is gone gets it from another, and the holder gets it again', async (t) => {
  const room = new ArtifactRoom(32);
  const [a] = await room.fill(4);
  await room.write(a!, content);
  await room.settle(room.of(a!).replicate(id, 2));
  room.disks(a!).files.files.delete(`content/${id}`);
  t.deepEqual(await room.read(a!, id), Buffer.from(content));
  t.false(room.of(a!).store.has(id));
  await room.until(() => room.holders(id).length === 3, 300_000);
});
