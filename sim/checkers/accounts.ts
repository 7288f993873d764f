import type { Config } from '../../src/config.ts';
import type { Occupancy } from '../../src/node/mesh-session.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { PeerView, RoomView } from './room-view.ts';

/** A stream's window, and what one write may go beyond it. */
const MOST_UNREAD_BYTES = 2 * 256 * 1024;
/** Claims and attempts of a peer that is gone, or of a request that has ended, are gone soon after, ms. */
const GRACE_MS = 7_000;
/** Samples of the calls under way that count: a peer that looks after copies asks everybody at once for a moment. */
const SAMPLES = 4;

/**
 * What peers keep for requests and for each other stays within the bounds of the configuration, belongs to somebody,
 * and is gone when the room has been quiet for long.
 */
export class AccountsChecker implements Checker<RoomView> {
  readonly name = 'accounts';
  readonly #findings = new Findings(this.name);
  readonly #config: Pick<Config, 'maps' | 'placement'>;
  readonly #callsAtRest: number;
  readonly #conditions = new Conditions();
  /** When each request was sent that has not ended, ms. */
  readonly #pending = new Map<number, number>();
  /** Since when something has been wrong that may be so for a moment, by what and where. */
  readonly #since = new Map<string, number>();
  /** Calls under way at the last samples, by peer. */
  readonly #calls = new Map<string, number[]>();
  /** Since when nothing fails and no request has ended, ms. */
  #restingMs = Infinity;

  /** @param callsAtRest messages of the membership that may be under way at any moment, per peer */
  constructor(config: Pick<Config, 'maps' | 'placement'>, callsAtRest: number) {
    this.#config = config;
    this.#callsAtRest = callsAtRest;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    switch (event.kind) {
      case 'healed':
        this.#restingMs = event.atMs;
        break;
      case 'request-sent':
        this.#pending.set(event.id, event.atMs);
        break;
      case 'request-answered':
      case 'request-failed':
        this.#pending.delete(event.id);
        if (this.#restingMs < Infinity) this.#restingMs = event.atMs;
        break;
    }
  }

  sample(room: RoomView, nowMs: number): void {
    const wrong = new Set<string>();
    for (const peer of room.peers) {
      if (!peer.life || !this.#conditions.ran(numberOf(peer.name), nowMs)) continue;
      const { occupancy } = peer.life.session;
      this.#checkBounds(peer, occupancy, nowMs);
      const { network } = peer.life.process;
      this.#noteCalls(peer.name, network.openCalls);
      for (const holder of occupancy.claimants) {
        if (holder === peer.name || network.isConnected(holder)) continue;
        wrong.add(`${peer.name} keeps claims for ${holder}, which is gone`);
      }
      const isOrphaned = occupancy.requests === 0 && occupancy.attempts > 0;
      if (isOrphaned) wrong.add(`${peer.name} waits for drawings without any request`);
    }
    this.#report(wrong, nowMs);
  }

  finish(room: RoomView, nowMs: number): void {
    if (nowMs - this.#quietSinceMs < this.#config.maps.claimMs + GRACE_MS) return;
    for (const peer of room.peers) {
      if (!peer.life) continue;
      const { claimants, ...counts } = peer.life.session.occupancy;
      const left = { ...counts, claims: claimants.length, streams: peer.life.process.network.openStreams };
      for (const [what, count] of Object.entries(left)) {
        if (count > 0)
          this.#findings.add(nowMs, `${peer.name} still has ${count} ${what} after a long quiet`);
      }
      // What is left open stays open.
      const calls = Math.min(peer.life.process.network.openCalls, ...(this.#calls.get(peer.name) ?? []));
      if (calls > this.#callsAtRest)
        this.#findings.add(nowMs, `${peer.name} has ${calls} calls open at rest`);
    }
  }

  /** Since when, at the latest, nobody waits for a drawing; one that is overdue is no excuse. */
  get #quietSinceMs(): number {
    const { requestTimeoutMs } = this.#config.maps;
    let quietSinceMs = this.#restingMs;
    for (const sentMs of this.#pending.values()) {
      quietSinceMs = Math.max(quietSinceMs, sentMs + requestTimeoutMs);
    }
    return quietSinceMs;
  }

  #noteCalls(peer: string, calls: number): void {
    const noted = this.#calls.get(peer);
    if (!noted) this.#calls.set(peer, [calls]);
    else if (noted.push(calls) > SAMPLES) noted.shift();
  }

  #checkBounds(peer: PeerView, occupancy: Occupancy, nowMs: number): void {
    const { maps, placement } = this.#config;
    const bounds: Array<[string, number, number]> = [
      ['requests', occupancy.requests, maps.maxFlights],
      ['drawings', occupancy.drawings, maps.maxFlights],
      // Each request may be at several peers; one that has ended may linger for a dial.
      ['attempts', occupancy.attempts, maps.maxAttempts * (occupancy.requests + 64)],
      ['claims', occupancy.claimants.length, maps.maxClaims],
      ['reservations', occupancy.reservations, placement.reservations.maxReservations],
      ['unread bytes in a stream', peer.life!.process.network.unreadStreamBytes, MOST_UNREAD_BYTES],
    ];
    for (const [what, count, bound] of bounds) {
      if (count > bound) this.#findings.add(nowMs, `${peer.name} has ${count} ${what}, more than ${bound}`);
    }
  }

  /** Reports once what has been wrong in every sample for longer than it may be. */
  #report(wrong: ReadonlySet<string>, nowMs: number): void {
    for (const what of this.#since.keys()) if (!wrong.has(what)) this.#since.delete(what);
    for (const what of wrong) {
      const since = this.#since.get(what);
      if (since === undefined) this.#since.set(what, nowMs);
      else if (nowMs - since > GRACE_MS) {
        this.#findings.add(nowMs, what);
        this.#since.set(what, Infinity);
      }
    }
  }
}
