import { readFileSync } from 'node:fs';
import test from 'ava';
import { MUTATIONS } from '../../../sim/mutations/catalogue.ts';
import { mutated, plant } from '../../../sim/mutations/plant.ts';

for (const mutation of MUTATIONS) {
  test(`${mutation.name} can be planted: its snippet stands where it says`, (t) => {
    const source = readFileSync(mutation.file, 'utf8');
    const planted = mutated(mutation, source);
    t.not(planted, source);
    t.is(planted.split(mutation.replace).length > 1, true);
  });
}

test('a snippet that is no longer there, or stands there twice, is no mutation', (t) => {
  const mutation = { name: 'm', what: '', file: 'a.ts', find: 'x = 1', replace: 'x = 2' };
  t.is(mutated(mutation, 'const x = 1;'), 'const x = 2;');
  t.throws(() => mutated(mutation, 'const x = 3;'), { message: /stands 0 times in a.ts/ });
  t.throws(() => mutated(mutation, 'const x = 1, xx = 1;'), { message: /stands 2 times/ });
  t.throws(() => plant('nonsense'), { message: /no mutation nonsense/ });
});

test('what is loaded after planting has the mistake in it; a checker finds it, and its case is made small', async (t) => {
  plant('stale-reservation');
  const { DEFAULTS, outcomeOf } = await import('../../../sim/swarm/swarm.ts');
  const { caseOf } = await import('../../../sim/swarm/scenario.ts');
  const { regressionOf } = await import('../../../sim/swarm/regressions.ts');
  const small = { ...DEFAULTS, peers: 6, faultyMs: 25_000, twice: false };
  let seed = 0;
  let found: string | undefined;
  while (seed < 20 && !found) {
    seed += 1;
    found = (await outcomeOf(seed, small)).violations[0]?.checker;
  }
  t.is(found, 'accounts');
  const failing = caseOf(seed, small);
  const regression = await regressionOf(failing, 'accounts', 12);
  t.is(regression.found.checker, 'accounts');
  t.true(regression.faults.length < failing.faults.length || regression.peers < failing.peers);
});
