import { CostModel, type CostModelOptions } from '../core/cost-model.ts';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { HedgeBudget } from '../core/hedge.ts';
import type { Candidate, PlacementRequest } from '../core/placement.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import type { Auction, AuctionOutcome } from './auction.ts';
import { costFeatures } from './cost-features.ts';
import type { Making, RemotePack } from './draw-stream.ts';
import { type Drawing, drawingAffinity, drawingKey, isCacheable } from './drawing.ts';
import type { Forwarder } from './forwarder.ts';
import type { Errand, Journey, Order } from './order.ts';
import type { PartPack } from './part-pack.ts';
import { PlacementFailures } from './placement-failures.ts';
import { race } from './race.ts';
import { doubled, type Turn, WaitingLines } from './waiting-lines.ts';

export interface PlacerOptions {
  readonly costs: CostModelOptions;
  /** Peers at which one drawing may fail before its client is told. */
  readonly maxAttempts: number;
  /** A drawing without an answer this long is begun elsewhere too, budget or not: the floor of `stallFactor`, ms. */
  readonly stallMs: number;
  /** Times the 95th percentile after which a drawing counts as stalled. */
  readonly stallFactor: number;
  /** Pause before asking anew when every peer declined, ms; see `WaitingLines`. */
  readonly busyPauseMs: number;
}

type Placement = Extract<AuctionOutcome, { kind: 'place' }>;
type Joining = Extract<AuctionOutcome, { kind: 'join' }>;

interface Claim {
  /** The peer at which the drawing was claimed. */
  home: PeerId | undefined;
}

/** How an answer came about. */
interface Manner {
  /** Why this peer, for people. */
  readonly reason: string;
  /** Another front door had it drawn. */
  readonly joining: boolean;
}

/** Has a drawing made by whichever peer bids lowest: auction, forward, hedge, retry, cancel the losers. */
export class Placer {
  readonly #self: PeerId;
  readonly #clock: Clock;
  readonly #auction: Auction;
  readonly #forwarder: Forwarder;
  /** What drawings took, wherever they were drawn: what to expect of the mesh, not of this machine. */
  readonly #durations: CostModel;
  readonly #hedges: HedgeBudget;
  readonly #candidates: (drawing: Drawing) => Candidate[];
  readonly #options: PlacerOptions;
  /** What nobody would take, by project. */
  readonly #lines: WaitingLines;

  constructor(parts: {
    self: PeerId;
    clock: Clock;
    auction: Auction;
    forwarder: Forwarder;
    hedges: HedgeBudget;
    candidates: (drawing: Drawing) => Candidate[];
    options: PlacerOptions;
  }) {
    this.#self = parts.self;
    this.#clock = parts.clock;
    this.#auction = parts.auction;
    this.#forwarder = parts.forwarder;
    this.#durations = new CostModel(parts.options.costs);
    this.#hedges = parts.hedges;
    this.#candidates = parts.candidates;
    this.#options = parts.options;
    this.#lines = new WaitingLines(parts.clock, parts.options.busyPauseMs);
  }

  async place(order: Order): Promise<PartPack> {
    const { drawing } = order;
    const claim: Claim = { home: undefined };
    let keep = false;
    try {
      const pack = await this.#place(order, claim);
      // Whoever asks the home within the next seconds is sent here, where the drawing is in the cache.
      keep = isCacheable(drawing);
      return pack;
    } finally {
      if (claim.home !== undefined && !keep) this.#auction.endClaim(claim.home, drawingKey(drawing));
    }
  }

