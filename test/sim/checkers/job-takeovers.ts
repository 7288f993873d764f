import test from 'ava';
import { JobTakeoversChecker } from '../../../sim/checkers/job-takeovers.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { acceptedJob } from '../../core/jobs/helpers/statuses.ts';
import { spell, started } from './helpers/conditions.ts';
import { acceptedAt, roomOf } from './helpers/jobs.ts';

const lease = { renewMs: 5000, expireMs: 15_000, staggerMs: 1000, maxLeases: 10 };
const DIED_MS = 10_000;

function found(owner: string, afterMs: number, ...faults: readonly Fault[]): string[] {
  const statuses = [acceptedJob('job-1', { state: 'running', epoch: 1, owner })];
  const room = roomOf({ statuses, isRunning: false }, { statuses }, { statuses });
  const checker = watching(...faults);
  checker.sample(room, DIED_MS + afterMs);
  return checker.violations.map(({ message }) => message);
}

/** The others learn half a second after it died that it is dead, or do not. */
function seen(isDead: boolean, afterMs: number, ...faults: readonly Fault[]): string[] {
  const statuses = [acceptedJob('job-1', { state: 'running', epoch: 1, owner: 'peer-1' })];
  const room = roomOf({ statuses, isRunning: false, isDead }, { statuses }, { statuses });
  const checker = watching(...faults);
  checker.sample(room, DIED_MS + 500);
  checker.sample(room, DIED_MS + 500 + afterMs);
  return checker.violations.map(({ message }) => message);
}

function watching(...faults: readonly Fault[]): JobTakeoversChecker {
  const checker = new JobTakeoversChecker(lease);
  const died: RunEvent = { kind: 'peer-ended', atMs: DIED_MS, peer: 'peer-1' };
  for (const event of [
    ...started(0, 1, 2),
    ...acceptedAt(1000),
    ...faults.map((fault) => spell(fault, 0)[0]),
    died,
  ])
    checker.observe(event);
  return checker;
}

const kill: Fault = { kind: 'kill', atMs: DIED_MS, peer: 0, downMs: 60_000 };

test('a job leaves the dead within the time of a lease', (t) => {
  t.deepEqual(found('peer-1', 20_000, kill), []);
  t.deepEqual(found('peer-1', 25_000, kill), ['job job-1 is still with peer-1, which is gone for 25000 ms']);
  t.deepEqual(found('peer-2', 25_000, kill), []);
});

test('a job leaves sooner those of whom all others know that they are dead', (t) => {
  t.deepEqual(seen(true, 8_000, kill), []);
  t.deepEqual(seen(true, 9_000, kill), ['job job-1 is still with peer-1, which is gone for 9500 ms']);
  t.deepEqual(seen(false, 9_000, kill), []);
  const cut: Fault = { kind: 'partition', atMs: DIED_MS, peers: [1], forMs: 9000, oneWay: false };
  t.deepEqual(seen(true, 9_000, kill, cut), []);
});

test('where the others had trouble of their own it may take longer', (t) => {
  const cut: Fault = { kind: 'partition', atMs: DIED_MS, peers: [1], forMs: 9000, oneWay: false };
  t.deepEqual(found('peer-1', 25_000, kill, cut), []);
});

test('nobody can take over what only the dead know', (t) => {
  const statuses = [acceptedJob('job-1', { state: 'running', epoch: 1, owner: 'peer-1' })];
  const other = { statuses, hasRequests: false };
  const checker = watching(kill);
  checker.sample(roomOf({ statuses, isRunning: false }, other, other), DIED_MS + 25_000);
  t.deepEqual(checker.violations, []);
  checker.sample(roomOf({ statuses, isRunning: false }, other, { statuses }), DIED_MS + 26_000);
  t.is(checker.violations.length, 1);
});
