import { errorCode } from '../core/errors.ts';
import type { Attempt as AttemptEntry } from '../core/jobs/job-status.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import { type JobOffer, type Move, planMoves, type RebalancingBounds } from '../core/jobs/rebalancing.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Attempt } from './attempt.ts';
import { type Chaining, dataOf } from './chaining.ts';
import type { Executor } from './executor.ts';
import type { Placing } from './placing.ts';
import type { Replication } from './replication.ts';
import type { StatusMap } from './status-map.ts';

const REASON = 'another peer has it done sooner';

export interface RebalancingOptions extends RebalancingBounds {
  /** Jobs that have waited for so long are offered. */
  readonly waitedMs: number;
  /** Between offers that nobody took, at first and at most. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** A job goes from queue to queue so often. */
  readonly maxMoves: number;
}

export interface RebalancerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly placing: Placing;
  readonly chaining: Chaining;
  readonly executor: Executor;
  readonly options: RebalancingOptions & {
    /** After so long whoever was asked to take a job has done so, or is taken for gone. */
    readonly expireMs: number;
  };
}

/** Offers of jobs of one kind came to nothing. */
interface Pause {
  readonly failures: number;
  readonly untilMs: number;
}

/**
 * Offers jobs that wait here, and have not begun, to others anew: those who have them done clearly sooner by now get
 * them. A job is in one queue at a time: while another peer is asked to claim it, it does not begin here, and where the
 * answer is lost those who know first are asked whether it was claimed.
 */
export class Rebalancer {
  readonly #parts: RebalancerParts;
  readonly #pauses = new Map<string, Pause>();
  #isOffering = false;

  constructor(parts: RebalancerParts) {
    this.#parts = parts;
  }

  /** Called now and then. One kind of jobs is offered at a time. */
  look(): void {
    const { executor, clock, log } = this.#parts;
    if (this.#isOffering || executor.draining) return;
    const nowMs = clock.now();
    const kinds = this.#movable(nowMs);
    for (const kind of this.#pauses.keys()) if (!kinds.has(kind)) this.#pauses.delete(kind);
    for (const [kind, attempts] of kinds) {
      if (nowMs < (this.#pauses.get(kind)?.untilMs ?? nowMs)) continue;
      this.#isOffering = true;
      void this.#offer(kind, attempts)
        .catch((error) => log.warn({ err: error }, 'jobs that wait could not be offered to others'))
        .finally(() => {
          this.#isOffering = false;
        });
      return;
    }
  }

  /** Of each kind those that may go: bids for one hold for the others. */
  #movable(nowMs: number): Map<string, Attempt[]> {
    const { executor, options } = this.#parts;
    const kinds = new Map<string, Attempt[]>();
    for (const attempt of executor.inTurn()) {
      if (nowMs - attempt.claimedMs < options.waitedMs || !this.#mayGo(attempt)) continue;
      const kind = kindOf(attempt);
      kinds.set(kind, [...(kinds.get(kind) ?? []), attempt]);
    }
    return kinds;
  }

  #mayGo(attempt: Attempt): boolean {
    const { executor, options } = this.#parts;
    return (
      !attempt.isOffered &&
      !attempt.isGivenBack &&
      !attempt.isSuperseded &&
      executor.isWaiting(attempt) &&
      movesOf(attempt.status.attempts) < options.maxMoves
    );
  }

  async #offer(kind: string, attempts: readonly Attempt[]): Promise<void> {
    const { clock, executor, options } = this.#parts;
    const idle = attempts.map(({ status }) => ({ peer: '', expectedMs: executor.serviceMs(status.process) }));
    const isWorthIt = this.#plan(attempts, idle).length > 0;
    const failed = this.#pauses.get(kind)?.failures ?? 0;
    const offers = isWorthIt ? await this.#offers(attempts[0] as Attempt, failed) : [];
    const moves = offers.length > 0 ? this.#plan(attempts, offers) : [];
    const gone = await Promise.all(moves.map((move) => this.#move(move)));
    if (gone.includes(true)) {
      this.#pauses.delete(kind);
      return;
    }
    const pauseMs = Math.min(options.maxPauseMs, options.pauseMs * 2 ** failed);
    this.#pauses.set(kind, { failures: failed + 1, untilMs: clock.now() + pauseMs });
  }

  /** In a large mesh others are asked each time. */
  async #offers({ id, status, submission }: Attempt, failed: number): Promise<readonly JobOffer[]> {
    const { placing, chaining } = this.#parts;
    const sources = isChained(submission) ? await chaining.sources(submission) : [];
    const { bids } = await placing.bids(submission, {
      order: failed === 0 ? id : `${id} ${failed}`,
      urgent: status.mode === 'sync',
      data: dataOf(submission, sources),
    });
    return bids;
  }

  #plan(attempts: readonly Attempt[], offers: readonly JobOffer[]): Move[] {
    const { executor, options } = this.#parts;
    const offered = new Set(attempts);
    const waiting = executor.inTurn().map((attempt) => ({
      id: attempt.id,
      ...executor.demand(attempt),
      isMovable: offered.has(attempt) && this.#mayGo(attempt),
    }));
    return planMoves(executor.plan(), waiting, offers, options);
  }

  /** Whether it is somebody else's now. */
  async #move({ job, peer, withinMs }: Move): Promise<boolean> {
    const { map, replication, placing, executor, log } = this.#parts;
    const attempt = executor.attempt(job);
    if (!attempt || !this.#mayGo(attempt)) return false;
    attempt.isOffered = true;
    try {
      const [record, request] = await Promise.all([map.get(job), replication.request(job)]);
      if (!record || !request || isTerminal(record.status.state)) return false;
      if (record.status.epoch !== attempt.status.epoch) return false;
      await placing.hand(peer, record, request, { reason: REASON, handedOver: true, withinMs });
    } catch (error) {
      log.debug({ job, peer, err: error }, 'a peer did not take a job that waits here');
      if (errorCode(error) !== 'BUSY') await this.#ascertain(attempt);
    } finally {
      attempt.isOffered = false;
      executor.offerEnded(attempt);
    }
    return attempt.isSuperseded;
  }

  /** The answer was lost: the peer may have claimed the job, or may be about to. */
  async #ascertain({ id, submission }: Attempt): Promise<void> {
    const { clock, replication, options } = this.#parts;
    if (!submission.idempotent) await sleep(clock, options.expireMs);
    await replication.refresh(id);
  }
}

function kindOf({ id, status, submission }: Attempt): string {
  const { process, mode } = status;
  return isChained(submission) ? id : JSON.stringify([process, submission.processVersion, mode]);
}

function isChained({ request }: Attempt['submission']): boolean {
  return request.inputs.some(({ value }) => value.kind === 'job');
}

/** How often it was given from queue to queue. */
function movesOf(attempts: readonly AttemptEntry[]): number {
  return attempts.filter(({ handedOver, startedAt }) => handedOver && startedAt === undefined).length;
}
