import type { Bid, Candidate, PlacementPolicy, PlacementRequest, PlacementStep } from '../placement.ts';
import { rendezvousOrder, weightedRendezvousOrder } from '../rendezvous.ts';
import type { Circles } from './circles.ts';
import { Dearness, type DearnessOptions } from './dearness.ts';
import type { OpenProjects } from './open-projects.ts';
import { Standings, type StandingsOptions } from './standings.ts';

export interface BidPolicyOptions extends DearnessOptions {
  /** Peers asked at first, this one included. */
  readonly candidates: number;
  /** Peers asked at a time when the best bid is dear; in a small mesh as many as at first. */
  readonly furtherCandidates: number;
  /** Most peers asked for one request once there is a bid. */
  readonly maxAsked: number;
  /** Most peers asked while nobody has made a bid; twice as many each time. */
  readonly maxAskedInVain: number;
  /** A bid of a peer whose workers are all busy counts this many times. */
  readonly busyFactor: number;
  /** A dear bid of a peer that is not a holder of the project counts this many times. */
  readonly outsiderFactor: number;
  /** With no more peers than this, all are holders of every project. */
  readonly smallMeshPeers: number;
  readonly standings: StandingsOptions;
}

/** Of those who may be asked beside the holders: by then it is everyone. */
const MAX_DOUBLINGS = 12;

/**
 * Synchronous bids: asks a few peers, walks on while the best bid is dear, and takes the lowest. In a busy mesh, where
 * many best bids are dear, it walks on for the dearest of them (`Dearness`).
 *
 * A project is drawn by its holders: opened afresh wherever it is asked for, it would under load cost more than all
 * drawing. These are the peers that have it open, as they or others said with their last bids (`OpenProjects`). Where they
 * are fewer than there should be, the first peers of the project's own rendezvous order open it, so that front doors which
 * know nothing yet agree. How many there should be all peers learn together (`Circles`): a hot project gets as many as
 * it needs, a rare one keeps few.
 *
 * Who is asked: this peer, for that costs nothing; the drawing's home, one of the holders, where other front doors
 * ask too; then other holders, connected ones first, most often those whose bids were low lately. When all are dear, also
 * one of those who would be holders next, each time another one: if that one has nothing to do, there are too few
 * holders. Peers that failed lately are asked only when nobody else can.
 */
