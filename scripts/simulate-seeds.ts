// Plays seeds of the swarm that its parent process sends, one after the other, and answers with each outcome.
import { outcomeOf, type SeedOptions } from '../sim/swarm/swarm.ts';

process.on('message', async ({ seed, options }: { seed: number; options: SeedOptions }) => {
  process.send?.(await outcomeOf(seed, options));
});
process.on('disconnect', () => process.exit());
