import type { Violation } from '../checkers/checker.ts';
import type { Case } from '../shrink.ts';
import { violationsOf } from './play.ts';
import { caseOf, type SwarmOptions } from './scenario.ts';

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  /** Empty: clean. */
  readonly violations: readonly Violation[];
  /** Real time, ms. */
  readonly tookMs: number;
}

export interface SeedOptions extends SwarmOptions {
  /** Plays each seed a second time, to find what is no function of the seed. */
  readonly twice: boolean;
}

export const DEFAULTS: SeedOptions = { peers: 30, faultyMs: 60_000, twice: true };

/** Plays one seed. An error of the simulation itself is a violation too: some production code threw it. */
export async function outcomeOf(seed: number, options: SeedOptions): Promise<Outcome> {
  const begunMs = performance.now();
  const violations = await broken(caseOf(seed, options), options);
  return { seed, violations, tookMs: Math.round(performance.now() - begunMs) };
}

/** What a case breaks, a thrown error included. */
export async function broken(
  played: Case,
  options: { readonly twice: boolean },
): Promise<readonly Violation[]> {
  try {
    return await violationsOf(played, options);
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return [{ checker: 'no-exception', atMs: 0, message }];
  }
}

/** Plays seed after seed; `onOutcome` hears of each. */
export async function swarm(
  seeds: Iterable<number>,
  options: SeedOptions,
  onOutcome: (outcome: Outcome) => void = () => {},
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) {
    const outcome = await outcomeOf(seed, options);
    outcomes.push(outcome);
    onOutcome(outcome);
  }
  return outcomes;
}
