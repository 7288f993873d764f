import type { ErrorCode } from '../../src/core/errors.ts';
import { LEAVE_WITHIN_MS } from '../day.ts';
import { speedNow } from '../engine/condition.ts';
import { DOOR_DIED } from '../load/clients.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { RoomView } from './room-view.ts';
import { TakenSlots } from './taken-slots.ts';

interface RequestPromises {
  /** From a request to its answer or error at a front door that runs, ms. */
  readonly requestTimeoutMs: number;
  /** Peers at which a drawing may fail before its client is told. */
  readonly maxAttempts: number;
  /** Drawings that a front door has on their way at once; more are refused. */
  readonly maxFlights: number;
  /** How long two peers may have no trouble with each other and not have met, ms: the longest pause between dials. */
  readonly acquaintanceMs: number;
  /** From when a front door knows who has a project until it can serve it, ms. */
  readonly descriptionMs: number;
  /** After which a worker is killed that draws, ms. */
  readonly renderTimeoutMs: number;
  /** Opening a project on a machine of speed 1, ms. */
  readonly coldMs: number;
  /** Log-normal, of the times that drawings of one project take. */
  readonly sigma: number;
}

/** What the simulated front door adds to the deadline: turns of the event loop. */
const SLACK_MS = 100;

/** After trouble between two peers that know each other their connection may have to be noticed broken and mended, ms. */
const MENDING_MS = 1_000;

/** In standard deviations: one drawing of thirty thousand takes longer. */
const LONG_DRAWING = 4;

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
  /** Those of them that the front door held for alive, with that version. */
  readonly known: ReadonlySet<number>;
  /** The front door had a version of the project to serve. */
  readonly isServed: boolean;
}

/**
 * Every request is answered rightly, or with an error that says why, by its deadline; and with an answer whenever
 * some peer that has the project could draw it all the time, be reached, and had a slot free early enough.
 */
export class RequestsChecker implements Checker<RoomView> {
  readonly name = 'requests';
  readonly #findings = new Findings(this.name);
  readonly #promises: RequestPromises;
  readonly #conditions = new Conditions();
  readonly #slots: TakenSlots;
  readonly #pending = new Map<number, Pending>();
  /** Those that were reported while nothing had come yet. */
  readonly #overdue = new Set<Pending>();
  /** Who holds what is served of each project: by both, and until something happens to a machine. */
  readonly #holders = new Map<string, ReadonlyMap<number, string>>();

  constructor(promises: RequestPromises) {
    this.#promises = promises;
    this.#slots = new TakenSlots(promises.requestTimeoutMs);
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
        const served = servedAt(door, project, room);
        const holders = this.#holdersOf(project, served, room);
        const known = knownAt(door, holders, room);
        const isServed = served !== undefined;
        this.#pending.set(id, { id, door, project, sentMs, besides, holders, known, isServed });
        break;
      }
      case 'fault-began':
      case 'fault-ended':
        this.#holders.clear();
        break;
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

  sample(room: RoomView, nowMs: number): void {
    this.#slots.look(room, nowMs);
    this.#findOverdue(nowMs);
  }

  finish(_room: RoomView, nowMs: number): void {
    this.#findOverdue(nowMs);
  }

  #holdersOf(project: string, served: string | undefined, room: RoomView): ReadonlyMap<number, string> {
    const key = `${project} ${served}`;
    const known = this.#holders.get(key);
    if (known) return known;
    const holders = holdersOf(project, served, room);
    this.#holders.set(key, holders);
    return holders;
  }

  #findOverdue(nowMs: number): void {
    for (const request of this.#pending.values()) {
      if (this.#overdue.has(request) || !this.#late(request, nowMs)) continue;
      this.#report(nowMs, request, 'has no answer and no error after its deadline');
      this.#overdue.add(request);
    }
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
    const able = room.peers.findIndex(
      (_, peer) => this.#couldServe(request, peer, room) && this.#hadTime(request, peer, code, nowMs, room),
    );
    if (able >= 0)
      this.#report(nowMs, request, `failed with ${code} although peer-${able + 1} could have drawn it`);
  }

  /** Whether the peer was there for the whole request, for the front door to be found and used. */
  #couldServe(request: Pending, peer: number, room: RoomView): boolean {
    const { door, project, sentMs, holders } = request;
    const conditions = this.#conditions;
    const held = room.peers[peer]?.catalogue.current(project)?.description.hash;
    if (held === undefined || held !== holders.get(peer)) return false;
    if (!conditions.couldDraw(peer, sentMs) || !conditions.ran(door, sentMs)) return false;
    // Too many failures end a request, wherever else it could have been drawn.
    if (conditions.failingEngines(sentMs) >= this.#promises.maxAttempts) return false;
    if (peer === door) return true;
    const sinceMs = sentMs - this.#graceMs(request, peer);
    return (
      !conditions.anyChange(sinceMs) &&
      conditions.ran(door, sinceMs) &&
      conditions.ran(peer, sinceMs) &&
      conditions.couldTalk(door, peer, sinceMs)
    );
  }

  /** Whether the peer could have opened the project and made a long drawing of it, within the time that there was. */
  #hadTime({ sentMs, holders }: Pending, peer: number, code: string, nowMs: number, room: RoomView): boolean {
    // Whoever is told anything else, or sooner, could have waited until somebody has a slot free.
    if (code !== 'DEADLINE_EXCEEDED') return true;
    const { requestTimeoutMs, renderTimeoutMs } = this.#promises;
    const longMs = this.#longMs(peer, holders.get(peer)!, room);
    if (longMs > Math.min(renderTimeoutMs, requestTimeoutMs)) return false;
    // Its time may have begun before, with that of an equal request.
    const lastMs = nowMs - longMs;
    return lastMs >= sentMs && !this.#slots.allTaken(peer, sentMs, lastMs);
  }

  /** What a long drawing of the project takes there, with opening it, ms. */
  #longMs(peer: number, hash: string, { seats, projects, work }: RoomView): number {
    const { coldMs, sigma } = this.#promises;
    const drawingMs = work.projectMs(projects.numberOf(hash)) * Math.exp(LONG_DRAWING * sigma);
    return (coldMs + drawingMs) / speedNow(seats[peer]!.condition);
  }

  /** How long before a request there may have been no trouble between a front door and a peer, for it to be used. */
  #graceMs({ known, isServed }: Pending, peer: number): number {
    if (!known.has(peer)) return this.#promises.acquaintanceMs;
    return isServed ? MENDING_MS : this.#promises.descriptionMs;
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

/** The version of the project that the front door serves. */
function servedAt(door: number, project: string, { peers }: RoomView): string | undefined {
  return peers[door]?.life?.session.maps.project(project)?.hash;
}

/** Who could draw a request by the version they hold; anyone with the project where the front door serves none. */
function holdersOf(project: string, served: string | undefined, { peers }: RoomView): Map<number, string> {
  const holders = new Map<number, string>();
  for (const [number, { catalogue }] of peers.entries()) {
    const held = catalogue.current(project)?.description.hash;
    if (held !== undefined && (served === undefined || held === served)) holders.set(number, held);
  }
  return holders;
}

/** Which of the holders the front door takes for alive, and for holders. */
function knownAt(door: number, holders: ReadonlyMap<number, string>, { peers }: RoomView): Set<number> {
  const membership = peers[door]?.life?.membership;
  const known = new Set<number>();
  for (const [number, held] of holders) {
    const member = membership?.member(peers[number]!.name);
    if (member?.state === 'alive' && member.offer.projects.some(({ hash }) => hash === held))
      known.add(number);
  }
  return known;
}