export function bidPolicy(options: BidPolicyOptions, circles: Circles, open: OpenProjects): PlacementPolicy {
  const standings = new Standings(options.standings);
  const dearness = new Dearness(options);
  /** Of the auctions under way: what is learned meanwhile counts for the next. */
  const known = new WeakMap<readonly Candidate[], { request: PlacementRequest; ring: Ring }>();

  return {
    name: 'bid',
    learn() {},
    observe() {},
    home: (request, candidates) => ringOf(request, candidates).home,
    next(request, candidates, bids) {
      const ring = ringOf(request, candidates);
      const offers = offersOf(request, candidates, bids, ring);
      const best = offers[0];
      const isWorth = best === undefined || isWorthAsking(best.totalMs, request, ring);
      const peers = isWorth ? nextToAsk(request, candidates, bids, ring) : [];
      if (peers.length > 0) return { kind: 'ask', peers, ...ring.opening };
      standings.learn(
        bids.filter((bid) => ring.holders.has(bid.peer)),
        request.warmMs,
      );
      if (!ring.isSmall) dearness.asked(countOthers(bids, candidates), request.warmMs);
      if (best === undefined) return { kind: 'refuse', reason: refusal(candidates, bids) };
      const isDear = isWorth && dearness.isDear(best.totalMs, request.warmMs);
      return { ...place(offers, bids), short: isDear && hasIdleOutsider(candidates, bids, ring) };
    },
  };

  /** In a small mesh questions are few whatever is asked. */
  function isWorthAsking(totalMs: number, { warmMs }: PlacementRequest, { isSmall }: Ring): boolean {
    return isSmall ? dearness.isDear(totalMs, warmMs) : dearness.isWorthAsking(totalMs, warmMs);
  }

  function ringOf(request: PlacementRequest, candidates: readonly Candidate[]): Ring {
    const before = known.get(candidates);
    if (before?.request === request) return before.ring;
    const ring = makeRing(request, candidates);
    known.set(candidates, { request, ring });
    return ring;
  }

  function makeRing(
    { group, affinity, round = 0 }: PlacementRequest,
    candidates: readonly Candidate[],
  ): Ring {
    const healthy = candidates.filter((candidate) => !candidate.failing).map((candidate) => candidate.peer);
    const isSmall = healthy.length <= options.smallMeshPeers;
    if (group === undefined || isSmall || circles.min >= healthy.length) {
      const [home] = rendezvousOrder(affinity, healthy, 1);
      return { isSmall, holders: new Set(healthy), successors: [], home };
    }
    const width = circles.of(group).peers;
    // Whom nobody has asked for the project yet opens it only when its holders cannot keep up.
    const reach = Math.max(options.candidates, width) * 2 ** Math.min(round, MAX_DOUBLINGS);
    const order = rendezvousOrder(group, healthy, width + reach);
    const known = open.among(healthy, group);
    // Front doors that differ a little about who has it still agree about nearly every home.
    const homes = known.length >= width ? known : order.slice(0, 2 ** Math.floor(Math.log2(width)));
    const [home] = rendezvousOrder(affinity, homes, 1);
    const isKnown = new Set(known);
    const rest = order.filter((peer) => !isKnown.has(peer));
    const wanted = rest.splice(0, Math.max(0, width - known.length));
    const openers = wanted.slice(0, Math.max(0, circles.min - known.length));
    return {
      isSmall,
      holders: new Set([...known, ...wanted]),
      opening: { holders: new Set(wanted), openers: new Set(openers) },
      successors: rest,
      home,
    };
  }

  function nextToAsk(
    request: PlacementRequest,
    candidates: readonly Candidate[],
    bids: readonly Bid[],
    ring: Ring,
  ): string[] {
    const anyBid = bids.some((bid) => bid.expectedMs < Infinity);
    const asked = new Set(bids.map((bid) => bid.peer));
    const unasked = (peers: Iterable<string>) => [...peers].filter((peer) => !asked.has(peer));
    const holders = quickestToAsk(orderOf(request, unasked(ring.holders)), candidates);
    const next = unasked(ring.successors);
    const successors = quickestToAsk(rendezvousOrder(keyOf(request), next), candidates);
    const first = favourites(candidates, ring);
    const count = request.isBrief && !anyBid && bids.length > 0 ? 0 : countOf(bids.length, anyBid, ring);
    // One who would be a holder next is asked after some holders, and once.
    const isTried = bids.some((bid) => ring.successors.includes(bid.peer));
    const few = bids.length > options.candidates && !isTried ? count - 1 : count;
    const healthy =
      bids.length === 0
        ? [...first, ...holders, ...successors]
        : [...holders.slice(0, few), ...successors.slice(0, 1), ...holders.slice(few), ...successors];
    if (healthy.length > 0 || anyBid) return [...new Set(healthy)].slice(0, Math.max(0, count));
    if (count <= 0) return [];
    const failing = candidates.filter((candidate) => candidate.failing).map((candidate) => candidate.peer);
    return rendezvousOrder(request.affinity, unasked(failing), count);
  }

  /** How many to ask after so many bids; while there is none, twice as many each time. */
  function countOf(bids: number, anyBid: boolean, { isSmall }: Ring): number {
    const { candidates, furtherCandidates, maxAsked, maxAskedInVain } = options;
    if (anyBid) return Math.min(isSmall ? candidates : furtherCandidates, maxAsked - bids);
    return Math.min(Math.max(candidates, bids), maxAskedInVain - bids);
  }

  function orderOf(request: PlacementRequest, peers: readonly string[]): string[] {
    return weightedRendezvousOrder(keyOf(request), peers, (peer) => standings.weightOf(peer));
  }

  /** The finite bids, the one to take first; ties in the rendezvous order of the metatile. */
  function offersOf(
    request: PlacementRequest,
    candidates: readonly Candidate[],
    bids: readonly Bid[],
    ring: Ring,
  ): Offer[] {
    const byPeer = new Map(bids.filter((bid) => bid.expectedMs < Infinity).map((bid) => [bid.peer, bid]));
    const offers: Offer[] = [];
    for (const peer of rendezvousOrder(request.affinity, [...byPeer.keys()])) {
      const candidate = candidates.find((entry) => entry.peer === peer);
      const bid = byPeer.get(peer);
      if (candidate === undefined || bid === undefined) continue;
      const totalMs = bid.expectedMs + (candidate.self ? 0 : candidate.rttMs);
      offers.push({ bid, totalMs, cost: costOf(bid, totalMs, candidate, request, ring) });
    }
    return offers.sort((a, b) => a.cost - b.cost);
  }

  function costOf(
    bid: Bid,
    totalMs: number,
    candidate: Candidate,
    request: PlacementRequest,
    { holders }: Ring,
  ): number {
    if (bid.kind === 'cached') return totalMs;
    // To join a drawing takes no worker's time: worth waiting one service longer for.
    if (bid.kind === 'drawing') return Math.max(0, totalMs - request.warmMs);
    // To wait at a fast machine while a slower one idles delays whoever comes next.
    const busy = bid.inFlight >= candidate.slots ? options.busyFactor : 1;
    // A peer that would have to open the project, or is busy anyway, should be a good deal better than a holder.
    const outsider =
      holders.has(bid.peer) || !dearness.isDear(totalMs, request.warmMs) ? 1 : options.outsiderFactor;
    return totalMs * busy * outsider;
  }
}

