import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { Durations } from '../../src/core/jobs/durations.ts';
import { nobodyThere } from '../../src/core/owner-policy.ts';
import { AttemptQueue } from '../../src/jobs/attempt-queue.ts';
import { type BidQuestion, jobBid } from '../../src/jobs/bidding.ts';
import type { LocalProcesses } from '../../src/jobs/offered-processes.ts';
import type { OutputStore } from '../../src/jobs/outputs.ts';
import type { ProcessExpectation } from '../../src/processes/process.ts';

const question: BidQuestion = { process: 'p', version: '1.0.0', urgent: false, forOthers: true };

/** The bid of an idle peer with 2 slots, whose runs may take 1000 bytes of memory. */
function bidFor(expectation: ProcessExpectation | undefined, { hasRoom = true, draining = false } = {}) {
  const provider = {
    find: () => ({ version: '1.0.0' }),
    expectation: () => expectation,
  } as unknown as LocalProcesses;
  const options = {
    slots: 2,
    maxQueued: 8,
    maxStoring: 2,
    priorDurationMs: 5000,
    longMs: 60_000,
    fetchBytesPerMs: 1000,
    memoryBytes: 1000,
  };
  const queue = new AttemptQueue({ durations: new Durations(10), provider, options });
  const outputs = { holds: () => false, hasRoom: () => hasRoom } as unknown as OutputStore;
  const clock = new MachineClock(new VirtualTime());
  return jobBid(
    { ...question, data: [{ artifact: 'a', bytes: 3000 }] },
    { queue, working: [], claiming: 0, draining },
    { clock, provider, outputs, owner: nobodyThere, options },
  );
}

test('an idle peer bids for what has to be fetched, and a whole run', (t) => {
  t.deepEqual(bidFor({ cores: 1, durationMs: 200 }), { expectedMs: 203, reason: '', isIdle: true });
  t.is(bidFor({ cores: 1, durationMs: 200, memoryBytes: 1000 }).expectedMs, 203);
});

test('a peer that could not execute it says why', (t) => {
  const reasons = [
    bidFor(undefined),
    bidFor({ cores: 1 }, { draining: true }),
    bidFor({ cores: 1 }, { hasRoom: false }),
    bidFor({ cores: 1, memoryBytes: 1001 }),
  ].map(({ expectedMs, reason }) => {
    t.is(expectedMs, Infinity);
    return reason;
  });
  t.deepEqual(reasons, [
    'it does not offer the process',
    'it is leaving',
    'its artifact store has no room',
    'its runs may not take as much memory as the process does (processes.limits.memoryBytes)',
  ]);
});
