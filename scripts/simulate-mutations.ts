/**
 * Whether the swarm would find mistakes: plants each one in a process of its own and plays seeds until a checker
 * says so. `node scripts/simulate-mutations.ts [mutation ...]`; ends with 1 when one is not found.
 */
import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { MUTATIONS } from '../sim/mutations/catalogue.ts';

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
    const script = path.join(import.meta.dirname, 'simulate-mutation.ts');
    const { stdout } = await run(process.execPath, [script, mutation.name, String(MOST_SEEDS)]);
    const { seed, checker = 'NOT FOUND', message = '' } = JSON.parse(stdout) as Found;
    if (seed === undefined) missed += 1;
    const seeds = String(seed ?? MOST_SEEDS).padStart(5);
    console.log(`${mutation.name.padEnd(24)} ${seeds}  ${checker.padEnd(12)} ${message}`);
  }
}
