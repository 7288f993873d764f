import type { ErrorCode } from '../../src/core/errors.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import { type ClockBounds, JobClocks } from './job-clocks.ts';
import { JobViews } from './job-views.ts';
import type { RoomView } from './room-view.ts';

/** Several peers may each have to be waited for before enough of them hold a job, ms. */
const ANSWER_MS = 30_000;
/** What went wrong before may still keep peers apart, ms. */
const AFTERMATH_MS = 30_000;

/** What no client may be told: a mistake of the program, or an end that it did not ask for. */
const UNCLEAN: ReadonlySet<string> = new Set([
  'UNTYPED',
  'INTERNAL',
  'CANCELLED',
  'MESSAGE_MALFORMED',
] satisfies (ErrorCode | 'UNTYPED')[]);

interface Pending {
  readonly door: string;
  readonly atMs: number;
  readonly source?: string | undefined;
}

/**
 * Whoever submits a job is given its id, or told why not, in time; and from then on every machine knows the job, as
 * long as not all that hold it may be gone, and it does not take their clocks for too far ahead.
 */
export class JobSubmissionsChecker implements Checker<RoomView> {
  readonly name = 'job-submissions';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #views = new JobViews();
  readonly #clocks: JobClocks;
  readonly #copies: number;
  readonly #pending = new Map<number, Pending>();
  readonly #gone = new Set<string>();

  /** @param copies peers that are to hold a job besides its front door */
  constructor(copies: number, clocks: ClockBounds) {
    this.#copies = copies;
    this.#clocks = new JobClocks(clocks);
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent, room: RoomView): void {
    this.#conditions.observe(event);
    this.#views.observe(event);
    this.#clocks.observe(event, room);
    switch (event.kind) {
      case 'job-submitted':
        this.#pending.set(event.ticket, event);
        break;
      case 'job-accepted':
        this.#pending.delete(event.ticket);
        break;
      case 'job-refused':
        this.#checkRefusal(event, this.#pending.get(event.ticket)?.source, room);
        this.#pending.delete(event.ticket);
        break;
      case 'job-told':
        if (event.state === 'unknown') this.#checkUnknown(event, room);
        break;
      case 'peer-started':
        this.#gone.delete(event.peer);
        break;
      case 'peer-ended':
        this.#gone.add(event.peer);
        for (const [ticket, { door }] of this.#pending) if (door === event.peer) this.#pending.delete(ticket);
        break;
    }
  }

  sample(_room: unknown, nowMs: number): void {
    for (const [ticket, { door, atMs }] of this.#pending) {
      if (nowMs - atMs <= ANSWER_MS || !this.#conditions.ran(numberOf(door), atMs)) continue;
      this.#findings.add(
        nowMs,
        `submission ${ticket} at ${door} has no answer for ${Math.round(nowMs - atMs)} ms`,
      );
      this.#pending.delete(ticket);
    }
  }

  #checkRefusal(
    { atMs, ticket, door, code }: Extract<RunEvent, { kind: 'job-refused' }>,
    source: string | undefined,
    room: RoomView,
  ): void {
    if (!UNCLEAN.has(code) && (code === 'BUSY' || this.#isExcused(code, { door, atMs, source }, room)))
      return;
    this.#findings.add(atMs, `submission ${ticket} at ${door} was refused with ${code}`);
  }

  /**
   * Only a result that is gone, or may be, makes an input invalid, and a process is unknown where nobody is left that
   * could execute it; anything else follows from trouble.
   */
  #isExcused(code: string, { door, atMs, source }: Pending, room: RoomView): boolean {
    if (code === 'PROCESS_UNKNOWN' && !this.#isOffered(room, atMs - AFTERMATH_MS)) return true;
    if (code !== 'INPUT_INVALID') return !this.#wasQuiet(door, atMs - AFTERMATH_MS);
    return (
      source !== undefined &&
      (this.#views.dismissing.has(source) || !this.#mustKnow(door, source, atMs, room))
    );
  }

  /** Whether somebody offers processes who has run since then. */
  #isOffered({ peers }: RoomView, sinceMs: number): boolean {
    return peers.some(
      ({ name, life }) =>
        life?.jobs?.service.processes.digest && this.#conditions.ran(numberOf(name), sinceMs),
    );
  }

  #checkUnknown({ atMs, job, door }: Extract<RunEvent, { kind: 'job-told' }>, room: RoomView): void {
    if (!this.#mustKnow(door, job, atMs, room)) return;
    this.#findings.add(atMs, `job ${job}: ${door} says that there is no such job`);
  }

  /** Whether a job that was accepted lives at some peer that this door can ask, and believes. */
  #mustKnow(door: string, job: string, atMs: number, room: RoomView): boolean {
    const peer = room.peers.find(({ name }) => name === door);
    if (peer && this.#clocks.refuses(peer, job, room)) return false;
    const sinceMs = Math.min(atMs - AFTERMATH_MS, this.#views.submittedMs(job));
    const lost = this.#conditions.lostDisks(sinceMs);
    const away = [...this.#gone].filter((peer) => !lost.has(numberOf(peer))).length;
    return lost.size + away <= this.#copies && this.#wasQuiet(door, sinceMs);
  }

  /** Whether nothing but the end of other machines went wrong, as far as this door could notice. */
  #wasQuiet(door: string, sinceMs: number): boolean {
    return this.#conditions.onlyGone(sinceMs) && this.#conditions.ran(numberOf(door), sinceMs);
  }
}
