import type { PlacementPolicy, PolicyName } from '../placement.ts';
import { type BidPolicyOptions, bidPolicy } from './bid.ts';
import { randomPolicy, rendezvousPolicy, roundRobinPolicy } from './blind.ts';
import { leastLoadPolicy, twoChoicesPolicy, twoChoicesStalePolicy } from './least-load.ts';
import { type PrequalOptions, prequalPolicy } from './prequal.ts';

export interface PolicyOptions {
  readonly bid: BidPolicyOptions;
  readonly prequal: PrequalOptions;
}

/** A policy with state of its own: one per front door. `random` is uniform in [0, 1). */
export function createPolicy(
  name: PolicyName,
  random: () => number,
  options: PolicyOptions,
): PlacementPolicy {
  switch (name) {
    case 'bid':
      return bidPolicy(options.bid);
    case 'random':
      return randomPolicy(random);
    case 'round-robin':
      return roundRobinPolicy(random);
    case 'least-load':
      return leastLoadPolicy(random);
    case 'two-choices':
      return twoChoicesPolicy(random);
    case 'two-choices-stale':
      return twoChoicesStalePolicy(random);
    case 'prequal':
      return prequalPolicy(random, options.prequal);
    case 'rendezvous':
      return rendezvousPolicy();
  }
}
