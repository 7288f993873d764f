import test from 'ava';
import type { Fault } from '../../../sim/faults/fault.ts';
import { regressionOf } from '../../../sim/swarm/regressions.ts';
import { caseOf, hasJobs, scenarioOf, shapeOf } from '../../../sim/swarm/scenario.ts';
import { DEFAULTS, swarm } from '../../../sim/swarm/swarm.ts';

const ROUNDS = [0, 1, 2, 3, 4];
const SEEDS = Array.from({ length: 16 * ROUNDS.length }, (_, index) => index + 1);
const roundOf = (seed: number) => Math.floor((seed - 1) / 16);

const triesOf = (seed: number) => scenarioOf(caseOf(seed, DEFAULTS)).settings.maps.maxAttempts;

const small = { ...DEFAULTS, peers: 8, faultyMs: 30_000 };

test('seeds of a small room are clean, and each gives the same course of events twice', async (t) => {
  const outcomes = await swarm([1, 2, 3], small);
  t.deepEqual(
    outcomes.map(({ seed, violations }) => ({ seed, violations })),
    [1, 2, 3].map((seed) => ({ seed, violations: [] })),
  );
});

test('a seed stands for one case', (t) => {
  t.deepEqual(caseOf(5, small), caseOf(5, small));
  t.notDeepEqual(caseOf(5, small).faults, caseOf(6, small).faults);
});

test('a case that breaks nothing is no regression', async (t) => {
  const played = caseOf(1, { ...small, peers: 3, faultyMs: 21_000 });
  await t.throwsAsync(regressionOf(played, 'requests', 1), { message: /seed 1 does not break/ });
});

test('of any sixteen seeds of a round one room is busy, and nothing fails in it in the first half', (t) => {
  const busy = SEEDS.filter((seed) => 'ofCapacity' in (shapeOf(seed, 30).load as object));
  t.deepEqual(busy.map(roundOf), ROUNDS);
  for (const seed of busy) {
    const { faults, faultyMs } = caseOf(seed, DEFAULTS);
    t.true(faults.every(({ atMs }) => atMs >= faultyMs / 2));
  }
});

test('in one of sixteen the halves of a sparse mesh are parted for longer than anybody is taken for alive', (t) => {
  const parted = SEEDS.filter((seed) => caseOf(seed, DEFAULTS).faultyMs === 100_000);
  t.deepEqual(parted.map(roundOf), ROUNDS);
  for (const seed of parted) {
    t.true('membership' in (shapeOf(seed, 30).settings as object));
    const { faults, faultyMs } = caseOf(seed, DEFAULTS);
    const [fault, ...more] = faults;
    t.deepEqual(more, []);
    if (fault?.kind !== 'partition') return t.fail();
    t.true(fault.forMs >= 50_000 && fault.atMs + fault.forMs < faultyMs);
    t.true(fault.peers.length >= 13 && fault.peers.length <= 15);
  }
});

test('in one of sixteen many engines fail at a time, fewer than a request may be tried at', (t) => {
  const failing = SEEDS.filter((seed) => triesOf(seed) === 10);
  t.deepEqual(failing.map(roundOf), ROUNDS);
  for (const seed of failing) {
    const { faults } = caseOf(seed, DEFAULTS);
    t.true(faults.every(({ kind }) => kind === 'engine-failure'));
    for (const { atMs } of faults) {
      const together = faults.filter(
        (fault) => fault.kind === 'engine-failure' && fault.atMs <= atMs && atMs <= fault.atMs + fault.forMs,
      );
      t.is(new Set(together.map((fault) => 'peer' in fault && fault.peer)).size, 9);
    }
  }
});

test('in one of sixteen disks are lost, at a time no more than there are copies of results', (t) => {
  const amnesic = SEEDS.filter((seed) => caseOf(seed, DEFAULTS).faultyMs === 190_000);
  t.deepEqual(amnesic.map(roundOf), ROUNDS);
  for (const seed of amnesic) {
    t.true(hasJobs(seed, 30));
    const { faults } = caseOf(seed, DEFAULTS);
    t.true(faults.length >= 3 && faults.every(({ kind }) => kind === 'disk-loss'));
    for (const { atMs } of faults) {
      const together = faults.filter((fault) => fault.atMs >= atMs && fault.atMs < atMs + 50_000);
      t.true(together.length <= 2);
      t.is(new Set(together.map((fault) => 'peer' in fault && fault.peer)).size, together.length);
    }
  }
});

test('in one of sixteen nothing fails, and most jobs say nothing for longer than a lease lasts', (t) => {
  const quiet = SEEDS.filter((seed) => scenarioOf(caseOf(seed, DEFAULTS)).load.jobs.quiet > 0);
  t.deepEqual(quiet.map(roundOf), ROUNDS);
  for (const seed of quiet) {
    const played = caseOf(seed, DEFAULTS);
    t.deepEqual(played.faults, []);
    const { load, settings } = scenarioOf(played);
    t.true(load.jobs.workMs > settings.jobs.lease.expireMs);
  }
});

test('a seed has jobs when its room has', (t) => {
  for (const seed of SEEDS) t.is(hasJobs(seed, 30), 'jobs' in (shapeOf(seed, 30).load as object));
});

test('in some rooms those who execute jobs are gone for long, and nothing else fails', (t) => {
  const cases = Array.from({ length: 200 }, (_, seed) => caseOf(seed, DEFAULTS));
  const isLasting = (fault: Fault) =>
    (fault.kind === 'kill' || fault.kind === 'power-loss') && fault.downMs >= 20_000 && fault.peer < 10;
  const deadly = cases.filter(({ faults }) => faults.every(isLasting));
  t.true(deadly.length >= 4 && deadly.length <= 30);
  for (const { seed, faults } of deadly) {
    t.true('jobs' in (shapeOf(seed, 30).load as object));
    t.is(new Set(faults.map((fault) => 'peer' in fault && fault.peer)).size, faults.length);
  }
});

test('in some rooms peers are connected to few others', (t) => {
  const shapes = Array.from({ length: 100 }, (_, seed) => shapeOf(seed, 30));
  const sparse = shapes.filter(({ settings }) => 'membership' in (settings as object));
  t.true(sparse.length >= 5 && sparse.length <= 25);
});
