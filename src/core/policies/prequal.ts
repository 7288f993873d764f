import type { Bid, Candidate, PlacementPolicy } from '../placement.ts';
import { FALLBACKS, placeFirst, sample, usable } from './sampling.ts';

export interface PrequalOptions {
  /** Most probe answers kept. */
  readonly poolSize: number;
  /** Peers probed after each request. */
  readonly probesPerRequest: number;
  /** Answers older than this are dropped, ms. */
  readonly maxAgeMs: number;
  /** Peers with more requests in flight than this quantile of the pool are hot. */
  readonly hotQuantile: number;
  /** Requests placed by one answer before it is used up. */
  readonly maxUses: number;
}

interface Probe {
  readonly peer: string;
  readonly latencyMs: number;
  readonly receivedAtMs: number;
  inFlight: number;
  uses: number;
}

/**
 * Prequal (Wydrowski et al., "Load is not what you should balance", NSDI 2024): keeps a pool of recent probe
 * answers; among the peers that are not hot by requests in flight takes the lowest latency, else the least hot.
 */
export function prequalPolicy(random: () => number, options: PrequalOptions): PlacementPolicy {
  let pool: Probe[] = [];
  let dropOldest = false;

  const dropOne = (hot: (probe: Probe) => boolean) => {
    // The paper removes the oldest and the worst in turn, so that the pool is neither stale nor full of bad peers.
    dropOldest = !dropOldest;
    const worst = dropOldest ? pool[0] : [...pool].sort((a, b) => compare(b, a, hot))[0];
    pool = pool.filter((probe) => probe !== worst);
  };

  return {
    name: 'prequal',
    observe() {},
    learn(bids, nowMs) {
      for (const bid of bids) {
        pool = pool.filter((probe) => probe.peer !== bid.peer);
        if (bid.expectedMs < Infinity) pool.push(toProbe(bid, nowMs));
      }
      pool = pool.slice(-options.poolSize);
    },
    next(request, candidates) {
      const peers = usable(candidates);
      const known = new Set(peers.map((candidate) => candidate.peer));
      pool = pool.filter((probe) => {
        return known.has(probe.peer) && request.nowMs - probe.receivedAtMs <= options.maxAgeMs;
      });
      const probe = sample(peers, options.probesPerRequest, random).map((candidate) => candidate.peer);
      const step = placeFirst(choose(peers), 'best of the probe pool');
      return step.kind === 'place' ? { ...step, probe } : step;
    },
  };

  function choose(peers: readonly Candidate[]): Array<{ readonly peer: string }> {
    // Two answers are the least among which there is something to choose.
    if (pool.length < 2) return sample(peers, 1 + FALLBACKS, random);
    const threshold = quantile(
      pool.map((probe) => probe.inFlight),
      options.hotQuantile,
    );
    const hot = (probe: Probe) => probe.inFlight > threshold;
    const ordered = [...pool].sort((a, b) => compare(a, b, hot));
    const best = ordered[0]!;
    best.inFlight += 1;
    best.uses += 1;
    if (best.uses >= options.maxUses) pool = pool.filter((probe) => probe !== best);
    if (pool.length > 2) dropOne(hot);
    return ordered;
  }
}

function toProbe(bid: Bid, nowMs: number): Probe {
  return { peer: bid.peer, latencyMs: bid.expectedMs, receivedAtMs: nowMs, inFlight: bid.inFlight, uses: 0 };
}

/** The hot-cold lexicographic rule: cold before hot; the cold by latency, the hot by requests in flight. */
function compare(a: Probe, b: Probe, hot: (probe: Probe) => boolean): number {
  const aHot = hot(a);
  if (aHot !== hot(b)) return aHot ? 1 : -1;
  return aHot ? a.inFlight - b.inFlight : a.latencyMs - b.latencyMs;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
