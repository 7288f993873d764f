import { GismeshError } from '../core/errors.ts';
import type { Durations } from '../core/jobs/durations.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { SlotDemand, SlotPlan } from '../core/jobs/slot-plan.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { type AttemptLoss, claimed } from '../core/jobs/transitions.ts';
import { jobOfOthers, type OwnerAllowance } from '../core/owner-policy.ts';
import { Attempt, type AttemptOptions, type AttemptWorld } from './attempt.ts';
import { AttemptQueue, type AttemptQueueOptions } from './attempt-queue.ts';
import { type BidOptions, type BidQuestion, type JobBid, jobBid } from './bidding.ts';
import type { Submission } from './submission.ts';

/** What will have ended so soon is not handed over by a peer that leaves. */
const FINISH_MS = 1000;

interface ExecutorOptions extends AttemptOptions, AttemptQueueOptions, BidOptions {
  readonly yieldMs: number;
}

/** How a job is taken. */
export interface TakingTerms extends AttemptLoss {
  /** Whoever placed it has somebody else who has it done within so many ms. */
  readonly withinMs: number;
}

export interface ExecutorParts extends Omit<AttemptWorld, 'options'> {
  readonly durations: Durations;
  readonly owner: OwnerAllowance;
  readonly options: ExecutorOptions;
  /** An attempt came to nothing here: the job is to be placed elsewhere. */
  readonly onUnavailable: (record: StatusRecord, loss: AttemptLoss) => void;
  /** The job that was to be placed elsewhere goes on here after all. */
  readonly onKept: (job: string) => void;
}

/** Executes jobs at this peer: some at a time, the others wait their turn. */
export class Executor {
  draining = false;
  readonly #parts: ExecutorParts;
  /** Of one job there may be two: one that others overruled, and that has yet to end, and one that came after it. */
  readonly #running = new Set<Attempt>();
  readonly #queue: AttemptQueue;
  /** Their claims are being written. */
  readonly #claiming = new Map<string, Attempt>();
  /** Since when the owner of this machine works at it; monotonic ms. */
  #ownerSinceMs: number | undefined;
  /** This peer is about to end: what must not run twice is given time for it, whoever works here. */
  #leaving = false;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
    this.#queue = new AttemptQueue(parts);
    parts.map.onChange((record) => this.#heard(record));
  }

