import { errorCode, GismeshError } from '../core/errors.ts';
import type { HedgeBudget } from '../core/hedge.ts';
import type { Candidate } from '../core/placement.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import { type Auction, type AuctionOutcome, homeOf } from './auction.ts';
import type { Drawer } from './drawer.ts';
import { type Drawing, drawingAffinity, drawingKey } from './drawing.ts';
import type { Forwarder } from './forwarder.ts';
import type { Order } from './order.ts';
import type { PartPack } from './part-pack.ts';
import { race } from './race.ts';

export interface PlacerOptions {
  /** From the client's request to its answer or error, ms. */
  readonly requestTimeoutMs: number;
  /** Peers that may fail one request before its client is told. */
  readonly maxAttempts: number;
  /** A drawing without an answer this long is begun elsewhere too, budget or not: the floor of `stallFactor`, ms. */
  readonly stallMs: number;
  /** Times the 95th percentile after which a drawing counts as stalled. */
  readonly stallFactor: number;
  /** Pause before asking anew when every peer declined, ms. */
  readonly busyPauseMs: number;
}

type Placement = Extract<AuctionOutcome, { kind: 'place' }>;

/** Has a drawing made by whichever peer bids lowest: auction, forward, hedge, retry, cancel the losers. */
export class Placer {
  readonly #self: PeerId;
  readonly #clock: Clock;
  readonly #auction: Auction;
  readonly #forwarder: Forwarder;
  readonly #drawer: Drawer;
  readonly #hedges: HedgeBudget;
  readonly #candidates: (drawing: Drawing) => Candidate[];
  readonly #options: PlacerOptions;

  constructor(parts: {
    self: PeerId;
    clock: Clock;
    auction: Auction;
    forwarder: Forwarder;
    drawer: Drawer;
    hedges: HedgeBudget;
    candidates: (drawing: Drawing) => Candidate[];
    options: PlacerOptions;
  }) {
    this.#self = parts.self;
    this.#clock = parts.clock;
    this.#auction = parts.auction;
    this.#forwarder = parts.forwarder;
    this.#drawer = parts.drawer;
    this.#hedges = parts.hedges;
    this.#candidates = parts.candidates;
    this.#options = parts.options;
  }

