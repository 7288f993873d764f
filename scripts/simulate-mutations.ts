/**
 * Whether the swarm would find mistakes: plants each one in a process of its own and plays seeds until a checker
 * says so. `node scripts/simulate-mutations.ts [mutation ...]`; ends with 1 when one is not found.
 */
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { MUTATIONS } from '../sim/mutations/catalogue.ts';
import { DEFAULTS, outcomeOf } from '../sim/swarm/swarm.ts';

const MOST_SEEDS = 200;

interface Found {
  readonly seed?: number;
  readonly checker?: string;
  readonly message?: string;
}

const run = promisify(execFile);
const chosen = process.argv.slice(2);
const waiting = MUTATIONS.filter(({ name }) => chosen.length === 0 || chosen.includes(name));
let missed = 0;
console.log('mutation                 seeds  checker      what it saw');
await Promise.all(Array.from({ length: os.availableParallelism() }, () => work()));
console.log(missed === 0 ? 'all found' : `${missed} not found`);
process.exitCode = missed > 0 ? 1 : 0;

async function work(): Promise<void> {
  for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
    const { seed, checker = 'NOT FOUND', message = '' } = await seek(mutation.name);
    if (seed === undefined) missed += 1;
    const seeds = String(seed ?? MOST_SEEDS).padStart(5);
    console.log(`${mutation.name.padEnd(24)} ${seeds}  ${checker.padEnd(12)} ${message}`);
  }
}

/** The first seed that is broken by the mistake, not without it. */
async function seek(mutation: string): Promise<Found> {
  const script = path.join(import.meta.dirname, 'simulate-mutation.ts');
  for (let first = 1; first <= MOST_SEEDS; ) {
    const { stdout } = await run(process.execPath, [script, mutation, String(first), String(MOST_SEEDS)]);
    const found = JSON.parse(stdout) as Found;
    if (found.seed === undefined) break;
    const { violations } = await outcomeOf(found.seed, { ...DEFAULTS, twice: false });
    if (!violations.some(({ checker }) => checker === found.checker)) return found;
    first = found.seed + 1;
  }
  return {};
}
