import test from 'ava';
import { regressionOf } from '../../../sim/swarm/regressions.ts';
import { caseOf } from '../../../sim/swarm/scenario.ts';
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
