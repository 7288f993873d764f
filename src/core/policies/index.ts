import type { PlacementPolicy, PolicyName } from '../placement.ts';
import { type BidPolicyOptions, bidPolicy } from './bid.ts';

export interface PolicyOptions {
  readonly bid: BidPolicyOptions;
}

/** `random` is uniform in [0, 1). */
export function createPolicy(
  name: PolicyName,
  _random: () => number,
  options: PolicyOptions,
): PlacementPolicy {
  switch (name) {
    case 'bid':
      return bidPolicy(options.bid);
    default:
      throw new Error(`policy ${name} is not there yet`);
  }
}
