/**
 * Which of the jobs that wait at a peer go to others. They were given to this peer by what was expected then: jobs
 * ran longer, others ended sooner, peers came. Times are ms from now on.
 */
import type { SlotDemand, SlotPlan } from './slot-plan.ts';

/** A job that waits for its turn at this peer. */
export interface WaitingJob extends SlotDemand {
  readonly id: string;
  /** The offers are for such a job, and it may go. */
  readonly isMovable: boolean;
}

/** Another peer says when it could have one such job done. */
export interface JobOffer {
  readonly peer: string;
  readonly expectedMs: number;
}

/** One job that goes. */
export interface Move {
  readonly job: string;
  readonly peer: string;
  /** The other peer has to decline when it cannot have it done within this after all. */
  readonly withinMs: number;
}

export interface RebalancingBounds {
  /** A job goes only to who has it done sooner by so much, */
  readonly leastGainMs: number;
  /** and by this share of the time that it would take here: expectations are not exact. */
  readonly leastGain: number;
}

/** By when another peer has to have a job done that would be done here within `expectedMs`. */
export function latestElsewhereMs(expectedMs: number, { leastGainMs, leastGain }: RebalancingBounds): number {
  return expectedMs - Math.max(leastGainMs, leastGain * expectedMs);
}

/**
 * Of the jobs that wait, in the order of their turn, the first that gain clearly, each with the lowest offer that is
 * left: a peer is given one at a time. `plan` holds what runs here, and what waits is added to it. No job that stays ends
 * later for it, and a job that has moved never gains by moving back unless what was expected was wrong.
 */
export function planMoves(
  plan: SlotPlan,
  waiting: readonly WaitingJob[],
  offers: readonly JobOffer[],
  bounds: RebalancingBounds,
): Move[] {
  const left = offers.toSorted((a, b) => a.expectedMs - b.expectedMs);
  const moves: Move[] = [];
  for (const job of waiting) {
    const [offer] = left;
    const withinMs = latestElsewhereMs(plan.waitMs(job) + job.serviceMs, bounds);
    if (job.isMovable && offer !== undefined && offer.expectedMs <= withinMs) {
      left.shift();
      moves.push({ job: job.id, peer: offer.peer, withinMs });
    } else {
      plan.add(job);
    }
  }
  return moves;
}
