import {
  BidKind,
  type BidReply,
  BidReplySchema,
  BidRequestSchema,
  ReleaseSchema,
} from '../../protocols/maps/maps_pb.js';
import { errorCode } from '../core/errors.ts';
import type { Bid, Candidate, PlacementPolicy, PlacementRequest, PlacementStep } from '../core/placement.ts';
import type { Circles } from '../core/policies/circles.ts';
import type { OpenProjects } from '../core/policies/open-projects.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { CallOptions, Network, PeerId } from '../platform/network.ts';
import type { BidDesk, BidTerms } from './bid-desk.ts';
import type { Drawing } from './drawing.ts';
import type { Reach } from './reach.ts';
import { drawingToWire } from './wire.ts';

export const BID_METHOD = 'maps.bid';
export const RELEASE_METHOD = 'maps.release';

export interface AuctionOptions {
  /** How long bids are waited for once they are asked, ms. */
  readonly bidTimeoutMs: number;
  /**
   * How much longer, as a share of the best bid so far: who would wait long for that one loses little by hearing
   * the others out.
   */
  readonly bidWaitShare: number;
  /** Longest further wait; also when not a single peer has bid yet, ms. */
  readonly bidPatienceMs: number;
}

export type AuctionOutcome =
  | {
      readonly kind: 'place';
      readonly peer: PeerId;
      readonly others: readonly PeerId[];
      readonly reason: string;
      /** What it bid, ms. */
      readonly expectedMs: number;
      /** Soft reservations by peer, for the draw request. */
      readonly reservations: ReadonlyMap<PeerId, number>;
      /** The project's holders were too busy while another peer had nothing to do. */
      readonly short: boolean;
    }
  /** Another front door has this drawing on its way; the best bid says how busy the mesh is. */
  | { readonly kind: 'join'; readonly peer: PeerId; readonly expectedMs: number }
  | { readonly kind: 'refuse'; readonly reason: string };

interface Question {
  readonly drawing: Drawing;
  readonly request: PlacementRequest;
  readonly candidates: readonly Candidate[];
  /** The drawing's home: asked for the sole right to have it drawn; undefined: nobody is. */
  readonly home: PeerId | undefined;
  readonly signal: AbortSignal;
}

/** The asking side: drives a placement policy with real bids. */
export class Auction {
  readonly #network: Network;
  readonly #reach: Reach;
  readonly #clock: Clock;
  readonly #desk: BidDesk;
  readonly #policy: PlacementPolicy;
  readonly #circles: Circles;
  readonly #open: OpenProjects;
  readonly #options: AuctionOptions;

  constructor(parts: {
    network: Network;
    reach: Reach;
    clock: Clock;
    desk: BidDesk;
    policy: PlacementPolicy;
    circles: Circles;
    open: OpenProjects;
    options: AuctionOptions;
  }) {
    this.#network = parts.network;
    this.#reach = parts.reach;
    this.#clock = parts.clock;
    this.#desk = parts.desk;
    this.#policy = parts.policy;
    this.#circles = parts.circles;
    this.#open = parts.open;
    this.#options = parts.options;
  }

  /** The peer that keeps the claims on a drawing, as the policy sees it; else the first healthy candidate. */
  homeOf(request: PlacementRequest, candidates: readonly Candidate[]): PeerId | undefined {
    const home = this.#policy.home?.(request, candidates);
    if (home !== undefined) return home;
    const healthy = candidates.filter((candidate) => !candidate.failing);
    const peers = (healthy.length > 0 ? healthy : candidates).map((candidate) => candidate.peer);
    return rendezvousOrder(request.affinity, peers, 1)[0];
  }

  async hold(question: Question): Promise<AuctionOutcome> {
    const { request } = question;
    const round = new Round(question);
    for (;;) {
      const step = this.#stepOf(question, round);
      if (step.kind === 'refuse') return step;
      if (step.kind === 'place') {
        const { peer, others, reason, short = false, probe = [] } = step;
        for (const probed of probe) void this.#probe(probed, question.drawing);
        this.#giveUp(round.reservationsExcept(peer));
        const expectedMs = round.bids.find((bid) => bid.peer === peer)?.expectedMs ?? request.warmMs;
        return { kind: 'place', peer, others, reason, expectedMs, reservations: round.reservations, short };
      }
      await this.#ask(step, round);
      if (round.claimedBy !== undefined || question.signal.aborted) {
        this.#giveUp(round.reservationsExcept(undefined));
      }
      question.signal.throwIfAborted();
      if (round.claimedBy !== undefined) {
        const expectedMs = round.bestMs < Infinity ? round.bestMs : request.warmMs;
        return { kind: 'join', peer: round.claimedBy, expectedMs };
      }
    }
  }

