import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { faultSchema } from '../scenario/fault-schema.ts';
import { type Case, shrink } from '../shrink.ts';
import { shapeOf } from './scenario.ts';
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
  /** Kept too: what seeds mean changes with the swarm. */
  shape: z.looseObject({
    projects: z.strictObject({
      count: z.int().min(1),
      holders: z.union([z.literal('all'), z.int().min(1)]),
      warm: z.int().min(1),
    }),
  }),
  /** What it broke when it was found. */
  found: z.strictObject({ checker: z.string(), message: z.string() }),
});

/** A case that once failed, made small. */
export type Regression = Case & Pick<z.output<typeof regressionSchema>, 'found'>;

export function readRegressions(file = FILE): Regression[] {
  return z.array(regressionSchema).parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Keeps a case; one that is kept already becomes the newest. */
export function keepRegression(regression: Regression, file = FILE): void {
  const name = nameOf(regressionSchema.parse(regression));
  const others = readRegressions(file).filter((other) => nameOf(other) !== name);
  writeFileSync(file, `${JSON.stringify([...others, regression].slice(-MAX_KEPT), undefined, 2)}\n`);
}

function nameOf(regression: Regression): string {
  return JSON.stringify(caseIn(regression));
}

export function caseIn({ found: _found, ...played }: Regression): Case {
  return played;
}

/** Makes a failing case small; it has to go on breaking the same promise. Rejects when it does not break it. */
export async function regressionOf(failing: Case, checker: string, maxRuns: number): Promise<Regression> {
  const twice = checker === 'determinism';
  const firstOf = async (candidate: Case) =>
    (await broken(candidate, { twice })).find((violation) => violation.checker === checker);
  const shaped = { shape: shapeOf(failing.seed, failing.peers), ...failing };
  const small = await shrink(shaped, async (candidate) => (await firstOf(candidate)) !== undefined, maxRuns);
  const found = await firstOf(small);
  if (!found) throw new Error(`seed ${failing.seed} does not break what "${checker}" watches`);
  return {
    ...small,
    scenario: 'swarm',
    shape: small.shape ?? shaped.shape,
    found: { checker, message: found.message },
  };
}
