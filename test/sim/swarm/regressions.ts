import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { caseIn, keepRegression, type Regression, readRegressions } from '../../../sim/swarm/regressions.ts';
import { broken } from '../../../sim/swarm/swarm.ts';
import { temporaryFolder } from '../../data/helpers/temporary-folder.ts';

for (const regression of readRegressions()) {
  const { seed, peers, found } = regression;
  test(`what seed ${seed} with ${peers} peers once broke stays mended: ${found.message}`, async (t) => {
    t.deepEqual(await broken(caseIn(regression), { twice: found.checker === 'determinism' }), []);
  });
}

test('a regression is kept once, and the oldest go when there are many', async (t) => {
  const file = path.join(await temporaryFolder(t), 'regressions.json');
  writeFileSync(file, '[]');
  const regression = (seed: number): Regression => ({
    scenario: 'swarm',
    seed,
    peers: 3,
    faultyMs: 20_000,
    shape: { projects: { count: 1, holders: 'all', warm: 2 }, load: { perUserPerSecond: 1 } },
    faults: [{ kind: 'kill', atMs: 12_000, peer: 1, downMs: 500 }],
    found: { checker: 'requests', message: `what seed ${seed} broke` },
  });
  for (let seed = 1; seed <= 50; seed += 1) keepRegression(regression(seed), file);
  keepRegression(regression(20), file);
  const kept = readRegressions(file);
  t.is(kept.length, 40);
  t.deepEqual(kept.at(-1), regression(20));
  t.is(kept.filter(({ seed }) => seed === 20).length, 1);
  t.is(kept[0]!.seed, 11);
});
