import type { ErrorCode } from '../../src/core/errors.ts';
import { LEAVE_WITHIN_MS } from '../day.ts';
import { DOOR_DIED } from '../load/clients.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { RoomView } from './room-view.ts';

interface RequestPromises {
  /** From a request to its answer or error at a front door that runs, ms. */
  readonly requestTimeoutMs: number;
  /** Peers at which a drawing may fail before its client is told. */
  readonly maxAttempts: number;
  /** Drawings that a front door has on their way at once; more are refused. */
  readonly maxFlights: number;
  /** After so long without trouble between two peers each knows what the other one has, ms. */
  readonly acquaintanceMs: number;
}

/** What the simulated front door adds to the deadline: turns of the event loop. */
const SLACK_MS = 100;

/** What no client may be told: a mistake of the program, or an end that it did not ask for. */
const UNCLEAN: ReadonlySet<string> = new Set([
  'UNTYPED',
  'INTERNAL',
  'CANCELLED',
  'MESSAGE_MALFORMED',
] satisfies (ErrorCode | 'UNTYPED')[]);

interface Pending {
  readonly id: number;
  readonly door: number;
  readonly project: string;
  readonly sentMs: number;
  /** Other requests that its front door had when it came. */
  readonly besides: number;
  /** Peers that held, when it was sent, the version of the project that the front door served. */
  readonly holders: ReadonlyMap<number, string>;
}

/**
 * Every request is answered rightly, or with an error that says why, by its deadline; and with an answer whenever
 * some peer that has the project could draw it all the time and be reached.
 */
export class RequestsChecker implements Checker<RoomView> {
  readonly name = 'requests';
  readonly #findings = new Findings(this.name);
  readonly #promises: RequestPromises;
  readonly #conditions = new Conditions();
  readonly #pending = new Map<number, Pending>();
  /** Those that were reported while nothing had come yet. */
  readonly #overdue = new Set<Pending>();

  constructor(promises: RequestPromises) {
    this.#promises = promises;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent, room: RoomView): void {
    this.#conditions.observe(event);
    switch (event.kind) {
      case 'request-sent': {
        const { id, project, atMs: sentMs } = event;
        const door = numberOf(event.door);
        const besides = [...this.#pending.values()].filter((other) => other.door === door).length;
        const holders = holdersOf(project, door, room);
        this.#pending.set(id, { id, door, project, sentMs, besides, holders });
        break;
      }
      case 'request-answered': {
        const request = this.#take(event.id);
        if (!event.right)
          this.#report(event.atMs, request, `was answered by ${event.drawnBy} with another content`);
        this.#checkDeadline(request, event.atMs);
        break;
      }
      case 'request-failed': {
        const request = this.#take(event.id);
        if (event.code === DOOR_DIED) {
          // Whoever asked a front door that died knows it; one that leaves first finishes what it has.
          if (this.#conditions.isLeaving(request.door, event.atMs, LEAVE_WITHIN_MS)) {
            this.#report(event.atMs, request, 'was lost when its front door left');
          }
          break;
        }
        this.#checkDeadline(request, event.atMs);
        this.#checkError(request, event.code, event.atMs, room);
        break;
      }
    }
  }

  sample(_room: RoomView, nowMs: number): void {
    for (const request of this.#pending.values()) {
      if (this.#overdue.has(request) || !this.#late(request, nowMs)) continue;
      this.#report(nowMs, request, 'has no answer and no error after its deadline');
      this.#overdue.add(request);
    }
  }

  finish(room: RoomView, nowMs: number): void {
    this.sample(room, nowMs);
  }

  #checkDeadline(request: Pending, nowMs: number): void {
    if (!this.#overdue.delete(request) && this.#late(request, nowMs))
      this.#report(nowMs, request, `took ${Math.round(nowMs - request.sentMs)} ms`);
  }

  #late({ door, sentMs }: Pending, nowMs: number): boolean {
    const overdue = nowMs - sentMs > this.#promises.requestTimeoutMs + SLACK_MS;
    return overdue && this.#conditions.ran(door, sentMs);
  }

  #checkError(request: Pending, code: string, nowMs: number, room: RoomView): void {
    if (UNCLEAN.has(code)) {
      this.#report(nowMs, request, `failed with ${code}`);
      return;
    }
    const { requests = 0 } = room.peers[request.door]?.life?.session.occupancy ?? {};
    // By now some of those that it found there may have been answered, from the cache within the same moment.
    if (code === 'BUSY' && Math.max(request.besides, requests) >= this.#promises.maxFlights) return;
    const able = room.peers.findIndex((_, peer) => this.#couldServe(request, peer, room));
    if (able >= 0)
      this.#report(nowMs, request, `failed with ${code} although peer-${able + 1} could have drawn it`);
  }

  /** Whether the peer was there for the whole request, for the front door to be found and used. */
  #couldServe({ door, project, sentMs, holders }: Pending, peer: number, room: RoomView): boolean {
    const conditions = this.#conditions;
    const acquaintedMs = sentMs - this.#promises.acquaintanceMs;
    const held = room.peers[peer]?.catalogue.current(project)?.description.hash;
    if (held === undefined || held !== holders.get(peer)) return false;
    if (!conditions.couldDraw(peer, sentMs) || !conditions.ran(door, sentMs)) return false;
    // Too many failures end a request, wherever else it could have been drawn.
    if (conditions.failingEngines(sentMs) >= this.#promises.maxAttempts) return false;
    if (peer === door) return true;
    return (
      !conditions.anyChange(acquaintedMs) &&
      conditions.ran(door, acquaintedMs) &&
      conditions.ran(peer, acquaintedMs) &&
      conditions.couldTalk(door, peer, acquaintedMs)
    );
  }

  #take(id: number): Pending {
    const request = this.#pending.get(id);
    if (!request) throw new Error(`request ${id} ended without having been sent, or twice`);
    this.#pending.delete(id);
    return request;
  }

  #report(atMs: number, { id, door, project }: Pending, what: string): void {
    this.#findings.add(atMs, `request ${id} for ${project} at peer-${door + 1} ${what}`);
  }
}

/** Who could draw a request by the version they hold; anyone with the project where the front door serves none. */
function holdersOf(project: string, door: number, { peers }: RoomView): Map<number, string> {
  const served = peers[door]?.life?.session.maps.project(project)?.hash;
  const holders = new Map<number, string>();
  for (const [number, { catalogue }] of peers.entries()) {
    const held = catalogue.current(project)?.description.hash;
    if (held !== undefined && (served === undefined || held === served)) holders.set(number, held);
  }
  return holders;
}
