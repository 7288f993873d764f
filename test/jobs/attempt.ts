import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { GismeshError } from '../../src/core/errors.ts';
import { claimed } from '../../src/core/jobs/transitions.ts';
import { Attempt, type AttemptWorld } from '../../src/jobs/attempt.ts';
import type { Submission } from '../../src/jobs/submission.ts';
import { silentLog } from '../../src/platform/log.ts';
import { acceptedJob, START_MS } from '../core/jobs/helpers/statuses.ts';
import { request } from '../ogc/processes/helpers/echo.ts';

const AT = { wallMs: START_MS, counter: 0 };

/** A peer whose word reaches the others, and never theirs it; its process fails at once. */
function unheard(clock: MachineClock): AttemptWorld {
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
  const fails = async () => {
    throw new GismeshError('JOB_FAILED', 'as it was told to');
  };
  return {
    self: 'peer-1',
    clock,
    log: silentLog,
    map: { time: () => AT },
    replication: { record: async () => undefined, commit: unreachable },
    provider: { find: () => undefined, run: fails },
    workshop: { open: async () => ({ scratch: '/scratch', inputs: '/inputs', close: async () => {} }) },
    outputs: { reserve: async () => ({ release() {} }) },
    chaining: {},
    logs: { add() {} },
    options,
  } as unknown as AttemptWorld;
}

for (const afterMs of [2000, 30_000]) {
  test(`an attempt whose end the others know is over ${afterMs} ms later, whatever became of its lease`, async (t) => {
    const time = new VirtualTime();
    const submission: Submission = {
      request: { ...request(), inputs: [], outputs: [] },
      processVersion: '1.0.0',
      idempotent: true,
    };
    const status = claimed(acceptedJob('job-1'), 'peer-1', AT);
    const attempt = new Attempt(unheard(new MachineClock(time)), status, submission);
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
