/**
 * Where to run one request: the step-by-step form that every placement policy has, so that the node and the
 * simulator drive the same code. A policy sees candidates and bids, says whom to ask and whom to choose, and
 * does nothing itself.
 *
 * The driver's part: an `ask` ends with one bid per asked peer (a silent peer's is `Infinity`); a `place` with
 * `probe` asks those peers after the request is on its way, reserving nothing, and hands what comes to `learn`.
 * Only policies that keep a pool of earlier answers (Prequal) probe.
 */

/** A peer that could serve the request: alive, holds the exact bundle, engine matches, owner allows. */
export interface Candidate {
  readonly peer: string;
  readonly self: boolean;
  /** Workers, as last announced. */
  readonly slots: number;
  /** Running plus queued per slot as last gossiped; may be old. */
  readonly gossipedLoad: number;
  /** This front door's own unanswered requests there. */
  readonly inFlight: number;
  /** Recently failed requests: its bids count as infinite. */
  readonly failing: boolean;
  /** Smoothed round trip, ms. */
  readonly rttMs: number;
  /** There is a connection: in a large mesh one may have to be made first, which takes longer than most bids. */
  readonly connected: boolean;
}

export interface Bid {
  readonly peer: string;
  /** Expected finish from now, ms; Infinity: declined, failed or out of time. */
  readonly expectedMs: number;
  /** `cached`: it has the answer; `drawing`: it is being drawn there already. */
  readonly kind: 'draw' | 'cached' | 'drawing';
  /** Requests in flight there, for policies that look at it. */
  readonly inFlight: number;
}

export interface PlacementRequest {
  /** Rendezvous key: the metatile with its project. */
  readonly affinity: string;
  /**
   * What a peer must have open to draw it without a cold start: the project's content hash. Requests of one
   * group are kept on few peers, as many as its load needs.
   */
  readonly group?: string;
  /** How often nobody made a bid for it; absent: never. */
  readonly round?: number;
  /** Others wait because nobody would draw for them: only who may have the answer is worth a question. */
  readonly isBrief?: boolean;
  /** This request's service time on a warm idle worker, ms, as far as known here. */
  readonly warmMs: number;
  /** The front door's monotonic clock, for policies whose knowledge ages. */
  readonly nowMs: number;
}

export type PlacementStep =
  /** Ask these for bids (all at once) and call `next` with every bid received so far. */
  | {
      readonly kind: 'ask';
      readonly peers: readonly string[];
      /** Those of them that should open the request's project when they have nothing else to do; absent: any may. */
      readonly holders?: ReadonlySet<string>;
      /** Those of these that should open it in any case. */
      readonly openers?: ReadonlySet<string>;
    }
  /** Send it to `peer`; should that fail, to `others` in order. */
  | {
      readonly kind: 'place';
      readonly peer: string;
      readonly others: readonly string[];
      readonly reason: string;
      /** The project should be open on more peers: those that have it are busy, others have nothing to do. */
      readonly short?: boolean;
      /** Peers to ask for a bid off the request's path; their bids go to `learn`. */
      readonly probe?: readonly string[];
    }
  /** Nobody can. */
  | { readonly kind: 'refuse'; readonly reason: string };

export interface PlacementPolicy {
  readonly name: string;
  /**
   * The peer that keeps the claims on a drawing, the same for every front door as far as possible; without this the
   * first healthy one in the rendezvous order of the affinity.
   */
  home?(request: PlacementRequest, candidates: readonly Candidate[]): string | undefined;
  /**
   * `bids` holds all bids of this request so far, empty at first; terminates after a bounded number of asks.
   * `candidates` must stay the same from one step of a request to the next.
   */
  next(request: PlacementRequest, candidates: readonly Candidate[], bids: readonly Bid[]): PlacementStep;
  /** Told the bids that probed peers made, at the time they arrived. */
  learn(bids: readonly Bid[], nowMs: number): void;
  /** Told after every answered or failed request, for policies that learn. */
  observe(outcome: { readonly peer: string; readonly latencyMs: number; readonly failed: boolean }): void;
}

/** The product's own, and those that it is compared with. */
export const POLICY_NAMES = [
  'bid',
  'random',
  'round-robin',
  'least-load',
  'two-choices',
  'two-choices-stale',
  'prequal',
  'rendezvous',
] as const;

export type PolicyName = (typeof POLICY_NAMES)[number];
