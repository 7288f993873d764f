import test from 'ava';
import type { Fault } from '../../../sim/faults/fault.ts';
import { regressionOf } from '../../../sim/swarm/regressions.ts';
import { caseOf, shapeOf } from '../../../sim/swarm/scenario.ts';
import { DEFAULTS, swarm } from '../../../sim/swarm/swarm.ts';

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

test('some rooms are busy, and nothing fails in them in the first half', (t) => {
  const seeds = Array.from({ length: 100 }, (_, seed) => seed);
  const busy = seeds.filter((seed) => 'ofCapacity' in (shapeOf(seed, 30).load as object));
  t.true(busy.length >= 2 && busy.length <= 15);
  for (const seed of busy) {
    const { faults, faultyMs } = caseOf(seed, DEFAULTS);
    t.true(faults.every(({ atMs }) => atMs >= faultyMs / 2));
  }
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
