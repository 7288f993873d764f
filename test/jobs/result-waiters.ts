import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { ResultWaiters } from '../../src/jobs/result-waiters.ts';
import { WorkingRoom } from './helpers/working-room.ts';

async function oneJob(maxWaiting: number) {
  const room = new WorkingRoom(7);
  const [machine] = (await room.fill(2)) as [Machine];
  const { map } = room.of(machine);
  const waiters = new ResultWaiters({ map, clock: machine.process.clock, maxWaiting });
  const id = await room.submit(machine, { seconds: '3' });
  return { room, waiters, id };
}

test('who waits is told when the job ends, or how it is when the time is over', async (t) => {
  const { room, waiters, id } = await oneJob(10);
  const early = waiters.ended(id, 1000);
  const late = waiters.ended(id, 60_000);
  t.not((await room.settle(early))?.status.state, 'successful');
  t.is((await room.settle(late))?.status.state, 'successful');
  t.is((await room.settle(waiters.ended(id, 1)))?.status.state, 'successful');
  t.is(await room.settle(waiters.ended('unknown', 1)), undefined);
});

test('where very many wait, the next one is told at once how the job is: it was accepted all the same', async (t) => {
  const { room, waiters, id } = await oneJob(1);
  const first = waiters.ended(id, 60_000);
  const second = await room.settle(waiters.ended(id, 60_000));
  t.truthy(second);
  t.not(second?.status.state, 'successful');
  t.is((await room.settle(first))?.status.state, 'successful');
});

test('a client that leaves is not waited for', async (t) => {
  const { room, waiters, id } = await oneJob(10);
  const leaving = new AbortController();
  const waiting = waiters.ended(id, 60_000, leaving.signal);
  leaving.abort(new Error('gone'));
  await t.throwsAsync(room.settle(waiting), { message: 'gone' });
});
