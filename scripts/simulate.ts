/** The part of the swarm that every change has to pass: the same few seeds, each played twice. */
import { DEFAULTS, swarm } from '../sim/swarm/swarm.ts';

const SEEDS = 10;

const seeds = Array.from({ length: SEEDS }, (_, index) => index + 1);
const outcomes = await swarm(seeds, DEFAULTS, ({ seed, violations, tookMs }) => {
  console.log(`seed ${seed}: ${violations.length === 0 ? 'clean' : 'FAILED'} in ${tookMs} ms`);
  for (const { checker, atMs, message } of violations) {
    console.log(`  ${checker} at ${Math.round(atMs)} ms: ${message}`);
  }
});
const failed = outcomes.filter(({ violations }) => violations.length > 0).length;
console.log(`${outcomes.length - failed} seeds of ${DEFAULTS.peers} peers clean, ${failed} not`);
process.exitCode = failed > 0 ? 1 : 0;
