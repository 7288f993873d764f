import test from 'ava';
import { JobQueuesChecker } from '../../../sim/checkers/job-queues.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { jobsConfig } from '../../../src/config/jobs.ts';
import { acceptedJob } from '../../core/jobs/helpers/statuses.ts';
import { roomOf, run } from './helpers/jobs.ts';

const config = jobsConfig.parse({ execution: { maxQueued: 4, maxStoring: 1 } });

function found(events: readonly RunEvent[], ...rooms: readonly RoomView[]): string[] {
  const checker = new JobQueuesChecker(config);
  for (const event of events) checker.observe(event);
  for (const [second, room] of rooms.entries()) checker.sample(room, second * 1000);
  checker.observe({ kind: 'healed', atMs: 0 });
  checker.finish(rooms.at(-1)!, rooms.length * 1000);
  return checker.violations.map(({ message }) => message);
}

const loaded = (running: number, queued: number) => roomOf({ load: { running, queued } });
const idle = loaded(0, 0);

test('slots and queues have bounds, and are empty in the end', (t) => {
  t.deepEqual(found([], loaded(3, 4), idle), []);
  t.deepEqual(found([], loaded(4, 0), idle), ['peer-1 executes 4 jobs with 2 slots']);
  t.deepEqual(found([], loaded(0, 5), idle), ['peer-1 has 5 jobs waiting, more than 4']);
  t.deepEqual(found([], loaded(1, 2)), ['peer-1 still has 1 jobs running and 2 waiting']);
});

const began = (peer: string, epoch = 1) => run('began', { atMs: 0, epoch, peer });
const holding = (state: 'running' | 'dismissed') =>
  roomOf({ statuses: [acceptedJob('job-1', { state, epoch: 1, owner: 'peer-1' })] });

test('a process computes as long as its job is its own', (t) => {
  const times = (count: number, room: RoomView) => Array.from({ length: count }, () => room);
  t.deepEqual(found([began('peer-1')], ...times(20, holding('running'))), []);
  t.deepEqual(found([began('peer-1')], ...times(6, holding('dismissed'))), []);
  t.deepEqual(found([began('peer-1')], ...times(7, holding('dismissed'))), [
    'peer-1 computes attempt 1 of job job-1, which it knows is over',
  ]);
  const over = run('ended', { atMs: 1, epoch: 1, peer: 'peer-1' });
  t.deepEqual(found([began('peer-1'), over], ...times(7, holding('dismissed'))), []);
});

test('no more than its slots compute', (t) => {
  const three = [1, 2, 3].map((epoch) => began('peer-1', epoch));
  t.true(found(three, holding('running')).includes('peer-1 computes 3 jobs with 2 slots'));
});
