import { composeBid } from '../core/bid.ts';
import { GismeshError } from '../core/errors.ts';
import type { Durations } from '../core/jobs/durations.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { claimed } from '../core/jobs/transitions.ts';
import type { OwnerAllowance } from '../core/owner-policy.ts';
import { Attempt, type AttemptOptions, type AttemptWorld } from './attempt.ts';
import type { NeededData } from './chaining.ts';
import type { Submission } from './submission.ts';

interface ExecutorOptions extends AttemptOptions {
  readonly slots: number;
  readonly maxQueued: number;
  /** Attempts whose outputs are being kept while others run. */
  readonly maxStoring: number;
  readonly priorDurationMs: number;
  readonly longMs: number;
  readonly fetchBytesPerMs: number;
}

/** What a peer bids for a job. */
export interface JobBid {
  /** From now until the end, ms; infinite: declined. */
  readonly expectedMs: number;
  readonly reason: string;
  /** It could begin at once. */
  readonly isIdle: boolean;
}

export interface ExecutorParts extends Omit<AttemptWorld, 'options'> {
  readonly durations: Durations;
  readonly owner: OwnerAllowance;
  readonly options: ExecutorOptions;
  /** Nothing was done of the attempt: the job is to be placed elsewhere. */
  readonly onUnavailable: (record: StatusRecord, reason: string) => void;
}

const DECLINED = {
  'no bundle': 'it does not offer the process',
  draining: 'it is leaving',
  owner: 'somebody works at it, or it runs on battery',
  'no worker': 'it executes no jobs',
  'queue full': 'its queue is full',
} as const;

/** Executes jobs at this peer: some at a time, the others wait their turn. */
export class Executor {
  draining = false;
  readonly #parts: ExecutorParts;
  readonly #running = new Map<string, Attempt>();
  #queued: Attempt[] = [];
  /** Their claims are being written. */
  readonly #claiming = new Map<string, Attempt>();

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    parts.map.onChange((record) => this.#heard(record));
  }

  /** Attempts that run or wait here. */
  attempts(): Attempt[] {
    return [...this.#running.values(), ...this.#queued, ...this.#claiming.values()];
  }

  attempt(job: string): Attempt | undefined {
    return this.#running.get(job) ?? this.#claiming.get(job) ?? this.#queued.find(({ id }) => id === job);
  }

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#queued.length;
  }

  /** `forOthers`: the job was not submitted at this machine, whose owner may need it. `data`: what it takes. */
  bid(process: string, version: string, forOthers: boolean, data: readonly NeededData[] = []): JobBid {
    const { options, clock, provider, owner, outputs } = this.#parts;
    const description = provider.find(process);
    const expectation = provider.expectation(process);
    const nowMs = clock.now();
    const runningMs = this.#working().map((attempt) => this.#restMs(attempt, nowMs));
    const queuedMs = this.#queued.map(({ status }) => this.#expectedMs(status.process));
    const serviceMs = this.#expectedMs(process);
    let missingBytes = 0;
    for (const { artifact, bytes } of data) if (!outputs.holds(artifact)) missingBytes += bytes;
    const { expectedMs, declined } = composeBid(
      {
        slots: options.slots,
        runningMs,
        queuedMs,
        reservedMs: new Array<number>(this.#claiming.size).fill(serviceMs),
        speed: 1,
        ownerNeedsMachine: forOthers && !owner.takesJobsOfOthers,
        draining: this.draining,
      },
      {
        serviceMs,
        coldMs: missingBytes / options.fetchBytesPerMs,
        holdsBundle: description?.version === version && expectation !== undefined,
        cached: false,
      },
      { maxQueuedPerSlot: Math.ceil(options.maxQueued / Math.max(1, options.slots)) },
    );
    const reason = declined === undefined ? '' : DECLINED[declined];
    const underWay = this.#working().length + this.#queued.length + this.#claiming.size;
    return { expectedMs, reason, isIdle: underWay < options.slots };
  }

  /**
   * Claims a job that this peer won, and executes it when its turn comes. `record` is what is known of it here and
   * at who placed it. Rejects `BUSY` when this peer cannot have it after all, `CANCELLED` when it needs nobody any more.
   */
  async take(record: StatusRecord, submission: Submission, reason?: string): Promise<StatusRecord> {
    const { replication, map, self } = this.#parts;
    const { status } = record;
    const known = this.attempt(status.id);
    if (known?.status.epoch === status.epoch && status.owner === self) return record;
    const { process } = submission.request;
    const bid = this.bid(process, submission.processVersion, status.submitter !== self);
    if (bid.expectedMs === Infinity) {
      throw new GismeshError('BUSY', `this peer does not take the job: ${bid.reason}`);
    }
    if (isTerminal(status.state)) throw new GismeshError('CANCELLED', `the job has ended (${status.state})`);
    if (this.#claiming.has(status.id))
      throw new GismeshError('BUSY', 'the job is being claimed here already');
    const claim = claimed(status, self, map.time(), reason);
    const attempt = new Attempt(this.#parts, claim, submission);
    this.#claiming.set(status.id, attempt);
    try {
      const written = submission.idempotent
        ? await replication.record(claim)
        : (await replication.replicate(claim)).record;
      if (written?.status.owner !== self || written.status.epoch !== claim.epoch) {
        throw new GismeshError('CANCELLED', 'the job is in other hands');
      }
      if (!attempt.isSuperseded) this.#queued.push(attempt);
      return written;
    } finally {
      this.#claiming.delete(status.id);
      this.#next();
    }
  }

  #drop(attempt: Attempt): void {
    this.#queued = this.#queued.filter((each) => each !== attempt);
  }

  #expectedMs(process: string): number {
    const { durations, provider, options } = this.#parts;
    return durations.meanMs(process) ?? provider.expectation(process)?.durationMs ?? options.priorDurationMs;
  }

  /**
   * How long a running job still takes: by its progress where it tells any, else by what such jobs took. One that runs
   * longer than those is taken to be in its middle: otherwise it would look done for as long as it goes on.
   */
  #restMs({ status, startedMs, percentOfRun }: Attempt, nowMs: number): number {
    const ageMs = nowMs - (startedMs ?? nowMs);
    if (percentOfRun > 0) return (ageMs * (100 - percentOfRun)) / percentOfRun;
    const restMs = this.#expectedMs(status.process) - ageMs;
    return restMs > 0 ? restMs : ageMs;
  }

