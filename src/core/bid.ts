/**
 * The bidder's side of an auction: when could this peer have the request done, and what has it already
 * promised to others. Every time is in ms.
 */
import type { Bid } from './placement.ts';

/** What a bidder knows of itself at the moment of the question. */
export interface BidderState {
  /** Workers that can draw. */
  readonly slots: number;
  /** Estimated rest of each task being drawn. */
  readonly runningMs: readonly number[];
  /** Estimated service of each task waiting, in order. */
  readonly queuedMs: readonly number[];
  /** Estimated service of each soft reservation of others (`Reservations.estimates`). */
  readonly reservedMs: readonly number[];
  /** This machine's speed now over the speed at which the estimates were learned: below 1 beside its owner. */
  readonly speed: number;
  /** The owner needs the whole machine. */
  readonly ownerNeedsMachine: boolean;
  /** Leaving: finishes what it has and takes nothing more. */
  readonly draining: boolean;
  /** It would refuse one task more, however short its queue looks. */
  readonly full?: boolean;
}

/** What it knows of the request. */
export interface BidRequest {
  /** Its own estimate of the service on a warm worker. */
  readonly serviceMs: number;
  /** Time to open the project first; 0 when a worker has it open. */
  readonly coldMs: number;
  /** It has the exact version of the project, and an engine for it. */
  readonly holdsBundle: boolean;
  /** It has the finished answer. */
  readonly cached: boolean;
  /** Others keep the project open: a peer with work of its own does not open it as well. */
  readonly outsider?: boolean;
  /** The same answer is being drawn here and will be there in so many ms. */
  readonly drawingMs?: number;
}

export interface BidOptions {
  /** Tasks waiting or reserved, per slot, above which it declines. */
  readonly maxQueuedPerSlot: number;
}

type DeclineReason = 'no bundle' | 'not open' | 'draining' | 'owner' | 'no worker' | 'queue full';

export interface Offer {
  readonly kind: Bid['kind'];
  /** Expected finish from now; Infinity: declined. */
  readonly expectedMs: number;
  /** Tasks running, waiting and reserved. */
  readonly inFlight: number;
  readonly declined?: DeclineReason;
}

/** Waiting below this speed would never end; the bid stays a number that others can compare. */
const MIN_SPEED = 0.01;

/**
 * A peer's bid: wait for a slot, then opening the project, then drawing, all at its present speed.
 * An answer that exists, or is on its way, is offered even by a peer that would draw nothing new.
 */
export function composeBid(state: BidderState, request: BidRequest, options: BidOptions): Offer {
  const waiting = state.queuedMs.length + state.reservedMs.length;
  const inFlight = state.runningMs.length + waiting;
  if (request.cached) return { kind: 'cached', expectedMs: 0, inFlight };
  if (request.drawingMs !== undefined) {
    return { kind: 'drawing', expectedMs: Math.max(0, request.drawingMs), inFlight };
  }
  const declined = declineReason(state, request, waiting, options);
  if (declined !== undefined) return { kind: 'draw', expectedMs: Infinity, inFlight, declined };
  const waitMs = waitForSlotMs(state.slots, state.runningMs, [...state.queuedMs, ...state.reservedMs]);
  const expectedMs = (waitMs + request.coldMs + request.serviceMs) / Math.max(MIN_SPEED, state.speed);
  return { kind: 'draw', expectedMs, inFlight };
}

function declineReason(
  state: BidderState,
  request: BidRequest,
  waiting: number,
  options: BidOptions,
): DeclineReason | undefined {
  if (!request.holdsBundle) return 'no bundle';
  if (state.draining) return 'draining';
  if (state.ownerNeedsMachine) return 'owner';
  if (state.slots < 1) return 'no worker';
  if (state.full || waiting >= options.maxQueuedPerSlot * state.slots) return 'queue full';
  const isBusy = state.runningMs.length + waiting >= state.slots;
  if (request.outsider && request.coldMs > 0 && isBusy) return 'not open';
  return undefined;
}

/**
 * When a slot becomes free for one more task, by list scheduling: each waiting task in turn takes the slot
 * that is free first (Graham 1969). The caller bounds both lists.
 */
export function waitForSlotMs(
  slots: number,
  runningMs: readonly number[],
  waitingMs: readonly number[],
): number {
  if (slots < 1) return Infinity;
  const freeAtMs = new Array<number>(slots).fill(0);
  // Longest rest first is no matter of order: each running task holds a slot of its own. More running tasks
  // than slots (the pool is shrinking) queue behind each other.
  for (const task of [...runningMs, ...waitingMs]) {
    const first = indexOfLeast(freeAtMs);
    freeAtMs[first] = freeAtMs[first]! + Math.max(0, task);
  }
  return freeAtMs[indexOfLeast(freeAtMs)]!;
}

function indexOfLeast(values: readonly number[]): number {
  let least = 0;
  for (let i = 1; i < values.length; i += 1) {
    if (values[i]! < values[least]!) least = i;
  }
  return least;
}

export interface ReservationOptions {
  /** How long a bid's slot is kept for the asker. */
  readonly holdMs: number;
  /** Most reservations kept; a further bid reserves nothing. */
  readonly maxReservations: number;
}

/**
 * The places that a bidder holds for those it made a bid to, so that two askers at the same moment do not
 * both get the same idle worker. A reservation is soft: it runs out by itself, and a request that comes
 * without one is served all the same.
 */
export class Reservations {
  readonly #options: ReservationOptions;
  /** In order of expiry, as all are held equally long. */
  readonly #held = new Map<string, { readonly serviceMs: number; readonly expiresAtMs: number }>();

  constructor(options: ReservationOptions) {
    this.#options = options;
  }

  /** Holds a place for the request `id`; again for the same id holds it anew. False when too many are held. */
  reserve(id: string, serviceMs: number, nowMs: number): boolean {
    this.#expire(nowMs);
    this.#held.delete(id);
    if (this.#held.size >= this.#options.maxReservations) return false;
    this.#held.set(id, { serviceMs, expiresAtMs: nowMs + this.#options.holdMs });
    return true;
  }

  /** The request has come and is counted as a task from now on. False when nothing was held for it any more. */
  confirm(id: string, nowMs: number): boolean {
    this.#expire(nowMs);
    return this.#held.delete(id);
  }

  /** The asker chose another peer. */
  release(id: string): void {
    this.#held.delete(id);
  }

  /** Places held. */
  size(nowMs: number): number {
    this.#expire(nowMs);
    return this.#held.size;
  }

  /** Service times of what is held, for `BidderState.reservedMs`. */
  estimates(nowMs: number): number[] {
    this.#expire(nowMs);
    return [...this.#held.values()].map((held) => held.serviceMs);
  }

  #expire(nowMs: number): void {
    for (const [id, held] of this.#held) {
      if (held.expiresAtMs > nowMs) return;
      this.#held.delete(id);
    }
  }
}
