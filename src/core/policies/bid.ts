import type { Bid, Candidate, PlacementPolicy, PlacementRequest, PlacementStep } from '../placement.ts';
import { rendezvousOrder } from '../rendezvous.ts';

export interface BidPolicyOptions {
  /** Peers asked at a time, this one included. */
  readonly candidates: number;
  /** Most peers asked for one request while there are bids at all. */
  readonly maxAsked: number;
  /** A best bid above this many times the warm service is dear: ask further peers. */
  readonly dearFactor: number;
}

/**
 * Synchronous bids: asks the peers that come first for the metatile, walks on along the rendezvous order while
 * the best bid is dear, and takes the lowest. The local peer always bids, for it costs nothing. Peers that
 * failed lately are asked only when nobody else can.
 */
export function bidPolicy(options: BidPolicyOptions): PlacementPolicy {
  return {
    name: 'bid',
    learn() {},
    observe() {},
    next(request, candidates, bids) {
      const ranked = rank(request, candidates);
      const offers = offersOf(bids, ranked, request);
      const best = offers[0];
      if (best !== undefined && best.totalMs <= options.dearFactor * request.warmMs)
        return place(offers, bids);
      const limit = best === undefined ? ranked.length : options.maxAsked;
      const peers = nextToAsk(ranked, bids, Math.min(options.candidates, limit - bids.length));
      if (peers.length > 0) return { kind: 'ask', peers };
      if (best !== undefined) return place(offers, bids);
      return { kind: 'refuse', reason: refusal(candidates, bids) };
    },
  };
}

/** All candidates in the order of asking: healthy ones by rendezvous with self among the first, failing ones last. */
function rank(request: PlacementRequest, candidates: readonly Candidate[]): Candidate[] {
  const byPeer = new Map(candidates.map((candidate) => [candidate.peer, candidate]));
  const ordered = rendezvousOrder(request.affinity, [...byPeer.keys()]).map((peer) => byPeer.get(peer)!);
  const healthy = ordered.filter((candidate) => !candidate.failing);
  return [...healthy, ...ordered.filter((candidate) => candidate.failing)];
}

function nextToAsk(ranked: readonly Candidate[], bids: readonly Bid[], count: number): string[] {
  const asked = new Set(bids.map((bid) => bid.peer));
  const open = ranked.filter((candidate) => !asked.has(candidate.peer));
  const healthy = open.filter((candidate) => !candidate.failing);
  const pool = healthy.length > 0 ? healthy : open;
  const self = pool.find((candidate) => candidate.self);
  const chosen = self === undefined ? pool : [self, ...pool.filter((candidate) => candidate !== self)];
  return chosen.slice(0, Math.max(0, count)).map((candidate) => candidate.peer);
}

interface RankedOffer {
  readonly bid: Bid;
  /** Expected finish as seen from here: the bid and the way there. */
  readonly totalMs: number;
  readonly rank: number;
}

/** The finite bids, the one to take first. */
function offersOf(
  bids: readonly Bid[],
  ranked: readonly Candidate[],
  request: PlacementRequest,
): RankedOffer[] {
  const rankOf = new Map(ranked.map((candidate, index) => [candidate.peer, index]));
  const offers: RankedOffer[] = [];
  for (const bid of bids) {
    const rank = rankOf.get(bid.peer);
    if (rank === undefined || !(bid.expectedMs < Infinity)) continue;
    const candidate = ranked[rank]!;
    offers.push({ bid, rank, totalMs: bid.expectedMs + (candidate.self ? 0 : candidate.rttMs) });
  }
  const cost = (offer: RankedOffer) =>
    // Joining a drawing costs the mesh nothing: worth waiting one more service for.
    offer.bid.kind === 'drawing' ? Math.max(0, offer.totalMs - request.warmMs) : offer.totalMs;
  return offers.sort((a, b) => cost(a) - cost(b) || a.rank - b.rank);
}

function place(offers: readonly RankedOffer[], bids: readonly Bid[]): PlacementStep {
  const [best, ...others] = offers;
  const what = { draw: 'lowest', cached: 'cached, lowest', drawing: 'drawing already, lowest' }[
    best!.bid.kind
  ];
  return {
    kind: 'place',
    peer: best!.bid.peer,
    others: others.map((offer) => offer.bid.peer),
    reason: `${what} of ${bids.length} bids: ${Math.round(best!.totalMs)} ms`,
  };
}

function refusal(candidates: readonly Candidate[], bids: readonly Bid[]): string {
  if (candidates.length === 0) return 'no living peer holds this project with a matching engine';
  return `all ${bids.length} peers declined or did not answer`;
}
