import type { Candidate, PlacementStep } from '../placement.ts';

/** The candidates without the failing ones, or all of them when none is healthy. */
export function usable(candidates: readonly Candidate[]): readonly Candidate[] {
  const healthy = candidates.filter((candidate) => !candidate.failing);
  return healthy.length > 0 ? healthy : candidates;
}

/** Up to `count` different items drawn uniformly, in the order drawn (Fisher and Yates). */
export function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const pool = [...items];
  const size = Math.min(count, pool.length);
  for (let i = 0; i < size; i += 1) {
    const j = i + Math.floor(random() * (pool.length - i));
    [pool[i], pool[j]] = [pool[j]!, pool[i]!];
  }
  return pool.slice(0, size);
}

/** Peers to fall back on, after the one chosen. */
export const FALLBACKS = 3;

const NOBODY: PlacementStep = {
  kind: 'refuse',
  reason: 'no living peer holds this project with a matching engine',
};

/** Places on the first of `ordered`, with the next ones to fall back on. */
export function placeFirst(ordered: readonly { readonly peer: string }[], reason: string): PlacementStep {
  const [first, ...others] = ordered;
  if (first === undefined) return NOBODY;
  return {
    kind: 'place',
    peer: first.peer,
    others: others.slice(0, FALLBACKS).map((candidate) => candidate.peer),
    reason,
  };
}
