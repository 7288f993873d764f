/**
 * Whether the swarm would find mistakes: plants each one in a process of its own and plays seeds until a checker
 * says so. `node scripts/simulate-mutations.ts [mutation ...]`; ends with 1 when one is not found.
 *
 * How far each has come goes to a log (`--log`), so that it goes on where it was interrupted, or where `--minutes`
 * ended it. Begin another log after a change of the code.
 */
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { MUTATIONS } from '../sim/mutations/catalogue.ts';
import { DEFAULTS, outcomeOf } from '../sim/swarm/swarm.ts';
import { wholeNumber } from './whole-number.ts';

const MOST_SEEDS = 200;
/** Seeds played by one process, and lost when it is interrupted. */
const SEEDS_AT_A_TIME = 10;

interface Found {
  readonly seed?: number;
  readonly checkers?: readonly string[];
  readonly message?: string;
}

/** A line of the log: every seed up to this one has been played, and the last of them is what `found` tells of. */
interface Progress {
  readonly mutation: string;
  readonly played: number;
  readonly found?: Found;
}

const command = new Command('simulate-mutations')
  .description(
    'Whether the swarm would find mistakes: plants them and plays seeds; ends with 1 when one is not found.',
  )
  .argument('[mutation...]', `some of ${MUTATIONS.map(({ name }) => name).join(', ')}; otherwise all`)
  .option('--log <file>', 'how far each has come: it goes on from there', '.cache/simulate-mutations.jsonl')
  .option('--minutes <number>', 'ends it by then', wholeNumber)
  .option('--workers <number>', 'mutations looked for at a time', wholeNumber, os.availableParallelism())
  .parse();
const values = command.opts<{ log: string; minutes?: number; workers: number }>();
const unknown = command.args.filter((name) => !MUTATIONS.some((mutation) => mutation.name === name));
if (unknown.length > 0)
  command.error(`error: there is no mutation ${unknown.join(', ')}; --help names them all`);
const run = promisify(execFile);
const endsAtMs = performance.now() + (values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
const chosen = MUTATIONS.filter(({ name }) => command.args.length === 0 || command.args.includes(name));
const progress = readLog(values.log);
const waiting = chosen.map(({ name }) => name).filter((name) => !isDone(name));
await Promise.all(Array.from({ length: values.workers }, () => work()));
printTable();

async function work(): Promise<void> {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    while (!isDone(name) && performance.now() < endsAtMs) note(await seek(name, playedOf(name) + 1));
  }
}

/** Plays the next few seeds; a seed counts that is broken by the mistake, and not without it. */
async function seek(mutation: string, first: number): Promise<Progress> {
  const script = path.join(import.meta.dirname, 'simulate-mutation.ts');
  const last = Math.min(first + SEEDS_AT_A_TIME - 1, MOST_SEEDS);
  const { stdout } = await run(process.execPath, [script, mutation, String(first), String(last)]);
  const found = JSON.parse(stdout) as Found;
  if (found.seed === undefined) return { mutation, played: last };
  const { violations } = await outcomeOf(found.seed, { ...DEFAULTS, twice: false });
  const isBroken = violations.some(({ checker }) => found.checkers?.includes(checker));
  return { mutation, played: found.seed, ...(!isBroken && { found }) };
}

function note(line: Progress): void {
  progress.set(line.mutation, line);
  mkdirSync(path.dirname(values.log), { recursive: true });
  appendFileSync(values.log, `${JSON.stringify(line)}\n`);
}

function playedOf(name: string): number {
  return progress.get(name)?.played ?? 0;
}

function isDone(name: string): boolean {
  return progress.get(name)?.found !== undefined || playedOf(name) >= MOST_SEEDS;
}

function printTable(): void {
  console.log('mutation                 seeds  checkers, and what the first of them saw');
  for (const { name } of chosen) {
    const { found, played = 0 } = progress.get(name) ?? {};
    const checkers = found?.checkers?.join(', ') ?? (played < MOST_SEEDS ? 'not yet' : 'NOT FOUND');
    const seeds = String(found?.seed ?? played).padStart(5);
    const saw = found?.message === undefined ? '' : `: ${found.message}`;
    console.log(`${name.padEnd(24)} ${seeds}  ${checkers}${saw}`);
  }
  const left = chosen.filter(({ name }) => progress.get(name)?.found === undefined).length;
  console.log(left === 0 ? 'all found' : `${left} not found`);
  process.exitCode = left > 0 ? 1 : 0;
}

function readLog(file: string): Map<string, Progress> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
  const whole = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line) as Progress);
  return new Map(whole.map((line) => [line.mutation, line]));
}
