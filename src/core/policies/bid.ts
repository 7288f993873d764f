import type { Bid, Candidate, PlacementPolicy, PlacementRequest, PlacementStep } from '../placement.ts';
import { rendezvousOrder, weightedRendezvousOrder } from '../rendezvous.ts';
import { HolderCounts } from './holder-counts.ts';
import { Standings } from './standings.ts';

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
  /** A dear bid of a peer that is not a holder of the project counts this many times. */
  readonly outsiderFactor: number;
  /** With no more peers than this, all are holders of every project. */
  readonly smallMeshPeers: number;
  /** Most projects whose number of holders is remembered. */
  readonly maxGroups: number;
}

/**
 * Synchronous bids: asks a few peers, walks on while the best bid is dear, and takes the lowest.
 *
 * Who is asked: this peer, for that costs nothing; the first in the rendezvous order of the metatile, where
 * other front doors ask too; then the project's holders, the first few peers of the project's own rendezvous
 * order, on which it stays open. How many these are is learned from who wins: a hot project gets as many as
 * it needs, a rare one is not opened afresh wherever it is asked for, which under load would cost more than
 * all drawing. Of the holders those are asked most often whose bids were low lately. Peers that failed lately
 * are asked only when nobody else can.
 */
export function bidPolicy(options: BidPolicyOptions): PlacementPolicy {
  const holderCounts = new HolderCounts({ min: options.candidates, maxGroups: options.maxGroups });
  const standings = new Standings();

  return {
    name: 'bid',
    learn() {},
    observe() {},
    next(request, candidates, bids) {
      const circle = circleOf(request, candidates, bids.length);
      const offers = offersOf(request, candidates, bids, circle);
      const best = offers[0];
      const dear = best === undefined || isDear(best.totalMs, request);
      const peers = dear ? nextToAsk(request, candidates, bids, circle) : [];
      if (peers.length > 0) return { kind: 'ask', peers };
      standings.learn(bids, request.warmMs);
      if (best === undefined) return { kind: 'refuse', reason: refusal(candidates, bids) };
      if (best.bid.kind === 'draw') {
        holderCounts.won(request.group, circle.holders.has(best.bid.peer), candidates.length);
      }
      return place(offers, bids);
    },
  };

  function isDear(totalMs: number, request: PlacementRequest): boolean {
    return totalMs > options.dearFactor * request.warmMs;
  }

  function circleOf(request: PlacementRequest, candidates: readonly Candidate[], asked: number): Circle {
    const healthy = candidates.filter((candidate) => !candidate.failing).map((candidate) => candidate.peer);
    if (request.group === undefined || healthy.length <= options.smallMeshPeers) {
      return { holders: new Set(healthy), successors: [] };
    }
    const width = holderCounts.of(request.group);
    const order = rendezvousOrder(
      request.group,
      healthy,
      width + asked + Math.max(options.candidates, asked),
    );
    return { holders: new Set(order.slice(0, width)), successors: order.slice(width) };
  }

  function nextToAsk(
    request: PlacementRequest,
    candidates: readonly Candidate[],
    bids: readonly Bid[],
    { holders, successors }: Circle,
  ): string[] {
    const anyBid = bids.some((bid) => bid.expectedMs < Infinity);
    const count = anyBid
      ? Math.min(options.candidates, options.maxAsked - bids.length)
      : Math.min(Math.max(options.candidates, bids.length), options.maxAskedInVain - bids.length);
    const asked = new Set(bids.map((bid) => bid.peer));
    const unasked = (peers: Iterable<string>) => [...peers].filter((peer) => !asked.has(peer));
    const healthy = [
      ...(bids.length === 0 ? favourites(request, candidates) : []),
      ...leastInFlight(orderOf(request, unasked(holders)), candidates),
      ...unasked(successors),
    ];
    if (healthy.length > 0 || anyBid) return [...new Set(healthy)].slice(0, Math.max(0, count));
    const failing = candidates.filter((candidate) => candidate.failing).map((candidate) => candidate.peer);
    return rendezvousOrder(request.affinity, unasked(failing), count);
  }

  function orderOf(request: PlacementRequest, peers: readonly string[]): string[] {
    return weightedRendezvousOrder(request.affinity, peers, (peer) => standings.weightOf(peer));
  }

  /** The finite bids, the one to take first; ties in the rendezvous order of the metatile. */
  function offersOf(
    request: PlacementRequest,
    candidates: readonly Candidate[],
    bids: readonly Bid[],
    circle: Circle,
  ): Offer[] {
    const byPeer = new Map(bids.filter((bid) => bid.expectedMs < Infinity).map((bid) => [bid.peer, bid]));
    const offers: Offer[] = [];
    for (const peer of rendezvousOrder(request.affinity, [...byPeer.keys()])) {
      const candidate = candidates.find((entry) => entry.peer === peer);
      const bid = byPeer.get(peer);
      if (candidate === undefined || bid === undefined) continue;
      const totalMs = bid.expectedMs + (candidate.self ? 0 : candidate.rttMs);
      offers.push({ bid, totalMs, cost: costOf(bid, totalMs, candidate, request, circle) });
    }
    return offers.sort((a, b) => a.cost - b.cost);
  }

  function costOf(
    bid: Bid,
    totalMs: number,
    candidate: Candidate,
    request: PlacementRequest,
    { holders }: Circle,
  ): number {
    if (bid.kind === 'cached') return totalMs;
    // To join a drawing takes no worker's time: worth waiting one service longer for.
    if (bid.kind === 'drawing') return Math.max(0, totalMs - request.warmMs);
    // To wait at a fast machine while a slower one idles delays whoever comes next.
    const busy = bid.inFlight >= candidate.slots ? options.busyFactor : 1;
    // A peer that would have to open the project, or is busy anyway, should be a good deal better than a holder.
    const outsider = holders.has(bid.peer) || !isDear(totalMs, request) ? 1 : options.outsiderFactor;
    return totalMs * busy * outsider;
  }
}

/**
 * Those with the fewest unanswered requests of this front door first, equals in the order given. Where one front
 * door sends most of the work, as in a lesson, it knows the queues as nobody else does.
 */
function leastInFlight(peers: readonly string[], candidates: readonly Candidate[]): string[] {
  const loads = new Map(candidates.map(({ peer, inFlight, slots }) => [peer, inFlight / Math.max(1, slots)]));
  return [...peers].sort((a, b) => loads.get(a)! - loads.get(b)!);
}

/** Where a request's project is kept open. */
interface Circle {
  /** Healthy peers; all of them if the request names no project or the mesh is small. */
  readonly holders: ReadonlySet<string>;
  /** Who would be holders next. */
  readonly successors: readonly string[];
}

/** Whom to ask in any case: this peer, and the first of the metatile. */
function favourites(request: PlacementRequest, candidates: readonly Candidate[]): string[] {
  const healthy = candidates.filter((candidate) => !candidate.failing);
  const self = healthy.filter((candidate) => candidate.self);
  const peers = healthy.map((candidate) => candidate.peer);
  return [...self.map((candidate) => candidate.peer), ...rendezvousOrder(request.affinity, peers, 1)];
}

interface Offer {
  readonly bid: Bid;
  /** Expected finish as seen from here: the bid and the way there, ms. */
  readonly totalMs: number;
  /** By what it is compared, ms. */
  readonly cost: number;
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
