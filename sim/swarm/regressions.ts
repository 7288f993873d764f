import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { faultSchema } from '../scenario/fault-schema.ts';
import { type Case, shrink } from '../shrink.ts';
import { broken } from './swarm.ts';

const FILE = path.resolve(import.meta.dirname, '../regressions.json');

/** `npm test` replays them all: the oldest go when there are more. */
const MAX_KEPT = 40;

const regressionSchema = z.strictObject({
  scenario: z.literal('swarm'),
  seed: z.int().min(0),
  peers: z.int().min(1),
  faultyMs: z.number().positive(),
  faults: z.array(faultSchema),
  /** What it broke when it was found. */
  found: z.strictObject({ checker: z.string(), message: z.string() }),
});

/** A case that once failed, made small. */
export type Regression = Case & Pick<z.output<typeof regressionSchema>, 'found'>;

export function readRegressions(file = FILE): Regression[] {
  return z.array(regressionSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps a case, unless it is kept already. */
export function keepRegression(regression: Regression, file = FILE): void {
  const kept = readRegressions(file).filter(
    (other) => JSON.stringify(caseIn(other)) !== JSON.stringify(caseIn(regression)),
  );
  const all = [...kept, regression].slice(-MAX_KEPT);
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

export function caseIn({ found: _found, ...played }: Regression): Case {
  return played;
}

/** Makes a failing case small; it has to go on breaking the same promise. Rejects when it does not break it. */
export async function regressionOf(failing: Case, checker: string, maxRuns: number): Promise<Regression> {
  const twice = checker === 'determinism';
  const firstOf = async (candidate: Case) =>
    (await broken(candidate, { twice })).find((violation) => violation.checker === checker);
  const small = await shrink(failing, async (candidate) => (await firstOf(candidate)) !== undefined, maxRuns);
  const found = await firstOf(small);
  if (!found) throw new Error(`seed ${failing.seed} does not break what "${checker}" watches`);
  return {
    ...small,
    scenario: 'swarm',
    found: { checker, message: found.message },
  };
}
