import test from 'ava';
import { JobLeasesChecker } from '../../../sim/checkers/job-leases.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { TAKEN_OVER } from '../../../src/core/jobs/lease.ts';
import { spell, started } from './helpers/conditions.ts';

const EXPIRE_MS = 15_000;
const MOVED_MS = 60_000;
const DAY_MS = 86_400_000;

/** Peer 2 claims what peer 1 had. */
function moved(reason: string): RunEvent {
  const claim = { job: 'job-1', epoch: 2, from: 'peer-1', by: 'peer-2' } as const;
  return { kind: 'job-moved', atMs: MOVED_MS, ...claim, reason };
}

/** What is found when peer 2 claims what peer 1 had, a minute after all were started. */
function found(reason: string, ...faults: ReadonlyArray<readonly [Fault, number]>): string[] {
  const checker = new JobLeasesChecker(EXPIRE_MS, { maxAheadMs: DAY_MS });
  for (const event of started(0, 1, 2)) checker.observe(event);
  for (const [fault, untilMs] of faults) for (const event of spell(fault, untilMs)) checker.observe(event);
  checker.observe(moved(reason));
  return checker.violations.map(({ message }) => message);
}

const stall = (peer: number): Fault => ({ kind: 'stall', atMs: 30_000, peer, forMs: 1000 });

test('nobody takes a job from a peer that is there', (t) => {
  const robbed = 'job job-1: peer-2 took it from peer-1, which was there all the time: ';
  t.deepEqual(found(TAKEN_OVER.expired), [`${robbed}${TAKEN_OVER.expired}`]);
  t.deepEqual(found(TAKEN_OVER.gone), [`${robbed}${TAKEN_OVER.gone}`]);
});

test('a peer may hand over what it has', (t) => {
  t.deepEqual(found('its peer is leaving'), []);
});

test('whoever had trouble shortly before may have been given up, and so may those around', (t) => {
  t.deepEqual(found(TAKEN_OVER.expired, [stall(0), MOVED_MS - EXPIRE_MS]), []);
  t.deepEqual(found(TAKEN_OVER.expired, [stall(2), MOVED_MS - EXPIRE_MS]), []);
  t.is(found(TAKEN_OVER.expired, [stall(0), MOVED_MS - 2 * EXPIRE_MS]).length, 1);
});

test('whose clock is, or was, set off by a day or more may lose its jobs for ever', (t) => {
  const jump = (byMs: number, peer = 0) =>
    [{ kind: 'clock-jump', atMs: 1000, peer, byMs }, 1000] as [Fault, number];
  t.is(found(TAKEN_OVER.expired, jump(DAY_MS / 2)).length, 1);
  t.deepEqual(found(TAKEN_OVER.expired, jump(DAY_MS)), []);
  t.deepEqual(found(TAKEN_OVER.expired, jump(-DAY_MS - 1)), []);
  t.deepEqual(found(TAKEN_OVER.expired, jump(DAY_MS / 2), jump(DAY_MS / 2)), []);
  t.deepEqual(found(TAKEN_OVER.expired, jump(2 * DAY_MS), jump(-2 * DAY_MS)), []);
  t.is(found(TAKEN_OVER.expired, jump(2 * DAY_MS, 2)).length, 1);
});

test('whoever was started meanwhile was not there', (t) => {
  const checker = new JobLeasesChecker(EXPIRE_MS, { maxAheadMs: DAY_MS });
  checker.observe({ kind: 'peer-started', atMs: MOVED_MS - 1000, peer: 'peer-1' });
  checker.observe(moved(TAKEN_OVER.gone));
  t.deepEqual(checker.violations, []);
});
