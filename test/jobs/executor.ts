import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { claimed } from '../../src/core/jobs/transitions.ts';
import { WorkingRoom, work } from './helpers/working-room.ts';

const wide = { ...work, id: 'wide' };

test('a job that stood still and takes several slots goes on before others begin, and does not wait for ever', async (t) => {
  const room = new WorkingRoom(1, {}, { execution: { slots: 2, yieldMs: 600_000 } });
  room.cores.set(wide.id, 2);
  room.offers.set('peer-1', []);
  room.offers.set('peer-2', [work, wide]);
  const [first, second] = (await room.fill(2)) as [Machine, Machine];
  const id = await room.submit(first, { seconds: '10', word: 'wide' }, wide.id);
  await room.untilRunning(id, first);
  room.owned.add(second.peer);
  await room.until(() => /^suspended/.test(room.status(second, id)?.message ?? ''), 5000);
  // The owner's own jobs never leave both slots free at a time.
  const own = Array.from({ length: 20 }, (_, at) => ({ seconds: String(2 + (at % 2)), word: `own ${at}` }));
  await room.submitTogether(second, own);
  await room.world.time.advance(2500);
  room.owned.delete(second.peer);
  t.is((await room.untilEnded(id, 20_000)).state, 'successful');
  t.true(room.runs.filter(({ word }) => word.startsWith('own')).length < own.length);
});

test('a job that comes back is not taken for the attempt before, which still keeps its outputs', async (t) => {
  const room = new WorkingRoom(2);
  room.storingMs = 30_000;
  room.offers.set('peer-1', []);
  const [first, second] = (await room.fill(2)) as [Machine, Machine];
  const id = await room.submit(first, { seconds: '2', word: 'again' });
  await room.untilRunning(id, first);
  await room.until(() => room.runsOf('again')[0]?.end === 'done', 5000);
  // Somebody else claims it, and is not heard of any more.
  const { map, replication } = room.of(first);
  const status = room.status(first, id)!;
  await room.settle(
    replication.record(claimed(status, 'peer-9', map.time(), { reason: 'its peer is gone' })),
  );
  await room.until(() => room.runsOf('again').length === 2, 25_000);
  const { epoch } = room.status(second, id)!;
  const ended = await room.untilEnded(id);
  t.is(ended.state, 'successful');
  t.is(ended.epoch, epoch);
  t.is(room.runsOf('again').length, 2);
});