  /** Attempts that run or wait here. */
  attempts(): Attempt[] {
    return [...this.#running, ...this.#queue, ...this.#claiming.values()];
  }

  /** The latest one of a job. */
  attempt(job: string): Attempt | undefined {
    const running = () => [...this.#running].findLast(({ id }) => id === job);
    return this.#claiming.get(job) ?? this.#queue.find(job) ?? running();
  }

  get running(): number {
    return this.#running.size;
  }

  get queued(): number {
    return this.#queue.size;
  }

  bid(question: BidQuestion): JobBid {
    const working = this.#working();
    const state = { queue: this.#queue, working, claiming: this.#claiming.size, draining: this.draining };
    return jobBid(question, state, this.#parts);
  }

  /** A whole run of the process, as far as is known here, ms. */
  serviceMs(process: string): number {
    return this.#queue.expectedMs(process);
  }

  /** Those that wait for a slot, as their turns come. */
  inTurn(): Attempt[] {
    return this.#queue.inTurn();
  }

  isWaiting(attempt: Attempt): boolean {
    return this.#queue.find(attempt.id) === attempt;
  }

  /** What the slots still have to do for those that run. */
  plan(): SlotPlan {
    return this.#queue.plan(this.#working(), this.#parts.clock.now());
  }

  /** What a job that waits asks of a slot. */
  demand(attempt: Attempt): SlotDemand {
    return this.#queue.demand(attempt);
  }

  /** Another peer has answered whether it takes a job that waits here: where it does not, the job's turn comes here. */
  offerEnded(attempt: Attempt): void {
    if (this.draining && this.isWaiting(attempt)) this.#giveBack([attempt]);
    this.#next();
  }

  /**
   * Claims a job that this peer won, and executes it when its turn comes. `record` is what is known of it here and
   * at who placed it. Rejects `BUSY` when this peer cannot have it after all, or not within the time that the terms give,
   * `CANCELLED` when it needs nobody any more.
   */
  async take(
    record: StatusRecord,
    submission: Submission,
    { withinMs, ...loss }: TakingTerms,
  ): Promise<StatusRecord> {
    const { replication, map, self } = this.#parts;
    const { status } = record;
    const known = this.attempt(status.id);
    if (known?.status.epoch === status.epoch && status.owner === self) {
      known.isGivenBack = false;
      return record;
    }
    const bid = this.bid({
      process: submission.request.process,
      version: submission.processVersion,
      urgent: status.mode === 'sync',
      forOthers: status.submitter !== self,
    });
    if (bid.expectedMs === Infinity) {
      throw new GismeshError('BUSY', `this peer does not take the job: ${bid.reason}`);
    }
    if (bid.expectedMs > withinMs) {
      throw new GismeshError('BUSY', 'this peer was given other jobs meanwhile');
    }
    if (isTerminal(status.state)) throw new GismeshError('CANCELLED', `the job has ended (${status.state})`);
    if (this.#claiming.has(status.id))
      throw new GismeshError('BUSY', 'the job is being claimed here already');
    const claim = claimed(status, self, map.time(), loss);
    const attempt = new Attempt(this.#parts, claim, submission);
    this.#claiming.set(status.id, attempt);
    try {
      const written = submission.idempotent
        ? await replication.record(claim)
        : await replication.commit(claim).catch((error) => {
            throw new GismeshError('BUSY', `the claim is not safe: ${error.message}`, { cause: error });
          });
      if (written?.status.owner !== self || written.status.epoch !== claim.epoch) {
        throw new GismeshError('CANCELLED', 'the job is in other hands');
      }
      if (!attempt.isSuperseded) this.#queue.add(attempt);
      if (this.draining) this.#giveBack([attempt]);
      return written;
    } finally {
      this.#claiming.delete(status.id);
      this.#next();
    }
  }

  /** Takes no more jobs, and gives those that wait to others; those that run as well, as far as that does no harm. */
  drain({ running }: { readonly running: boolean } = { running: true }): void {
    this.draining = true;
    this.#leaving = running;
    const nowMs = this.#parts.clock.now();
    const goesOn = (attempt: Attempt) => running && this.#queue.restMs(attempt, nowMs) > FINISH_MS;
    this.#giveBack([...this.#queue, ...[...this.#running].filter(goesOn)]);
    this.#next();
  }

  /** Takes jobs again. */
  resume(): void {
    this.draining = false;
    this.#leaving = false;
    this.#next();
  }

  /** Ends the work on everything, without a word: for a peer that is leaving. */
  stop(): void {
    this.draining = true;
    this.#queue.clear();
    for (const attempt of this.#running) attempt.abandon();
  }

  /** The owner of this machine works at it: jobs of others make room. Called now and then. */
  yieldToOwner(): void {
    const { owner, clock, self, options } = this.#parts;
    const nowMs = clock.now();
    if (owner.takesJobsOfOthers) this.#ownerSinceMs = undefined;
    else this.#ownerSinceMs ??= nowMs;
    const presentMs = this.#ownerSinceMs === undefined ? undefined : nowMs - this.#ownerSinceMs;
    const treatment = jobOfOthers(presentMs, options);
    if (treatment !== 'runs' && !this.#leaving) {
      const ofOthers = ({ status }: Attempt) => status.submitter !== self;
      const running = [...this.#running].filter(ofOthers);
      for (const attempt of running) if (!attempt.isStoring) attempt.suspend();
      this.#giveBack([...this.#queue].filter(ofOthers));
      if (treatment === 'goes elsewhere') this.#giveBack(running);
    }
    this.#next();
  }

  /**
   * Has jobs placed elsewhere. Those that wait leave the queue at once. Those that run go on until somebody else has them;
   * what must not run twice stays, and what only has its outputs kept.
   */
  #giveBack(attempts: readonly Attempt[]): void {
    const { map, log, onUnavailable } = this.#parts;
    const reason = this.draining ? 'its peer is leaving' : 'its peer is needed by its owner';
    for (const attempt of attempts) {
      const isRunning = this.#running.has(attempt);
      const isTied = isRunning && (attempt.isStoring || !attempt.submission.idempotent);
      if (attempt.isGivenBack || attempt.isOffered || isTied) continue;
      attempt.isGivenBack = true;
      if (!isRunning) this.#queue.drop(attempt);
      map
        .get(attempt.id)
        .then((record) => {
          if (!record || isTerminal(record.status.state) || attempt.isSuperseded) return;
          onUnavailable(record, { reason, handedOver: true });
        })
        .catch((error) =>
          log.warn({ job: attempt.id, err: error }, 'a job could not be given to another peer'),
        );
    }
  }

  /** Those that hold a slot; the others only have their outputs kept. */
  #working(): Attempt[] {
    return [...this.#running].filter(({ isWorking }) => isWorking);
  }

  /**
   * Those that stood still go on as slots are free for them; nobody else has to be sought any more. False while one of
   * them waits for slots: it would wait for ever if others took each that is free.
   */
  #resume(): boolean {
    const { owner, onKept } = this.#parts;
    for (const attempt of this.#running) {
      const mayEnd = this.#leaving && !attempt.submission.idempotent;
      if (!attempt.isSuspended || !(owner.takesJobsOfOthers || mayEnd)) continue;
      if (!attempt.isStoring && !this.#queue.fits(attempt, this.#working())) return false;
      attempt.resume();
      if (!attempt.isGivenBack || this.#leaving) continue;
      attempt.isGivenBack = false;
      onKept(attempt.id);
    }
    return true;
  }

  /** Begins what may begin. */
  #next(): void {
    if (!this.#resume()) return;
    for (;;) {
      const attempt = this.#queue.next([...this.#running]);
      if (!attempt) return;
      this.#queue.drop(attempt);
      this.#running.add(attempt);
      void this.#execute(attempt);
    }
  }

  async #execute(attempt: Attempt): Promise<void> {
    const { log, map, onUnavailable } = this.#parts;
    try {
      const expectedMs = this.#queue.expectedMs(attempt.status.process);
      const end = await attempt.execute(expectedMs, () => this.#next());
      this.#running.delete(attempt);
      if (end !== 'unavailable') return;
      const record = await map.get(attempt.id);
      if (record && !isTerminal(record.status.state)) onUnavailable(record, { reason: attempt.reason });
    } catch (error) {
      log.error({ job: attempt.id, err: error }, 'what became of a job could not be written');
    } finally {
      this.#running.delete(attempt);
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
    if (isOwn && state !== 'dismissed') {
      if (isTerminal(state)) attempt.endTold();
      return;
    }
    // A claim that was not yet written when this word came is compared by the map.
    if (!isOwn && epoch < attempt.status.epoch && !isTerminal(state)) return;
    attempt.supersede(record);
    this.#queue.drop(attempt);
  }
}
