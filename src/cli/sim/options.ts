import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { closest } from 'fastest-levenshtein';
import { CONTENDERS, type ContenderName } from '../../../sim/result.ts';
import { loadScenario, shippedScenarios } from '../../../sim/scenario/load.ts';
import { scaled } from '../../../sim/scenario/scale.ts';
import type { Scenario } from '../../../sim/scenario/schema.ts';
import { errorCode } from '../../core/errors.ts';
import { nearestName } from '../../projects/metadata.ts';
import { NamedFileError, UsageError } from '../failure.ts';
import { printable } from '../table.ts';

/** What commander makes of the command line of `sim`; absent where an option was not given. */
export type GivenSimOptions = Partial<SimOptions>;

/** The same with the defaults. */
export interface SimOptions {
  readonly json?: true;
  readonly list?: true;
  readonly peers?: number;
  readonly seed: number;
  readonly seeds: number;
  readonly policy?: string;
  /** Simulated ms. */
  readonly until?: number;
  readonly compare?: true;
  readonly report?: string;
}

/** Runs of one command at most: each leaves its figures. */
const MAX_SEEDS = 10_000;

/**
 * The scenario of that name or in that file.
 *
 * @throws UsageError where there is none, naming the nearest, or where it is wrong or cannot have so many peers, naming
 * the place and what would be right
 */
export async function findScenario(
  nameOrPath: string,
  { peers, until }: Pick<SimOptions, 'peers' | 'until'>,
): Promise<Scenario> {
  const names = shippedScenarios();
  const isPath = !names.includes(nameOrPath) && /[./\\]/.test(nameOrPath);
  if (isPath) await checkFile(nameOrPath, names);
  else if (!names.includes(nameOrPath)) throw unknownName(nameOrPath, names);
  try {
    const scenario = await loadScenario(nameOrPath);
    scaled(scenario, {
      ...(peers !== undefined && { peers }),
      ...(until !== undefined && { untilMs: until }),
    });
    return scenario;
  } catch (cause) {
    if (errorCode(cause) !== 'CONFIG_INVALID') throw cause;
    throw new NamedFileError(cause);
  }
}

function unknownName(name: string, names: readonly string[]): UsageError {
  const nearest = names.find((one) => name !== '' && one.startsWith(name)) ?? closest(name, names);
  return new UsageError(
    `there is no scenario "${printable(name)}": did you mean "${nearest}"? ` +
      '"gismesh sim --list" shows all; a file is named by its path, such as ./office.yaml',
  );
}

async function checkFile(file: string, names: readonly string[]): Promise<void> {
  const isThere = await realpath(file).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  const { dir, base, name } = path.parse(file);
  const files = await readdir(dir || '.').catch(() => []);
  const beside = nearestName(
    base,
    files.filter((one) => /\.ya?ml$/.test(one)),
  );
  const hint = beside || nearestName(name, names) || '; "gismesh sim --list" shows those that come along';
  throw new UsageError(`there is no file ${printable(file + hint)}`);
}

/** @throws UsageError where something is asked for that a scenario has to be played for, and none is named */
export function checkScenarioNamed({ json: _json, ...ofScenario }: GivenSimOptions): void {
  const [option] = Object.keys(ofScenario);
  if (option === undefined) return;
  throw new UsageError(
    `--${option} is of a scenario, and none is named: "gismesh sim classroom-30 --${option} ...", ` +
      'or a file by its path; "gismesh sim --list" shows all',
  );
}

/** @throws UsageError where there is no such policy, naming the nearest */
export function policyOf(name: string): ContenderName {
  const found = CONTENDERS.find((known) => known === name);
  if (found) return found;
  throw new UsageError(
    `there is no policy "${printable(name)}": did you mean "${closest(name.toLowerCase(), CONTENDERS)}"? ` +
      `There are ${CONTENDERS.join(', ')}`,
  );
}

/** @throws UsageError where there are too many, or they are beyond what numbers can tell apart */
export function seedsOf({ seed, seeds }: Pick<SimOptions, 'seed' | 'seeds'>): number[] {
  if (seeds > MAX_SEEDS) throw new UsageError(`--seeds ${seeds} are too many: the most is ${MAX_SEEDS}`);
  const most = Number.MAX_SAFE_INTEGER - seeds + 1;
  if (seed > most) {
    throw new UsageError(`--seed ${seed} with --seeds ${seeds} is too large: the nearest is --seed ${most}`);
  }
  return Array.from({ length: seeds }, (_, index) => seed + index);
}
