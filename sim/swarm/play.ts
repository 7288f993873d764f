import type { Violation } from '../checkers/checker.ts';
import { allCheckers } from '../checkers/index.ts';
import type { RunResult } from '../result.ts';
import { runScenario } from '../run.ts';
import type { Case } from '../shrink.ts';
import { scenarioOf } from './scenario.ts';

/** Plays a case with every checker watching. */
async function play(played: Case): Promise<RunResult> {
  const scenario = scenarioOf(played);
  const checkers = allCheckers(scenario, played.peers);
  return await runScenario(scenario, { seed: played.seed, checkers });
}

/** What a case breaks; `twice` also finds runs that are not a function of their seed. */
export async function violationsOf(
  played: Case,
  { twice }: { readonly twice: boolean },
): Promise<readonly Violation[]> {
  const { violations, traceHash, simulatedMs } = await play(played);
  if (!twice || violations.length > 0) return violations;
  const again = await play(played);
  if (again.traceHash === traceHash) return violations;
  const message = 'the same seed gave another course of events the second time';
  return [{ checker: 'determinism', atMs: simulatedMs, message }];
}