  async #place(order: Order, claim: Claim): Promise<PartPack> {
    const failures = new PlacementFailures();
    let turn: Turn | undefined;
    try {
      let refusals = 0;
      let pauses = 0;
      for (let round = 0; failures.counted < this.#options.maxAttempts; round += 1) {
        order.signal.throwIfAborted();
        const candidates = failures.remaining(this.#candidates(order.drawing));
        if (candidates.length === 0) break;
        const outcome = await this.#decide(order, candidates, {
          refusals,
          // Where others wait already it asks those who may have the answer, and waits behind them.
          isBrief: turn === undefined && this.#lines.has(order.drawing.projectHash),
          // Only the first round claims the drawing: a retry must not wait for a front door that may wait for it.
          claim: round === 0 ? claim : undefined,
        });
        if (outcome.kind === 'refuse') {
          failures.refused(outcome.reason);
          refusals += 1;
          turn = await this.#afterRefusal(order, turn);
          continue;
        }
        turn?.taken();
        turn = undefined;
        const pack = await this.#carryOut(order, outcome, failures);
        if (pack) return pack;
        if (!failures.takePassing()) continue;
        await sleep(this.#clock, doubled(this.#options.busyPauseMs, pauses), order.signal);
        pauses += 1;
      }
    } finally {
      turn?.leave();
    }
    throw failures.asError(order.drawing);
  }

  /** Resolves when it may ask again. */
  async #afterRefusal(order: Order, turn: Turn | undefined): Promise<Turn> {
    if (turn === undefined) return await this.#lines.join(order.drawing.projectHash, order);
    await turn.refused(order.signal);
    return turn;
  }

  #isAlone(candidates: readonly Candidate[]): boolean {
    return candidates.length === 1 && candidates[0]?.peer === this.#self;
  }

  /** `refusals`: how often all declined; `claim` is filled where there is to be one. */
  async #decide(
    order: Order,
    candidates: readonly Candidate[],
    { refusals, isBrief, claim }: { refusals: number; isBrief: boolean; claim: Claim | undefined },
  ): Promise<AuctionOutcome> {
    if (this.#isAlone(candidates)) {
      order.onDecided(true);
      return {
        kind: 'place',
        peer: this.#self,
        others: [],
        reason: 'the only peer that can',
        expectedMs: 0,
        reservations: new Map(),
        short: false,
      };
    }
    const { drawing, signal, journey } = order;
    const request = this.#requestFor(drawing, refusals, isBrief);
    const home = claim && this.#auction.homeOf(request, candidates);
    if (claim) claim.home = home;
    const outcome = await this.#auction.hold({ drawing, request, candidates, home, signal });
    journey.timing.bid = (journey.timing.bid ?? 0) + this.#clock.now() - request.nowMs;
    order.onDecided(outcome.kind !== 'join');
    return outcome;
  }

  #requestFor(drawing: Drawing, round = 0, isBrief = false): PlacementRequest {
    return {
      affinity: drawingAffinity(drawing),
      group: drawing.projectHash,
      round,
      isBrief,
      warmMs: this.#durations.estimate(costFeatures(drawing)).meanMs,
      nowMs: this.#clock.now(),
    };
  }

  /** The drawing, or undefined when the outcome of the auction came to nothing. */
  async #carryOut(
    order: Order,
    outcome: Placement | Joining,
    failures: PlacementFailures,
  ): Promise<PartPack | undefined> {
    if (outcome.kind === 'join') return await this.#join(order, outcome);
    return await this.#draw(order, outcome, failures);
  }

  /** Waits, as long as a drawing is waited for, for the one that another front door has under way. */
  async #join(order: Order, { peer, expectedMs }: Joining): Promise<PartPack | undefined> {
    const patience = new AbortController();
    const { stallMs } = this.#patience(order.drawing, expectedMs);
    const timer = this.#clock.after(stallMs, () => {
      patience.abort(
        new GismeshError('DEADLINE_EXCEEDED', `Peer ${peer} did not have it within ${stallMs} ms`),
      );
    });
    const signal = AbortSignal.any([order.signal, patience.signal]);
    const reason = 'another front door had it drawn';
    try {
      const joined = await this.#forwarder.join(
        this.#errand(order, peer, signal, { reason, joining: true }),
        peer,
      );
      this.#arrived(order.journey, { ...joined.pack, cache: joined.cache }, { reason, joining: true });
      return joined.pack;
    } catch {
      order.signal.throwIfAborted();
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  /** Undefined when the peers of this placement failed. */
  async #draw(
    order: Order,
    placement: Placement,
    failures: PlacementFailures,
  ): Promise<PartPack | undefined> {
    const { journey, drawing } = order;
    const how = (peer: PeerId): Manner => ({
      reason:
        peer === placement.peer
          ? placement.reason
          : `${placement.reason}; that one ${failures.why(placement.peer)}`,
      joining: false,
    });
    const reservations = new Map(placement.reservations);
    const more = async (tried: ReadonlySet<PeerId>) => {
      const further = await this.#further(order, tried, failures);
      for (const [peer, reservation] of further?.reservations ?? []) reservations.set(peer, reservation);
      return further ? [further.peer, ...further.others] : [];
    };
    this.#hedges.requested();
    try {
      const { value, peer } = await race<RemotePack>({
        clock: this.#clock,
        peers: [placement.peer, ...placement.others],
        more,
        maxAttempts: this.#options.maxAttempts - failures.counted,
        ...this.#patience(drawing, placement.expectedMs, placement.others.length === 0),
        mayHedge: () => this.#hedges.trySpend(),
        signal: order.signal,
        attempt: (peer, signal) =>
          this.#forwarder.attempt(this.#errand(order, peer, signal, how(peer)), peer, {
            reservation: reservations.get(peer) ?? 0,
            short: placement.short && peer === placement.peer,
          }),
        onFailure: (peer, error) => failures.add(peer, error),
        onStall: (peer) => void this.#look(peer, drawing),
      });
      this.#arrived(journey, { ...value.pack, cache: value.cache }, how(peer));
      if (value.cache === 'miss') this.#durations.observe(costFeatures(drawing), value.pack.renderMs);
      return value.pack;
    } catch (error) {
      order.signal.throwIfAborted();
      if (errorCode(error) === 'REQUEST_INVALID') throw error;
      return undefined;
    }
  }

  /** Who would take a drawing that is late, beside those that have it: others may have been out of hearing before. */
  async #further(
    { drawing, signal }: Order,
    tried: ReadonlySet<PeerId>,
    failures: PlacementFailures,
  ): Promise<Placement | undefined> {
    const candidates = failures.remaining(this.#candidates(drawing)).filter(({ peer }) => !tried.has(peer));
    if (candidates.length === 0) return undefined;
    const request = this.#requestFor(drawing);
    const outcome = await this.#auction.hold({ drawing, request, candidates, home: undefined, signal });
    return outcome.kind === 'place' ? outcome : undefined;
  }

  /** A peer may be slow or hang: one that does not even bid is no longer waited for. */
  async #look(peer: PeerId, drawing: Drawing): Promise<void> {
    this.#forwarder.silent(peer);
    if (!(await this.#auction.isResponsive(peer, drawing, this.#options.stallMs))) this.#forwarder.lost(peer);
  }

  /** The order as one peer is asked for it; the parts that it sends are handed on at once. */
  #errand(order: Order, peer: PeerId, signal: AbortSignal, manner: Manner): Errand {
    const { drawing, firstPart, expiresAt, journey } = order;
    const startedAt = this.#clock.now();
    return {
      drawing,
      firstPart,
      expiresAt,
      signal,
      onPart: (index, part, making) => {
        if (peer !== this.#self) journey.timing.forward ??= this.#clock.now() - startedAt;
        this.#arrived(journey, making, manner);
        order.onPart(index, part, { peer: making.drawnBy, name: making.drawnByName });
      },
    };
  }

  #arrived(journey: Journey, { cache, renderMs }: Pick<Making, 'cache' | 'renderMs'>, manner: Manner): void {
    journey.reason = manner.reason;
    journey.cache = manner.joining && cache === 'miss' ? 'joined' : cache;
    if (cache !== 'hit') journey.timing.render = renderMs;
  }

  /** When to begin elsewhere too: first within the hedge budget, then, much later, without asking. */
  #patience(drawing: Drawing, expectedMs: number, isLone = false): { hedgeMs: number; stallMs: number } {
    const { meanMs, p95Ms } = this.#durations.estimate(costFeatures(drawing));
    const lateMs = Math.max(p95Ms, expectedMs + p95Ms - meanMs);
    const hedgeMs = this.#hedges.delayMs(lateMs);
    // The only one heard was chosen however long it takes: as soon as it is late others are asked anew.
    const factor = isLone ? 1 : this.#options.stallFactor;
    return { hedgeMs, stallMs: Math.max(hedgeMs, this.#options.stallMs, factor * lateMs) };
  }
}