  /**
   * What the policy wants, unless it wants to ask more peers while those asked so far were slow to answer, though
   * connected: then the machines are busy, further questions would make them busier, and the best offer there is will
   * do.
   */
  #stepOf({ request, candidates }: Question, round: Round): PlacementStep {
    const step = this.#policy.next(request, candidates, round.bids);
    if (step.kind !== 'ask' || !round.isSlow) return step;
    const offers = round.bids.filter((bid) => bid.expectedMs < Infinity);
    const [best, ...others] = offers.sort((a, b) => a.expectedMs - b.expectedMs);
    if (!best) return step;
    const reason = `lowest of ${round.bids.length} slow bids: ${Math.round(best.expectedMs)} ms`;
    return { kind: 'place', peer: best.peer, others: others.map((bid) => bid.peer), reason };
  }

  /** Whether a peer that has not answered a draw request still answers a question, within `timeoutMs`. */
  async isResponsive(peer: PeerId, drawing: Drawing, timeoutMs: number): Promise<boolean> {
    if (peer === this.#network.self) return true;
    try {
      await this.#call(peer, questionOf(drawing), { timeoutMs });
      return true;
    } catch (error) {
      return errorCode(error) !== 'NETWORK_TIMEOUT';
    }
  }

  /** Ends this front door's claim on a drawing. */
  endClaim(home: PeerId, key: string): void {
    if (home === this.#network.self) {
      this.#desk.endClaim(home, key);
      return;
    }
    this.#network.notify(home, RELEASE_METHOD, encodeMessage(ReleaseSchema, { claimKey: key }));
  }

  /** Collects bids until all are there, or time is up; who has not answered by then has bid infinity. */
  async #ask(
    { peers, holders, openers }: Extract<PlacementStep, { kind: 'ask' }>,
    round: Round,
  ): Promise<void> {
    const { bidTimeoutMs, bidWaitShare, bidPatienceMs } = this.#options;
    const { drawing, home } = round.question;
    const circle = this.#circles.of(drawing.projectHash);
    const { open } = this.#desk;
    const termsFor = (peer: PeerId): BidTerms => ({
      claim: peer === home,
      asked: peers.length,
      holder: holders?.has(peer) ?? false,
      outsider: holders !== undefined && !openers?.has(peer),
      circle,
      open,
    });
    const connected = peers.filter((peer) => this.#network.isConnected(peer));
    const askedMs = this.#clock.now();
    const all = Promise.all(peers.map((peer) => this.#askOne(peer, termsFor(peer), round)));
    await atMost(this.#clock, bidTimeoutMs, all);
    round.isSlow ||= this.#clock.now() - askedMs >= bidTimeoutMs && !round.heardAll(connected);
    if (!round.heardAll(peers) && !round.hasChoice) {
      const waitMs = Math.min(bidPatienceMs, bidWaitShare * round.bestMs);
      await atMost(this.#clock, waitMs, Promise.race([all, round.choice]));
    }
    for (const peer of peers) round.close(peer);
  }

  async #askOne(peer: PeerId, terms: BidTerms, round: Round): Promise<void> {
    const { drawing, signal } = round.question;
    if (peer === this.#network.self) {
      const answer = this.#desk.bid(drawing, peer, terms);
      round.accept({ peer, ...answer }, answer.reservation, answer.claimedBy);
      return;
    }
    try {
      const reply = await this.#call(peer, round.message(terms), { signal, timeoutMs: this.#patienceMs });
      const now = this.#clock.now();
      if (reply.circle) this.#circles.hear(drawing.projectHash, reply.circle, now);
      this.#open.hear(peer, reply.open, now);
      this.#open.hearOf(drawing.projectHash, reply.others, now);
      const claimedBy = terms.claim && reply.claimedBy !== this.#network.self && reply.claimedBy;
      round.accept(bidOf(peer, reply), reply.reservation, claimedBy || undefined);
    } catch {
      round.close(peer);
    }
  }

  /** A bid off the request's path, for policies that learn from them. */
  async #probe(peer: PeerId, drawing: Drawing): Promise<void> {
    try {
      const reply = await this.#call(peer, questionOf(drawing), { timeoutMs: this.#patienceMs });
      this.#policy.learn([bidOf(peer, reply)], this.#clock.now());
    } catch {
      // A probe that fails teaches nothing; the peer's failures are counted where requests fail.
    }
  }

  /** How long a bid can be of use, ms. */
  get #patienceMs(): number {
    return this.#options.bidTimeoutMs + this.#options.bidPatienceMs;
  }

  async #call(peer: PeerId, message: Uint8Array, options: CallOptions): Promise<BidReply> {
    await this.#reach.ensureConnected(peer);
    return decodeMessage(BidReplySchema, await this.#network.call(peer, BID_METHOD, message, options));
  }

  /** Other peers' reservations run out by themselves, sooner than a message about them would pay. */
  #giveUp(reservations: ReadonlyMap<PeerId, number>): void {
    const { self } = this.#network;
    const own = reservations.get(self);
    if (own !== undefined) this.#desk.release(self, own);
  }
}

