import type { LeaseOptions } from '../../src/core/jobs/lease.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import { JobViews } from './job-views.ts';
import type { RoomView } from './room-view.ts';

/** For a claim to be made and to be heard of, ms. */
const SLACK_MS = 5_000;
/** Standbys of a job that may have gone as well, or have to be found anew. */
const STANDBYS = 3;

/**
 * Nobody waits for the dead: when the peer that executes or places a job is gone, another one has it within the time
 * of a lease, and sooner when everybody knows that it is gone, as long as the others hear each other, somebody who could
 * execute it is there, and not all that hold its request went together.
 */
export class JobTakeoversChecker implements Checker<RoomView> {
  readonly name = 'job-takeovers';
  readonly #findings = new Findings(this.name);
  readonly #withinMs: number;
  /** Since everybody knows. */
  readonly #knownWithinMs: number;
  readonly #conditions = new Conditions();
  readonly #views = new JobViews();
  /** When each peer that does not run ended, ms. */
  readonly #goneMs = new Map<string, number>();
  /** Since when all others hold each of these for dead, or know that it has left, ms. */
  readonly #knownMs = new Map<string, number>();
  readonly #reported = new Set<string>();
  #healed = false;

  constructor({ expireMs, staggerMs }: LeaseOptions) {
    this.#knownWithinMs = STANDBYS * staggerMs + SLACK_MS;
    this.#withinMs = expireMs + this.#knownWithinMs;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    this.#views.observe(event);
    if (event.kind === 'healed') this.#healed = true;
    else if (event.kind === 'peer-ended') this.#goneMs.set(event.peer, event.atMs);
    else if (event.kind === 'peer-started') {
      this.#goneMs.delete(event.peer);
      this.#knownMs.delete(event.peer);
    }
  }

  sample(room: RoomView, nowMs: number): void {
    this.#see(room, nowMs);
    if (this.#healed) return;
    this.#check(room, nowMs, this.#goneMs, this.#withinMs);
    this.#check(room, nowMs, this.#knownMs, this.#knownWithinMs);
  }

  #see({ peers }: RoomView, nowMs: number): void {
    const views = peers.flatMap(({ life }) => (life ? [life.membership.members()] : []));
    for (const gone of this.#goneMs.keys()) {
      const isKnown = views.every((members) => {
        const state = members.find(({ peer }) => peer === gone)?.state;
        return state === 'dead' || state === 'left';
      });
      if (!isKnown) this.#knownMs.delete(gone);
      else if (!this.#knownMs.has(gone)) this.#knownMs.set(gone, nowMs);
    }
  }

  #check(room: RoomView, nowMs: number, sinceWhen: ReadonlyMap<string, number>, withinMs: number): void {
    const sinceMs = nowMs - withinMs;
    const gone = new Set([...sinceWhen].flatMap(([peer, atMs]) => (atMs < sinceMs ? [peer] : [])));
    if (gone.size === 0 || !this.#conditions.onlyGone(sinceMs)) return;
    const able = room.peers.filter(
      ({ name, life }) =>
        life?.jobs?.service.processes.digest && this.#conditions.ran(numberOf(name), sinceMs),
    );
    if (able.length === 0) return;
    for (const job of this.#views.accepted.keys()) {
      if (this.#reported.has(job)) continue;
      const left = this.#leftAt(job, able, gone);
      if (left === undefined || !isRequestHeld(job, room)) continue;
      this.#reported.add(job);
      this.#findings.add(
        nowMs,
        `job ${job} is still with ${left}, which is gone for ${Math.round(nowMs - this.#goneMs.get(left)!)} ms`,
      );
    }
  }

  /** The peer that is gone and has the job, in the eyes of all of these who know it. */
  #leftAt(job: string, peers: RoomView['peers'], gone: ReadonlySet<string>): string | undefined {
    const statuses = peers.flatMap(({ jobs }) => jobs?.statuses.content.records.get(job)?.status ?? []);
    const holders = new Set(
      statuses.map(({ state, owner, submitter }) =>
        state === 'accepted' || state === 'running' ? owner || submitter : '',
      ),
    );
    const [holder] = holders;
    return holders.size === 1 && holder !== undefined && gone.has(holder) ? holder : undefined;
  }
}

/** Whether what the job was asked to do is with somebody who runs. */
function isRequestHeld(job: string, { peers }: RoomView): boolean {
  return peers.some(({ life, jobs }) => life && jobs?.statuses.content.requests.has(job));
}