  async place(order: Order): Promise<PartPack> {
    const { requestTimeoutMs } = this.#options;
    const expiry = new AbortController();
    const timer = this.#clock.after(requestTimeoutMs, () => {
      expiry.abort(
        new GismeshError('DEADLINE_EXCEEDED', `Nobody had drawn it within ${requestTimeoutMs} ms`),
      );
    });
    try {
      return await this.#place({ ...order, signal: AbortSignal.any([order.signal, expiry.signal]) });
    } finally {
      timer.cancel();
      order.onDecided(true);
    }
  }

  async #place(order: Order): Promise<PartPack> {
    const failed = new Map<PeerId, unknown>();
    // Only the first round claims the drawing: a retry must not wait for a front door that may wait for it.
    let claim = true;
    while (failed.size < this.#options.maxAttempts) {
      order.signal.throwIfAborted();
      const candidates = this.#candidates(order.drawing).filter((candidate) => !failed.has(candidate.peer));
      if (candidates.length === 0) break;
      const outcome = await this.#decide(order, candidates, claim);
      const home = claim ? homeOf(drawingAffinity(order.drawing), candidates) : undefined;
      claim = false;
      if (outcome.kind === 'refuse') await sleep(this.#clock, this.#options.busyPauseMs, order.signal);
      const pack =
        outcome.kind === 'join'
          ? await this.#join(order, outcome.peer)
          : outcome.kind === 'place'
            ? await this.#draw(order, outcome, failed, home)
            : undefined;
      if (pack) return pack;
    }
    throw failure(order.drawing, failed);
  }

  async #decide(order: Order, candidates: readonly Candidate[], claim: boolean): Promise<AuctionOutcome> {
    const [first, ...rest] = candidates;
    if (first?.peer === this.#self && rest.length === 0) {
      order.onDecided(true);
      return {
        kind: 'place',
        peer: first.peer,
        others: [],
        reason: 'the only peer that can',
        expectedMs: 0,
        reservations: new Map(),
      };
    }
    const { drawing, signal, journey } = order;
    const startedAt = this.#clock.now();
    const warmMs = this.#drawer.estimate(drawing).meanMs;
    const request = { affinity: drawingAffinity(drawing), warmMs, nowMs: startedAt };
    const outcome = await this.#auction.hold({ drawing, request, candidates, claim, signal });
    journey.timing.bid = (journey.timing.bid ?? 0) + this.#clock.now() - startedAt;
    order.onDecided(outcome.kind !== 'join');
    return outcome;
  }

  /** Waits for the drawing another front door has under way; undefined when that came to nothing. */
  async #join(order: Order, peer: PeerId): Promise<PartPack | undefined> {
    try {
      return (await this.#forwarder.join(order, peer)).pack;
    } catch {
      order.signal.throwIfAborted();
      return undefined;
    }
  }

  /** Undefined when the peers of this placement failed; they are then in `failed`. */
  async #draw(
    order: Order,
    placement: Placement,
    failed: Map<PeerId, unknown>,
    home: PeerId | undefined,
  ): Promise<PartPack | undefined> {
    const { journey, drawing } = order;
    journey.reason = placement.reason;
    const startedAt = this.#clock.now();
    const elsewhere: Order = {
      ...order,
      onPart: (index, part, drawnBy) => {
        journey.timing.forward ??= this.#clock.now() - startedAt;
        order.onPart(index, part, drawnBy);
      },
    };
    this.#hedges.requested();
    try {
      const { value, peer } = await race({
        clock: this.#clock,
        peers: [placement.peer, ...placement.others],
        maxAttempts: this.#options.maxAttempts - failed.size,
        ...this.#patience(drawing, placement.expectedMs),
        mayHedge: () => this.#hedges.trySpend(),
        signal: order.signal,
        attempt: (peer, signal) =>
          this.#forwarder.attempt(elsewhere, peer, placement.reservations.get(peer) ?? 0, signal),
        onFailure: (peer, error) => failed.set(peer, error),
      });
      if (peer !== placement.peer) journey.reason = `${placement.reason}; it did not answer in time`;
      journey.cache = value.cache;
      if (value.cache !== 'hit') journey.timing.render = value.pack.renderMs;
      return value.pack;
    } catch (error) {
      order.signal.throwIfAborted();
      if (errorCode(error) === 'REQUEST_INVALID') throw error;
      return undefined;
    } finally {
      if (home !== undefined) this.#auction.endClaim(home, drawingKey(drawing));
    }
  }

  /** When to begin elsewhere too: first within the hedge budget, then, much later, without asking. */
  #patience(drawing: Drawing, expectedMs: number): { hedgeMs: number; stallMs: number } {
    const { meanMs, p95Ms } = this.#drawer.estimate(drawing);
    const lateMs = Math.max(p95Ms, expectedMs + p95Ms - meanMs);
    const hedgeMs = this.#hedges.delayMs(lateMs);
    return { hedgeMs, stallMs: Math.max(hedgeMs, this.#options.stallMs, this.#options.stallFactor * lateMs) };
  }
}

function failure(drawing: Drawing, failed: ReadonlyMap<PeerId, unknown>): GismeshError {
  const errors = [...failed.values()];
  const cause = errors.at(-1);
  if (cause === undefined) {
    return new GismeshError(
      'BUNDLE_NOT_HELD',
      `No peer that is here now holds version ${drawing.projectHash.slice(0, 12)} of the project with a matching engine`,
    );
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof GismeshError ? cause.code : 'RENDER_FAILED';
  return new GismeshError(code, `${errors.length} peers failed to draw it; the last one said: ${message}`, {
    cause,
  });
}