/** What one auction has heard so far. */
class Round {
  readonly question: Question;
  readonly bids: Bid[] = [];
  readonly reservations = new Map<PeerId, number>();
  claimedBy: PeerId | undefined;
  /** Somebody who could have answered at once did not. */
  isSlow = false;
  readonly #messages = new Map<string, Uint8Array>();
  readonly #closed = new Set<PeerId>();
  readonly #choice = Promise.withResolvers<void>();

  constructor(question: Question) {
    this.question = question;
  }

  /** The request as it goes to every peer that is asked in these terms; encoded once. */
  message(terms: BidTerms): Uint8Array {
    const key = `${terms.claim} ${terms.asked} ${terms.holder} ${terms.outsider}`;
    const message = this.#messages.get(key) ?? questionOf(this.question.drawing, terms);
    this.#messages.set(key, message);
    return message;
  }

  /** Resolves when two peers have made an offer: the second one is most of what any choice can gain. */
  get choice(): Promise<void> {
    return this.#choice.promise;
  }

  get hasChoice(): boolean {
    return this.bids.filter((bid) => bid.expectedMs < Infinity).length >= 2;
  }

  /** A bid that came too late is left out. */
  accept(bid: Bid, reservation: number, claimedBy: PeerId | undefined): void {
    if (this.#closed.has(bid.peer)) return;
    this.#closed.add(bid.peer);
    this.bids.push(bid);
    if (reservation !== 0) this.reservations.set(bid.peer, reservation);
    if (claimedBy !== undefined) this.claimedBy = claimedBy;
    if (this.hasChoice) this.#choice.resolve();
  }

  /** The lowest bid, ms; infinite when there is none. */
  get bestMs(): number {
    return Math.min(...this.bids.map((bid) => bid.expectedMs));
  }

  heardAll(peers: readonly PeerId[]): boolean {
    return peers.every((peer) => this.#closed.has(peer));
  }

  /** No bid from this peer, or none any more. */
  close(peer: PeerId): void {
    this.accept({ peer, kind: 'draw', expectedMs: Infinity, inFlight: 0 }, 0, undefined);
  }

  reservationsExcept(peer: PeerId | undefined): Map<PeerId, number> {
    return new Map([...this.reservations].filter(([holder]) => holder !== peer));
  }
}

/** A bid request on the wire; without terms a mere question, of which nothing follows. */
function questionOf(drawing: Drawing, terms: Partial<BidTerms> = { asked: 1 }): Uint8Array {
  return encodeMessage(BidRequestSchema, {
    drawing: drawingToWire(drawing),
    ...terms,
    open: [...(terms.open ?? [])],
  });
}

function bidOf(peer: PeerId, reply: BidReply): Bid {
  const { inFlight } = reply;
  const expectedMs = reply.expectedMs >= 0 ? reply.expectedMs : Infinity;
  switch (reply.kind) {
    case BidKind.DRAW:
      return { peer, kind: 'draw', expectedMs, inFlight };
    case BidKind.CACHED:
      return { peer, kind: 'cached', expectedMs, inFlight };
    case BidKind.DRAWING:
      return { peer, kind: 'drawing', expectedMs, inFlight };
    default:
      return { peer, kind: 'draw', expectedMs: Infinity, inFlight };
  }
}

/** Waits for what is on its way, but no longer than `ms`. */
function atMost(clock: Clock, ms: number, awaited: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, resolve);
    const done = () => {
      timer.cancel();
      resolve();
    };
    awaited.then(done, done);
  });
}