  /** Those that hold a slot; the others only have their outputs kept. */
  #working(): Attempt[] {
    return [...this.#running.values()].filter(({ isWorking }) => isWorking);
  }

  /** Begins what may begin. */
  #next(): void {
    for (;;) {
      const attempt = this.#first();
      if (!attempt) return;
      this.#drop(attempt);
      this.#running.set(attempt.id, attempt);
      void this.#execute(attempt);
    }
  }

  /**
   * Whose turn it is: those whose clients wait, then short jobs, then long ones, which leave one slot to the others;
   * among equals the user with the fewest jobs under way, then who came first.
   */
  #first(): Attempt | undefined {
    const { slots, maxStoring } = this.#parts.options;
    const working = this.#working();
    if (working.length >= slots || this.#running.size >= slots + maxStoring) return undefined;
    const longRunning = working.filter((attempt) => this.#lane(attempt) === 2).length;
    const mayBeLong = slots === 1 || longRunning < slots - 1;
    let best: { attempt: Attempt; rank: readonly number[] } | undefined;
    for (const attempt of this.#queued) {
      const lane = this.#lane(attempt);
      if (lane === 2 && !mayBeLong) continue;
      const rank = [lane, this.#underWay(attempt.status.user)];
      if (!best || isBefore(rank, best.rank)) best = { attempt, rank };
    }
    return best?.attempt;
  }

  #lane({ status }: Attempt): number {
    if (this.#expectedMs(status.process) > this.#parts.options.longMs) return 2;
    return status.mode === 'sync' ? 0 : 1;
  }

  #underWay(user: string): number {
    return [...this.#running.values()].filter(({ status }) => status.user === user).length;
  }

  async #execute(attempt: Attempt): Promise<void> {
    const { log, map, onUnavailable } = this.#parts;
    try {
      const expectedMs = this.#expectedMs(attempt.status.process);
      const end = await attempt.execute(expectedMs, () => this.#next());
      this.#running.delete(attempt.id);
      if (end !== 'unavailable') return;
      const record = await map.get(attempt.id);
      if (record && !isTerminal(record.status.state)) onUnavailable(record, attempt.reason);
    } catch (error) {
      log.error({ job: attempt.id, err: error }, 'what became of a job could not be written');
    } finally {
      this.#running.delete(attempt.id);
      this.#next();
    }
  }

  /** The map has a new word on a job: when it is not the attempt's own, the attempt is over. */
  #heard(record: StatusRecord): void {
    const { self } = this.#parts;
    const { id, owner, epoch, state } = record.status;
    const attempt = this.attempt(id);
    if (!attempt) return;
    const isOwn = owner === self && epoch === attempt.status.epoch;
    if (isOwn && state !== 'dismissed') return;
    // A claim that was not yet written when this word came is compared by the map.
    if (!isOwn && epoch < attempt.status.epoch && !isTerminal(state)) return;
    attempt.supersede(record);
    this.#drop(attempt);
  }
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}
