import type { Candidate, PlacementPolicy } from '../placement.ts';
import { FALLBACKS, placeFirst, sample, usable } from './sampling.ts';

const byGossipedLoad = (a: Candidate, b: Candidate) => a.gossipedLoad - b.gossipedLoad;

/** The least load by gossip, ties at random. */
export function leastLoadPolicy(random: () => number): PlacementPolicy {
  return {
    name: 'least-load',
    learn() {},
    observe() {},
    next(_request, candidates) {
      const pool = usable(candidates);
      return placeFirst(sample(pool, pool.length, random).sort(byGossipedLoad), 'least load by gossip');
    },
  };
}

/** The less loaded of two random peers, by gossip (Mitzenmacher, "The power of two choices", 2001). */
export function twoChoicesStalePolicy(random: () => number): PlacementPolicy {
  return {
    name: 'two-choices-stale',
    learn() {},
    observe() {},
    next(_request, candidates) {
      const drawn = sample(usable(candidates), 2 + FALLBACKS, random);
      const pair = drawn.slice(0, 2).sort(byGossipedLoad);
      return placeFirst([...pair, ...drawn.slice(2)], 'lesser of two loads by gossip');
    },
  };
}

/** The one of two random peers that says it has fewer requests in flight when asked. */
export function twoChoicesPolicy(random: () => number): PlacementPolicy {
  return {
    name: 'two-choices',
    learn() {},
    observe() {},
    next(_request, candidates, bids) {
      if (candidates.length === 0) return placeFirst([], '');
      if (bids.length === 0) {
        return {
          kind: 'ask',
          peers: sample(usable(candidates), 2, random).map((candidate) => candidate.peer),
        };
      }
      const asked = new Set(bids.map((bid) => bid.peer));
      const answered = bids
        .filter((bid) => bid.expectedMs < Infinity)
        .sort((a, b) => a.inFlight - b.inFlight);
      const rest = usable(candidates).filter((candidate) => !asked.has(candidate.peer));
      return placeFirst([...answered, ...sample(rest, FALLBACKS, random)], 'fewer in flight of two');
    },
  };
}
