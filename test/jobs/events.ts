import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { SeededRandom } from '../../sim/random.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../sim/status-store.ts';
import { VirtualTime } from '../../sim/time.ts';
import { jobsConfig } from '../../src/config/jobs.ts';
import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import { claimed, ended, progressed, replicated } from '../../src/core/jobs/transitions.ts';
import { type JobEvent, JobEvents } from '../../src/jobs/events.ts';
import { StatusMap } from '../../src/jobs/status-map.ts';
import { writing } from '../../src/jobs/wire.ts';
import { type Log, silentLog } from '../../src/platform/log.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';

async function followed(log: Log = silentLog) {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const run = <T>(promise: Promise<T>) => time.settle(promise, 1e6);
  const store = new SimulatedStatusStore(new SimulatedStatusDisk(new SeededRandom(1)), clock);
  const map = new StatusMap({ store, clock, log, options: jobsConfig.parse({}).statuses });
  await run(map.open());
  const events = new JobEvents({ self: 'a', map, log });
  const told: JobEvent[] = [];
  const stop = events.add({ name: 'test', heard: (event) => told.push(event) });
  const write = (status: JobStatus) => run(map.write({ record: writing(status, START_MS + 5e6) }));
  return { map, events, told, write, stop };
}

const success = { state: 'successful', outputs: [], replicas: [] } as const;

test("a job's life is told in its events, each end once", async (t) => {
  const { map, told, write, stop } = await followed();
  const job = acceptedJob('one');
  const mine = claimed(job, 'b', map.time());
  const runs = progressed(mine, { progress: 7 }, map.time());
  const again = claimed(runs, 'c', map.time(), { reason: 'its peer is gone' });
  const done = ended(progressed(again, {}, map.time()), success, map.time());
  for (const status of [job, mine, runs, again, done, replicated(done, ['c', 'd'], map.time())])
    await write(status);
  t.deepEqual(
    told.map(({ kind, isNewAttempt, record }) => [kind, isNewAttempt, record.status.epoch]),
    [
      ['submitted', false, 0],
      ['progress', true, 1],
      ['progress', false, 1],
      ['progress', true, 2],
      ['completed', false, 2],
    ],
  );
  t.is(told[0]?.self, 'a');
  stop();
  await write(ended(done, { state: 'dismissed' }, map.time()));
  t.is(told.length, 5);
});

test('failures and dismissals are told as such, also when an end is overruled', async (t) => {
  const { map, told, write } = await followed();
  const running = progressed(claimed(acceptedJob('one'), 'b', map.time()), {}, map.time());
  const failed = ended(running, { state: 'failed', failure: 'job-failed', message: 'no' }, map.time());
  await write(failed);
  await write(ended(failed, { state: 'dismissed' }, map.time()));
  t.deepEqual(
    told.map(({ kind }) => kind),
    ['failed', 'cancelled'],
  );
});

test('a listener that throws is named, and keeps nothing from the others', async (t) => {
  const failures: object[] = [];
  const { events, write } = await followed({ ...silentLog, error: (context) => failures.push(context) });
  events.add({
    name: 'broken',
    heard: () => {
      throw new Error('no');
    },
  });
  const heard: string[] = [];
  events.add({ name: 'after', heard: ({ record }) => heard.push(record.status.id) });
  await write(acceptedJob('one'));
  t.like(failures, [{ job: 'one', listener: 'broken' }]);
  t.deepEqual(heard, ['one']);
});
