import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { GismeshError } from '../../src/core/errors.ts';
import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import { claimed } from '../../src/core/jobs/transitions.ts';
import { Attempt, type AttemptWorld } from '../../src/jobs/attempt.ts';
import type { Submission } from '../../src/jobs/submission.ts';
import { silentLog } from '../../src/platform/log.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';
import { request } from '../ogc/processes/helpers/echo.ts';

const AT = { wallMs: START_MS, counter: 0 };

interface Running {
  readonly onProgress: (percent: number, message: string) => void;
}

/** A peer whose word reaches the others, and never theirs it. `onRecord` hears what it says while a job goes on. */
function unheard(
  clock: MachineClock,
  run: (running: Running) => Promise<never>,
  onRecord: (status: JobStatus) => void,
): AttemptWorld {
  const options = {
    timeoutMs: 1e6,
    memoryBytes: 1e9,
    scratchBytes: 1e9,
    progressMs: 200,
    copies: 2,
    ttlMs: 1e9,
    renewMs: 5000,
    expireMs: 15_000,
  };
  const unreachable = async () => {
    throw new GismeshError('NETWORK_UNREACHABLE', 'no other peer took the news');
  };
  const record = async (status: JobStatus) => onRecord(status);
  return {
    self: 'peer-1',
    clock,
    log: silentLog,
    map: { time: () => AT },
    replication: { record, commit: unreachable },
    provider: { find: () => undefined, run: (_task: unknown, running: Running) => run(running) },
    workshop: { open: async () => ({ scratch: '/scratch', inputs: '/inputs', close: async () => {} }) },
    outputs: { reserve: async () => ({ release() {} }) },
    chaining: {},
    logs: { add() {} },
    options,
  } as unknown as AttemptWorld;
}

/** One attempt at a job, on a clock that the test moves. */
function attemptOf(
  run: (running: Running) => Promise<never>,
  onRecord: (status: JobStatus) => void = () => {},
) {
  const time = new VirtualTime();
  const submission: Submission = {
    request: { ...request(), inputs: [], outputs: [] },
    processVersion: '1.0.0',
    idempotent: true,
  };
  const status = claimed(acceptedJob('job-1'), 'peer-1', AT);
  return { time, attempt: new Attempt(unheard(new MachineClock(time), run, onRecord), status, submission) };
}

for (const afterMs of [2000, 30_000]) {
  test(`an attempt whose end the others know is over ${afterMs} ms later, whatever became of its lease`, async (t) => {
    const { time, attempt } = attemptOf(async () => {
      throw new GismeshError('JOB_FAILED', 'as it was told to');
    });
    let isOver = false;
    const executing = attempt
      .execute(1000, () => {})
      .finally(() => {
        isOver = true;
      });
    await time.advance(afterMs);
    t.false(isOver, 'nobody has acknowledged its end');
    attempt.endTold();
    t.is(await time.settle(executing, 1000), 'ended');
  });
}

test('that a job stands still is not overwritten by what its process said just before', async (t) => {
  const records: JobStatus[] = [];
  const tellers: Running['onProgress'][] = [];
  const { time, attempt } = attemptOf(
    (running) => {
      tellers.push(running.onProgress);
      return new Promise(() => {});
    },
    (status) => records.push(status),
  );
  void attempt.execute(1000, () => {});
  await time.advance(1000);
  const [tell] = tellers as [Running['onProgress']];
  tell(10, 'Pausing');
  await time.advance(1000);
  t.is(records.at(-1)?.message, 'Pausing');
  tell(20, 'Pausing');
  attempt.suspend();
  await time.advance(1000);
  t.regex(records.at(-1)?.message ?? '', /^suspended/);
  t.is(records.at(-1)?.progress, 20);
  attempt.resume();
  tell(30, 'Pausing');
  await time.advance(1000);
  t.like(records.at(-1), { message: 'Pausing', progress: 30 });
});

for (const stands of [true, false]) {
  test(`a job that ${stands ? 'comes to stand still' : 'goes on'} while its beginning is written says so`, async (t) => {
    const records: JobStatus[] = [];
    const { time, attempt } = attemptOf(
      () => new Promise(() => {}),
      (status) => {
        records.push(status);
        if (records.length > 1) return;
        if (stands) attempt.suspend();
        else attempt.resume();
      },
    );
    if (!stands) attempt.suspend();
    void attempt.execute(1000, () => {});
    await time.advance(1000);
    t.regex(records.at(-1)?.message ?? '', stands ? /^suspended/ : /^running/);
    t.deepEqual(attempt.status, records.at(-1));
  });
}
