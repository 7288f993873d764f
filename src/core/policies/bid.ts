import type { Bid, Candidate, PlacementPolicy, PlacementRequest, PlacementStep } from '../placement.ts';
import { rendezvousOrder } from '../rendezvous.ts';
import { HolderCounts } from './holder-counts.ts';

export interface BidPolicyOptions {
  /** Peers asked at a time, this one included. */
  readonly candidates: number;
  /** Most peers asked for one request once there is a bid. */
  readonly maxAsked: number;
  /** Most peers asked while nobody has made a bid; twice as many each time. */
  readonly maxAskedInVain: number;
  /** A best bid above this many times the warm service is dear: ask further peers. */
  readonly dearFactor: number;
  /** A bid of a peer whose workers are all busy counts this many times. */
  readonly busyFactor: number;
  /** Most projects whose number of holders is remembered. */
  readonly maxGroups: number;
}

/**
 * Synchronous bids: asks a few peers, walks on while the best bid is dear, and takes the lowest.
 *
 * Who is asked: this peer, for that costs nothing; the first in the rendezvous order of the metatile, where
 * its tiles are likely cached and other front doors ask too; then the project's holders, the first few peers
 * of the project's own rendezvous order, on which it stays open. How many these are is learned from who wins:
 * a hot project gets as many as it needs, a rare one is not opened afresh at every front door's whim. Peers
 * that failed lately are asked only when nobody else can.
 */
export function bidPolicy(options: BidPolicyOptions): PlacementPolicy {
  const holderCounts = new HolderCounts({ min: options.candidates, maxGroups: options.maxGroups });

  return {
    name: 'bid',
    learn() {},
    observe() {},
    next(request, candidates, bids) {
      const offers = offersOf(request, candidates, bids, options.busyFactor);
      const best = offers[0];
      const settle = (chosen: Offer) => {
        learnHolders(request, candidates, chosen);
        return place(offers, bids);
      };
      if (best !== undefined && best.totalMs <= options.dearFactor * request.warmMs) return settle(best);
      const peers = nextToAsk(request, candidates, bids, toAsk(bids.length, best !== undefined));
      if (peers.length > 0) return { kind: 'ask', peers };
      if (best !== undefined) return settle(best);
      return { kind: 'refuse', reason: refusal(candidates, bids) };
    },
  };

  function toAsk(asked: number, anyBid: boolean): number {
    if (anyBid) return Math.min(options.candidates, options.maxAsked - asked);
    return Math.min(Math.max(options.candidates, asked), options.maxAskedInVain - asked);
  }

  function nextToAsk(
    request: PlacementRequest,
    candidates: readonly Candidate[],
    bids: readonly Bid[],
    count: number,
  ): string[] {
    if (count <= 0) return [];
    const asked = new Set(bids.map((bid) => bid.peer));
    const open = candidates.filter((candidate) => !asked.has(candidate.peer));
    const healthy = open.filter((candidate) => !candidate.failing);
    const pool = (healthy.length > 0 ? healthy : open).map((candidate) => candidate.peer);
    const self = bids.length === 0 ? open.filter((candidate) => candidate.self && !candidate.failing) : [];
    const ordered = [
      ...self.map((candidate) => candidate.peer),
      ...(bids.length === 0 ? rendezvousOrder(request.affinity, pool, 1) : []),
      ...holdersFirst(request, pool, count),
    ];
    return [...new Set(ordered)].slice(0, count);
  }

  /** The project's holders in the order of the metatile, then those who would be holders next. */
  function holdersFirst(request: PlacementRequest, pool: readonly string[], count: number): string[] {
    const { group, affinity } = request;
    if (group === undefined) return rendezvousOrder(affinity, pool, count);
    const width = holderCounts.of(group);
    const byGroup = rendezvousOrder(group, pool, width + count);
    return [...rendezvousOrder(affinity, byGroup.slice(0, width), count), ...byGroup.slice(width)];
  }

  function learnHolders(request: PlacementRequest, candidates: readonly Candidate[], chosen: Offer): void {
    const { group } = request;
    if (group === undefined || chosen.bid.kind !== 'draw') return;
    const healthy = candidates.filter((candidate) => !candidate.failing).map((candidate) => candidate.peer);
    const holders = rendezvousOrder(group, healthy, holderCounts.of(group));
    if (holders.includes(chosen.bid.peer)) holderCounts.wonInside(group);
    else holderCounts.wonOutside(group, healthy.length);
  }
}

interface Offer {
  readonly bid: Bid;
  /** Expected finish as seen from here: the bid and the way there. */
  readonly totalMs: number;
  /** By what it is compared, ms. */
  readonly cost: number;
}

/** The finite bids, the one to take first; ties in the rendezvous order of the metatile. */
function offersOf(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  bids: readonly Bid[],
  busyFactor: number,
): Offer[] {
  const byPeer = new Map(bids.filter((bid) => bid.expectedMs < Infinity).map((bid) => [bid.peer, bid]));
  const offers: Offer[] = [];
  for (const peer of rendezvousOrder(request.affinity, [...byPeer.keys()])) {
    const candidate = candidates.find((entry) => entry.peer === peer);
    const bid = byPeer.get(peer);
    if (candidate === undefined || bid === undefined) continue;
    const totalMs = bid.expectedMs + (candidate.self ? 0 : candidate.rttMs);
    offers.push({ bid, totalMs, cost: costOf(bid, totalMs, candidate, request, busyFactor) });
  }
  return offers.sort((a, b) => a.cost - b.cost);
}

function costOf(
  bid: Bid,
  totalMs: number,
  candidate: Candidate,
  request: PlacementRequest,
  busyFactor: number,
): number {
  switch (bid.kind) {
    case 'cached':
      return totalMs;
    case 'drawing':
      // It takes no worker's time: worth waiting one service longer for.
      return Math.max(0, totalMs - request.warmMs);
    case 'draw':
      // To wait at a fast machine while a slower one idles delays whoever comes next.
      return bid.inFlight >= candidate.slots ? totalMs * busyFactor : totalMs;
  }
}

function place(offers: readonly Offer[], bids: readonly Bid[]): PlacementStep {
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
