import { existsSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { CONTENDERS, type ContenderName } from '../../../sim/result.ts';
import { loadScenario, shippedScenarios } from '../../../sim/scenario/load.ts';
import type { Scenario } from '../../../sim/scenario/schema.ts';
import { UsageError } from '../failure.ts';

/** What commander makes of the command line of `sim`; absent where an option was not given. */
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

/** @throws UsageError where there is no such scenario or file, naming the nearest */
export async function findScenario(nameOrPath: string): Promise<Scenario> {
  const names = shippedScenarios();
  if (names.includes(nameOrPath)) return await loadScenario(nameOrPath);
  if (existsSync(nameOrPath) && /[./\\]/.test(nameOrPath)) return await loadScenario(nameOrPath);
  throw new UsageError(
    `there is no scenario "${nameOrPath}": did you mean "${closest(nameOrPath, names)}"? ` +
      '"gismesh sim --list" shows all; a file is named by its path',
  );
}

/** @throws UsageError where there is no such policy, naming the nearest */
export function policyOf(name: string): ContenderName {
  const found = CONTENDERS.find((known) => known === name);
  if (found) return found;
  throw new UsageError(
    `there is no policy "${name}": did you mean "${closest(name, CONTENDERS)}"? There are ${CONTENDERS.join(', ')}`,
  );
}
