/**
 * Plays many seeds of the swarm on all cores: `node scripts/simulate-nightly.ts --seeds 1000`.
 *
 * Outcomes go to a log (`--log`), a line each; seeds that are in it already are not played again, so that an
 * interrupted night goes on where it stopped. Begin another log after a change of the code. Failing seeds are made
 * small and kept in `sim/regressions.json` with `--keep`. Ends with 1 when any seed failed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { keepRegression, regressionOf } from '../sim/swarm/regressions.ts';
import { caseOf } from '../sim/swarm/scenario.ts';
import { DEFAULTS, type Outcome, type SeedOptions } from '../sim/swarm/swarm.ts';
import { wholeNumber } from './whole-number.ts';

const SHRINKING_RUNS = 150;

const values = new Command('simulate-nightly')
  .description('Plays many seeds of the swarm on all cores; ends with 1 when any seed failed.')
  .option('--seeds <number>', 'how many', wholeNumber, 1000)
  .option('--from <seed>', 'the first one', wholeNumber, 1)
  .option('--peers <number>', 'in each room', wholeNumber, DEFAULTS.peers)
  .option('--once', 'each seed once, instead of twice with traces compared', false)
  .option('--workers <number>', 'seeds played at a time', wholeNumber, os.availableParallelism())
  .option(
    '--log <file>',
    'outcomes, a line each; seeds in it are not played again',
    '.cache/simulate-nightly.jsonl',
  )
  .option('--keep', 'makes failing seeds small and keeps them in sim/regressions.json', false)
  .parse()
  .opts<{
    seeds: number;
    from: number;
    peers: number;
    once: boolean;
    workers: number;
    log: string;
    keep: boolean;
  }>();
const options: SeedOptions = { ...DEFAULTS, peers: values.peers, twice: !values.once };
const wanted = Array.from({ length: values.seeds }, (_, index) => values.from + index);

const outcomes = new Map(readLog(values.log).map((outcome) => [outcome.seed, outcome]));
const waiting = wanted.filter((seed) => !outcomes.has(seed));
console.log(
  `${wanted.length} seeds of ${options.peers} peers, ${wanted.length - waiting.length} of them in the log`,
);
const begunMs = performance.now();
await Promise.all(Array.from({ length: values.workers }, () => work()));
const failed = wanted
  .flatMap((seed) => outcomes.get(seed) ?? [])
  .filter(({ violations }) => violations.length > 0);
report();
for (const { seed, violations } of failed) await explain(seed, violations[0]!.checker);
process.exitCode = failed.length > 0 ? 1 : 0;

/** One worker process, until no seed is left. */
async function work(): Promise<void> {
  const child = fork(path.join(import.meta.dirname, 'simulate-seeds.ts'));
  for (let seed = waiting.shift(); seed !== undefined; seed = waiting.shift()) {
    const outcome = await playAt(child, seed);
    outcomes.set(seed, outcome);
    mkdirSync(path.dirname(values.log), { recursive: true });
    appendFileSync(values.log, `${JSON.stringify(outcome)}\n`);
    for (const { checker, atMs, message } of outcome.violations.slice(0, 3)) {
      console.log(`seed ${seed}: ${checker} at ${Math.round(atMs)} ms: ${message}`);
    }
    if (outcomes.size % 50 === 0) report();
  }
  child.disconnect();
}

function playAt(child: ChildProcess, seed: number): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const onExit = () => reject(new Error(`the worker that played seed ${seed} ended`));
    child.once('exit', onExit);
    child.once('message', (outcome) => {
      child.off('exit', onExit);
      resolve(outcome as Outcome);
    });
    child.send({ seed, options });
  });
}

function report(): void {
  const done = wanted.flatMap((seed) => outcomes.get(seed) ?? []);
  const clean = done.filter(({ violations }) => violations.length === 0).length;
  const meanMs = done.reduce((sum, { tookMs }) => sum + tookMs, 0) / Math.max(1, done.length);
  const minutes = (performance.now() - begunMs) / 60_000;
  console.log(
    `${done.length} seeds, ${clean} clean, ${done.length - clean} not; ${(meanMs / 1000).toFixed(1)} s a seed, ${minutes.toFixed(1)} min`,
  );
}

async function explain(seed: number, checker: string): Promise<void> {
  if (!values.keep || checker === 'no-exception') return;
  const small = await regressionOf(caseOf(seed, options), checker, SHRINKING_RUNS);
  keepRegression(small);
  console.log(`seed ${seed} is kept with ${small.peers} peers and ${small.faults.length} faults`);
}

function readLog(file: string): Outcome[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Outcome);
}
