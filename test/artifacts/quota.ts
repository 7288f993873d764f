import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { Quota, type Room } from '../../src/artifacts/quota.ts';

/** A disk whose free bytes are those of `disk`, and how often it was asked. */
function quotaOn(disk: { free: number }) {
  const time = new VirtualTime();
  let asked = 0;
  const quota = new Quota({ quotaBytes: 1000, minFreeBytes: 100 }, new MachineClock(time), async () => {
    asked += 1;
    return disk.free;
  });
  return { time, quota, asked: () => asked };
}

test('one after the other reserve by one look at the disk, which holds for a moment', async (t) => {
  const { time, quota, asked } = quotaOn({ free: 10_000 });
  for (let i = 0; i < 20; i += 1) (await quota.reserve(10)).release();
  t.is(asked(), 1);
  await time.advance(1000);
  await quota.reserve(10);
  t.is(asked(), 2);
});

test('what was written since the last look is gone from the disk, and nothing is refused without another look', async (t) => {
  const disk = { free: 500 };
  const { quota, asked } = quotaOn(disk);
  const room: Room = await quota.reserve(300);
  room.use(300);
  disk.free = 200;
  t.false(quota.hasRoom(150));
  await t.throwsAsync(quota.reserve(150), { message: /its disk has 200 bytes left, of which 100 stay free/ });
  t.is(asked(), 2);
  disk.free = 800;
  t.is((await quota.reserve(150)).bytes, 150);
  t.is(asked(), 3);
});
