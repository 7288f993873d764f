// Plants one mistake in this process and plays seeds until a checker finds it: `<mutation> <first seed> <last seed>`.
import { plant } from '../sim/mutations/plant.ts';

const [name = '', first, last] = process.argv.slice(2);
const { jobsAlone } = plant(name);
// Only now: what is loaded from here on has the mistake in it.
const { DEFAULTS, outcomeOf } = await import('../sim/swarm/swarm.ts');
const { hasJobs } = await import('../sim/swarm/scenario.ts');
for (let seed = Number(first); seed <= Number(last); seed += 1) {
  // Played like that without the mistake, message for message.
  if (jobsAlone && !hasJobs(seed, DEFAULTS.peers)) continue;
  const { violations } = await outcomeOf(seed, { ...DEFAULTS, twice: false });
  if (violations.length === 0) continue;
  const checkers = [...new Set(violations.map(({ checker }) => checker))];
  console.log(JSON.stringify({ seed, checkers, message: violations[0]!.message.split('\n')[0] }));
  process.exit();
}
console.log(JSON.stringify({}));
