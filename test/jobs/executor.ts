import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
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
