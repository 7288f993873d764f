import test, { type ExecutionContext } from 'ava';
import { GatheredPacks } from '../../src/maps/gathered-packs.ts';
import type { PartPack } from '../../src/maps/part-pack.ts';
import { ManualClock, settled } from '../platform/helpers/manual-clock.ts';

const PACK: PartPack = { parts: [], contentType: 'image/png', drawnBy: 'a', drawnByName: 'A', renderMs: 1 };

/** Gathers for a second, holds eight; each write ends when the test says so. */
function gathered(t: ExecutionContext, refuses: (key: string) => boolean = () => false) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const batches: number[] = [];
  const gate = Promise.withResolvers<void>();
  const packs = new GatheredPacks({
    write: async (key, pack) => {
      t.is(pack, PACK);
      begun.push(key);
      await gate.promise;
      if (refuses(key)) throw new Error(key);
    },
    ended: (failures) => batches.push(failures.length),
    clock,
    options: { gatherMs: 1_000, maxPendingWrites: 8 },
  });
  return { clock, begun, batches, packs, letGo: gate.resolve };
}

test('what is put within one gathering time is written together at its end', async (t) => {
  const { clock, begun, batches, packs, letGo } = gathered(t);
  letGo();
  packs.add('a', PACK);
  await clock.advanceSettled(999);
  packs.add('b', PACK);
  packs.add('a', PACK);
  t.deepEqual(begun, []);
  t.is(packs.get('a'), PACK);
  await clock.advanceSettled(1);
  await packs.settled();
  t.deepEqual([begun, batches], [['a', 'b'], [0]]);
  t.is(packs.get('a'), undefined);
  t.is(clock.pendingTimers, 0);
});

test('half of the room full is written at once; what comes while it is being written is kept for the next batch', async (t) => {
  const { clock, begun, batches, packs, letGo } = gathered(t);
  for (const key of ['a', 'b', 'c', 'd', 'e']) packs.add(key, PACK);
  t.deepEqual(begun, ['a', 'b', 'c', 'd']);
  t.is(packs.get('a'), PACK);
  await clock.advanceSettled(5_000);
  t.is(begun.length, 4);
  letGo();
  await settled();
  await clock.advanceSettled(1_000);
  t.deepEqual(
    [begun, batches],
    [
      ['a', 'b', 'c', 'd', 'e'],
      [0, 0],
    ],
  );
});

test('no more than the bound is on its way', async (t) => {
  const { packs, begun, letGo } = gathered(t);
  for (let i = 0; i < 20; i += 1) packs.add(String(i), PACK);
  letGo();
  await packs.settled();
  t.deepEqual(
    begun,
    Array.from({ length: 8 }, (_, i) => String(i)),
  );
});

test('a drawing that cannot be written keeps no other from it, and is told', async (t) => {
  const { packs, begun, batches, letGo } = gathered(t, (key) => key === 'b');
  for (const key of ['a', 'b', 'c']) packs.add(key, PACK);
  letGo();
  await packs.settled();
  t.deepEqual([begun, batches], [['a', 'b', 'c'], [1]]);
  t.is(packs.get('b'), undefined);
});
