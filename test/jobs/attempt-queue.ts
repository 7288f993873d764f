import test from 'ava';
import { Durations } from '../../src/core/jobs/durations.ts';
import type { Attempt } from '../../src/jobs/attempt.ts';
import { AttemptQueue } from '../../src/jobs/attempt-queue.ts';
import type { LocalProcesses } from '../../src/jobs/offered-processes.ts';
import { acceptedJob } from '../core/jobs/helpers/statuses.ts';

interface Kind {
  readonly process?: string;
  readonly mode?: 'sync' | 'async';
  readonly user?: string;
}

let jobs = 0;

function attempt(
  { process = 'quick', mode = 'async', user = 'anna' }: Kind = {},
  isWorking = false,
): Attempt {
  jobs += 1;
  const status = acceptedJob(`job-${jobs}`, { process, mode, user });
  return { status, id: status.id, isWorking } as Attempt;
}

function queueOf(...waiting: readonly Attempt[]): AttemptQueue {
  const durations = new Durations(10);
  durations.observe('slow', 600_000);
  const provider = {
    expectation: (process: string) => {
      if (process === 'said') return { durationMs: 70, cores: 1 };
      return { cores: { wide: 2, lazy: 0 }[process] ?? 1 };
    },
  } as unknown as LocalProcesses;
  const options = { slots: 3, maxStoring: 2, priorDurationMs: 5000, longMs: 60_000 };
  const queue = new AttemptQueue({ durations, provider, options });
  for (const each of waiting) queue.add(each);
  return queue;
}

const working = (kind?: Kind) => attempt(kind, true);

test('clients that wait come first, then short jobs, then long ones', (t) => {
  const [long, short, urgent] = [attempt({ process: 'slow' }), attempt(), attempt({ mode: 'sync' })];
  const queue = queueOf(long, short, urgent);
  for (const expected of [urgent, short, long]) {
    const next = queue.next([]);
    t.is(next, expected);
    queue.drop(next as Attempt);
  }
  t.is(queue.next([]), undefined);
});

test('long jobs leave one slot to the others, also those that a client waits for', (t) => {
  const running = [working({ process: 'slow' }), working({ process: 'slow', mode: 'sync' })];
  t.is(queueOf(attempt({ process: 'slow' })).next(running), undefined);
  const short = attempt();
  t.is(queueOf(attempt({ process: 'slow' }), short).next(running), short);
});

test('among equals the user with the fewest jobs under way comes first', (t) => {
  const [first, other] = [attempt({ user: 'anna' }), attempt({ user: 'bob' })];
  t.is(queueOf(first, other).next([working({ user: 'anna' })]), other);
  t.is(queueOf(first, other).next([working({ user: 'bob' })]), first);
});

test('nobody begins without a slot; who only has outputs kept holds none, up to a bound', (t) => {
  const queue = queueOf(attempt());
  t.is(queue.next([working(), working(), working()]), undefined);
  t.truthy(queue.next([working(), working(), attempt(), attempt()]));
  t.is(queue.next([working(), working(), attempt(), attempt(), attempt()]), undefined);
});

test('a job has a slot for each core that it keeps busy, and is not overtaken while it waits for them', (t) => {
  const [wide, narrow] = [attempt({ process: 'wide' }), attempt()];
  const queue = queueOf(wide, narrow);
  t.is(queue.next([working()]), wide);
  t.is(queue.next([working(), working()]), undefined);
  t.is(queue.next([working({ process: 'wide' })]), undefined);
  queue.drop(wide);
  t.is(queue.next([working({ process: 'wide' })]), narrow);
  t.is(queueOf(attempt({ process: 'lazy' })).next([working(), working(), working()]), undefined);
});

test('a bid counts only what would be executed before', (t) => {
  const queue = queueOf(
    attempt({ process: 'slow' }),
    attempt({ process: 'said' }),
    attempt({ mode: 'sync' }),
  );
  t.deepEqual(queue.aheadMs('quick', true), [5000]);
  t.deepEqual(queue.aheadMs('quick', false), [70, 5000]);
  t.deepEqual(queue.aheadMs('slow', true), [600_000, 70, 5000]);
});

test('a long job is expected to wait for long ones though a slot is free, a short one is not', (t) => {
  const queue = queueOf();
  const running = [1, 2].map(() => working({ process: 'slow' }));
  t.is(queue.waitMs('slow', false, running, 0), 600_000);
  t.is(queue.waitMs('quick', false, running, 0), 0);
  queue.add(attempt({ process: 'slow' }));
  t.is(queue.waitMs('slow', false, running, 0), 600_000);
  queue.add(attempt({ process: 'slow' }));
  t.is(queue.waitMs('slow', false, running, 0), 1_200_000);
});

test('turns come by lane, then by who came first; a job that is offered to another peer is not begun', (t) => {
  const [long, first, second] = [attempt({ process: 'slow' }), attempt(), attempt()];
  const queue = queueOf(long, first, second);
  t.deepEqual(queue.inTurn(), [first, second, long]);
  first.isOffered = true;
  t.is(queue.next([]), second);
});
