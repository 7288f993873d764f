import { errorCode, GismeshError } from '../core/errors.ts';
import { JOB_LIMITS, type JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { ended, progressed } from '../core/jobs/transitions.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { TaskInput, TaskLimits, TaskOutput } from '../processes/process.ts';
import { Suspension } from '../processes/suspension.ts';
import { failureOf, reasonToGo } from './attempt-failure.ts';
import type { Bench, Workshop } from './bench.ts';
import type { Chaining } from './chaining.ts';
import type { JobLogs } from './job-logs.ts';
import { keepOutputs } from './kept-outputs.ts';
import { HeldLease } from './lease-holder.ts';
import type { LocalProcesses } from './offered-processes.ts';
import type { OutputRoom, OutputStore } from './outputs.ts';
import { isFetched, sharesOf } from './progress-shares.ts';
import { ProgressTeller } from './progress-teller.ts';
import type { Replication } from './replication.ts';
import { stagedInputs } from './staged-inputs.ts';
import type { StatusMap } from './status-map.ts';
import type { Submission } from './submission.ts';

export interface AttemptOptions extends TaskLimits {
  readonly progressMs: number;
  readonly copies: number;
  readonly ttlMs: number;
  readonly renewMs: number;
  readonly expireMs: number;
}

export interface AttemptWorld {
  readonly self: PeerId;
  readonly clock: Clock;
  readonly log: Log;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly provider: LocalProcesses;
  readonly workshop: Workshop;
  readonly outputs: OutputStore;
  readonly chaining: Chaining;
  readonly logs: JobLogs;
  readonly options: AttemptOptions;
}

/** Between offers of an end that nobody took. */
const COMMIT_RETRY_MS = 500;

const SUSPENDED = 'suspended: somebody works at its peer';

/** How an attempt came to its end here. `unavailable`: nothing was done, and another peer may do it. */
export type AttemptEnd = 'ended' | 'superseded' | 'unavailable';

/** One peer's try to execute a job, from its claim on. It is the only writer of its epoch. */
export class Attempt {
  readonly lease: HeldLease;
  readonly submission: Submission;
  /** Monotonic ms; undefined while it waits for a slot. */
  startedMs: number | undefined;
  /** What the process says of itself; 0 for one that says nothing. */
  percentOfRun = 0;
  /** Somebody else is sought for the job. */
  isGivenBack = false;
  /** Another peer has been asked to take it: it does not begin before that has answered. */
  isOffered = false;
  /** Since when it is this peer's; monotonic ms. */
  readonly claimedMs: number;
  #status: JobStatus;
  readonly #world: AttemptWorld;
  readonly #abort = new AbortController();
  /** Its end is known: others took it, whether their word came back or not. */
  readonly #endTold = new AbortController();
  readonly #progress: ProgressTeller;
  readonly #suspension = new Suspension();
  #reason = '';
  #isStoring = false;

  constructor(world: AttemptWorld, status: JobStatus, submission: Submission) {
    this.#world = world;
    this.#status = status;
    this.submission = submission;
    this.lease = new HeldLease(world.clock, world.options);
    this.claimedMs = world.clock.now();
    this.#progress = new ProgressTeller({
      clock: world.clock,
      everyMs: world.options.progressMs,
      shares: sharesOf(submission, world.provider.find(status.process)),
      write: (progress, message) => this.#writeProgress(progress, message),
      note: (line) => this.#note(line),
    });
  }

  get status(): JobStatus {
    return this.#status;
  }

  get id(): string {
    return this.#status.id;
  }

  get isSuperseded(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Why it was not available here. */
  get reason(): string {
    return this.#reason;
  }

  /** Somebody else's word on the job counts from now on: the work is ended. */
  supersede(record: StatusRecord): void {
    const { state, owner, message } = record.status;
    const why = state === 'dismissed' ? message : `${owner} has taken the job`;
    this.#abort.abort(new GismeshError('CANCELLED', why));
  }

  /** Its own end comes back from others: there is no lease any more to wait for. */
  endTold(): void {
    // Without a reason each would cost an error with its trace.
    this.#endTold.abort('told');
  }

  /** Ends the work and writes nothing: the job goes on elsewhere, or here after the next start. */
  abandon(): void {
    this.#abort.abort(new GismeshError('CANCELLED', 'this peer is leaving'));
  }

  /** Its process runs, or is about to: it does not stand still, and is not among those whose outputs are being kept. */
  get isWorking(): boolean {
    return this.startedMs !== undefined && !this.#isStoring && !this.isSuspended;
  }

  /** Its process has ended, and its outputs are being kept. */
  get isStoring(): boolean {
    return this.#isStoring;
  }

  /** Its process stands still: it takes no slot, and no time passes for it. Its lease is renewed all the same. */
  get isSuspended(): boolean {
    return this.#suspension.isSuspended;
  }

  suspend(): void {
    this.#stand(true, SUSPENDED);
  }

  resume(): void {
    this.#stand(false, 'running');
  }

  #stand(still: boolean, message: string): void {
    if (this.isSuspended === still) return;
    this.#suspension.isSuspended = still;
    this.#note(message);
    void this.#writeProgress(this.#status.progress, message);
  }

  /**
   * Executes it and writes what becomes of it. `expectedMs`: how long it will take; `onWorked`: its process has ended,
   * and what is left to do does not keep the machine busy. Does not reject.
   */
  async execute(expectedMs: number, onWorked: () => void): Promise<AttemptEnd> {
    const { log, workshop } = this.#world;
    const { signal } = this.#abort;
    let bench: Bench | undefined;
    let room: OutputRoom | undefined;
    // From here on it holds a slot, whatever it has to wait for.
    this.startedMs = this.#world.clock.now();
    try {
      // Side by side: the slot of a short job is held for little more than it waits for the disk.
      const [reserved, opened] = await Promise.allSettled([
        this.#world.outputs.reserve(),
        workshop.open(this.id, this.#status.epoch),
      ]);
      if (reserved.status === 'fulfilled') room = reserved.value;
      if (opened.status === 'fulfilled') bench = opened.value;
      if (reserved.status === 'rejected') throw reserved.reason;
      if (opened.status === 'rejected') throw opened.reason;
      await this.#begin(expectedMs);
      const inputs = await this.#fetch(opened.value);
      const outputs = await this.#run(opened.value, inputs);
      this.#isStoring = true;
      onWorked();
      await this.#keep(outputs, reserved.value);
      return 'ended';
    } catch (error) {
      if (signal.aborted) return 'superseded';
      const reason = reasonToGo(error);
      if (reason !== undefined) {
        this.#reason = reason;
        log.warn({ job: this.id, err: error }, 'a job cannot be executed here');
        return 'unavailable';
      }
      return await this.#fail(error);
    } finally {
      this.startedMs = undefined;
      void this.#progress.end();
      room?.release();
      await bench
        ?.close()
        .catch((error) => log.warn({ job: this.id, err: error }, 'a scratch folder could not be removed'));
    }
  }

  /** A process that must not run twice is begun only when others know that it was. */
  async #begin(expectedMs: number): Promise<void> {
    const { map, replication, clock } = this.#world;
    const { signal } = this.#abort;
    await this.lease.held(signal);
    const expectedFinishAt = clock.wallTime() + expectedMs;
    this.#note(`attempt ${this.#status.epoch} begins`);
    const { isSuspended } = this;
    const message = isSuspended ? SUSPENDED : 'running';
    const status = progressed(this.#status, { message, expectedFinishAt }, map.time());
    if (this.submission.idempotent) await replication.record(status);
    else await replication.commit(status);
    this.#status = status;
    signal.throwIfAborted();
    if (this.isSuspended !== isSuspended) void this.#writeProgress(0, 'running');
  }

  async #fetch(bench: Bench): Promise<TaskInput[]> {
    const { signal } = this.#abort;
    // Where nothing is fetched it takes no time worth telling.
    if (!isFetched(this.submission)) return await stagedInputs(this.submission, bench, this.#world, signal);
    const { length } = this.submission.request.inputs;
    const inputs = await stagedInputs(this.submission, bench, this.#world, signal, (done) =>
      this.#progress.tell('fetching', (100 * done) / length, 'fetching inputs'),
    );
    this.#progress.tell('running', 0, 'running');
    return inputs;
  }

  async #run(bench: Bench, inputs: readonly TaskInput[]): Promise<TaskOutput[]> {
    const { provider, clock, log, options } = this.#world;
    const { request } = this.submission;
    const { signal } = this.#abort;
    const { timeoutMs, memoryBytes, scratchBytes } = options;
    return await provider.run(
      {
        process: request.process,
        inputs,
        outputs: request.outputs,
        scratch: bench.scratch,
        limits: { timeoutMs, memoryBytes, scratchBytes },
      },
      {
        signal,
        clock,
        suspension: this.#suspension,
        onProgress: (percent, message) => {
          this.percentOfRun = percent;
          this.#progress.tell('running', percent, message);
        },
        log: (line) => {
          log.debug({ job: this.id, line }, 'a process says');
          this.#note(line);
        },
      },
    );
  }

  async #keep(outputs: readonly TaskOutput[], room: OutputRoom): Promise<void> {
    const { outputs: store, options, clock, self } = this.#world;
    const { copies, ttlMs } = options;
    const { references, holders } = await keepOutputs(
      outputs,
      store,
      { job: this.id, room, copies, nowMs: clock.wallTime(), ttlMs, signal: this.#abort.signal },
      (count) => this.#progress.tell('storing', (100 * count) / outputs.length, 'storing outputs'),
    );
    const replicas = [self, ...holders].slice(0, JOB_LIMITS.replicas);
    await this.#end({ state: 'successful', outputs: references, replicas });
  }

  async #fail(error: unknown): Promise<AttemptEnd> {
    const { failure, message, isUnexpected } = failureOf(error);
    if (isUnexpected) this.#world.log.error({ job: this.id, err: error }, 'a job failed unexpectedly');
    try {
      await this.#end({ state: 'failed', failure, message });
      return 'ended';
    } catch {
      return 'superseded';
    }
  }

  async #end(ending: Parameters<typeof ended>[1]): Promise<void> {
    const { replication, map, clock, log } = this.#world;
    const { signal } = this.#abort;
    await this.#progress.end();
    signal.throwIfAborted();
    const status = ended(this.#status, ending, map.time());
    const told = this.#endTold.signal;
    const over = AbortSignal.any([signal, told]);
    for (let isKept = false; !isKept && !told.aborted; ) {
      try {
        await this.lease.held(over);
        await replication.commit(status);
        isKept = true;
      } catch (error) {
        if (told.aborted) break;
        if (errorCode(error) !== 'NETWORK_UNREACHABLE') throw error;
        log.debug({ job: this.id, err: error }, 'nobody took the end of a job yet');
        await sleep(clock, COMMIT_RETRY_MS, signal);
      }
    }
    signal.throwIfAborted();
    this.#status = status;
    this.#note(ending.state === 'failed' ? `failed: ${ending.message}` : ending.state);
  }

  /** For who looks at the job's log. */
  #note(line: string): void {
    this.#world.logs.add(this.id, this.#status.epoch, line);
  }

  /** That it stands still is not overwritten by what its process said before. */
  async #writeProgress(progress: number, said: string): Promise<void> {
    const { log, map, replication } = this.#world;
    if (this.#abort.signal.aborted || this.lease.verdict === 'demote') return;
    if (this.#status.state !== 'running') return;
    const message = this.isSuspended ? SUSPENDED : said;
    const status = progressed(this.#status, { progress, ...(message !== '' && { message }) }, map.time());
    if (status.progress === this.#status.progress && status.message === this.#status.message) return;
    this.#status = status;
    await replication
      .record(status)
      .catch((error) => log.warn({ job: this.id, err: error }, 'progress could not be written'));
  }
}