/**
 * Those that are connected first: connecting takes longer than most bids, and the drawings' homes bring new
 * connections. Of these the ones with the fewest unanswered requests of this front door, equals in the order given:
 * where one front door sends most of the work, as in a lesson, it knows the queues as nobody else does.
 */
function quickestToAsk(peers: readonly string[], candidates: readonly Candidate[]): string[] {
  const loads = new Map<string, number>();
  for (const { peer, inFlight, slots, connected } of candidates) {
    if (!connected) loads.set(peer, Infinity);
    else if (inFlight > 0) loads.set(peer, inFlight / Math.max(1, slots));
  }
  const loadOf = (peer: string) => loads.get(peer) ?? 0;
  return [...peers].sort((a, b) => (loadOf(a) === loadOf(b) ? 0 : loadOf(a) - loadOf(b)));
}

/** Bids of other peers: each took a question and an answer. */
function countOthers(bids: readonly Bid[], candidates: readonly Candidate[]): number {
  const self = candidates.find((candidate) => candidate.self)?.peer;
  return bids.filter((bid) => bid.peer !== self).length;
}

/** Where a request's project is kept open. */
interface Ring {
  /** So few peers that asking all of them takes some three asks. */
  readonly isSmall: boolean;
  readonly holders: ReadonlySet<string>;
  /** Who of the holders does not have it open, as far as is known; absent: everybody may open it. */
  readonly opening?: {
    readonly holders: ReadonlySet<string>;
    /** Those of them that open it also when they are busy, as hardly anybody has it. */
    readonly openers: ReadonlySet<string>;
  };
  /** Who would be holders next. */
  readonly successors: readonly string[];
  /** Where its drawing is claimed; undefined when nobody is healthy. */
  readonly home: string | undefined;
}

/** Whom to ask in any case. */
function favourites(candidates: readonly Candidate[], { home }: Ring): string[] {
  const self = candidates.filter((candidate) => candidate.self && !candidate.failing);
  return [...self.map((candidate) => candidate.peer), ...(home === undefined ? [] : [home])];
}

/** Whether some peer that is no holder has a free worker. */
function hasIdleOutsider(candidates: readonly Candidate[], bids: readonly Bid[], { holders }: Ring): boolean {
  return bids.some(({ peer, kind, expectedMs, inFlight }) => {
    if (holders.has(peer) || kind !== 'draw' || expectedMs === Infinity) return false;
    return inFlight < (candidates.find((candidate) => candidate.peer === peer)?.slots ?? 0);
  });
}

/** By which peers are ordered: who was asked in vain is not asked again the next time. */
function keyOf({ affinity, round = 0 }: PlacementRequest): string {
  return round === 0 ? affinity : `${affinity} ${round}`;
}

interface Offer {
  readonly bid: Bid;
  /** Expected finish as seen from here: the bid and the way there, ms. */
  readonly totalMs: number;
  /** By what it is compared, ms. */
  readonly cost: number;
}

function place(offers: readonly Offer[], bids: readonly Bid[]): Extract<PlacementStep, { kind: 'place' }> {
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
