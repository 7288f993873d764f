import type { PlacementPolicy, PolicyName } from '../placement.ts';
import { type BidPolicyOptions, bidPolicy } from './bid.ts';
import { randomPolicy, rendezvousPolicy, roundRobinPolicy } from './blind.ts';
import { type CircleOptions, Circles } from './circles.ts';
import { leastLoadPolicy, twoChoicesPolicy, twoChoicesStalePolicy } from './least-load.ts';
import { OpenProjects, type OpenProjectsOptions } from './open-projects.ts';
import { type PrequalOptions, prequalPolicy } from './prequal.ts';

export interface PolicyOptions {
  readonly circles: CircleOptions;
  readonly bid: BidPolicyOptions;
  readonly open: OpenProjectsOptions;
  readonly prequal: PrequalOptions;
}

/**
 * A policy with state of its own: one per front door. `random` is uniform in [0, 1); `circles` are those that this
 * peer hears of.
 */
export function createPolicy(
  name: PolicyName,
  random: () => number,
  options: PolicyOptions,
  circles = new Circles(options.circles),
  open = new OpenProjects(options.open),
): PlacementPolicy {
  switch (name) {
    case 'bid':
      return bidPolicy(options.bid, circles, open);
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
