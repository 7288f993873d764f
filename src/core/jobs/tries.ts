import type { JobOffer } from './rebalancing.ts';

/** A peer that is asked to execute a job. */
export interface Try {
  readonly peer: string;
  /** It has to decline when it cannot have it done within so many ms any more: the next one has it done sooner. */
  readonly withinMs: number;
}

/** What a bid may be late by before the next one counts: another round trip has to be worth it. */
const SLACK_MS = 100;
const SLACK = 0.2;

/**
 * The bidders in order, the lowest bid first. Several front doors may have taken the same peer for idle at the same
 * moment: whoever comes second is told so, and goes on to the next. The last one takes the job in any case.
 */
export function triesOf(bids: readonly JobOffer[]): Try[] {
  return bids.map(({ peer }, at) => {
    const next = bids[at + 1];
    const withinMs = next ? next.expectedMs + Math.max(SLACK_MS, SLACK * next.expectedMs) : Infinity;
    return { peer, withinMs };
  });
}
