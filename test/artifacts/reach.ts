import test from 'ava';
import { ArtifactRoom, contentOf, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(5000);
const { id } = manifestFor(content);

test('hints that are out of date cost no time', async (t) => {
  const room = new ArtifactRoom(1);
  const [a, b, c] = await room.fill(4);
  await room.write(b!, content);
  room.kill(c!);
  await room.until(
    () =>
      !room.classroom
        .of(a!)
        .members()
        .some((each) => each.peer === c!.peer && each.state === 'alive'),
    60_000,
  );
  const beforeMs = room.world.time.nowMs;
  t.deepEqual(await room.settle(room.of(a!).holders(id, [c!.peer, b!.peer, 'nobody'])), [b!.peer]);
  t.true(room.world.time.nowMs - beforeMs < room.config.transfer.callTimeoutMs / 2);
});

test('a peer that has just died does not keep the others from being found', async (t) => {
  const room = new ArtifactRoom(2);
  const [a, b, c] = await room.fill(3);
  await room.write(b!, content);
  await room.write(c!, content);
  room.kill(c!);
  const beforeMs = room.world.time.nowMs;
  t.deepEqual(await room.settle(room.of(a!).holders(id, [c!.peer, b!.peer])), [b!.peer]);
  t.true(room.world.time.nowMs - beforeMs < room.config.transfer.callTimeoutMs / 2);
});
