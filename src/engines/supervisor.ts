import { errorCode, GismeshError } from '../core/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { EngineLoad, WorkOptions } from './engine.ts';
import { type Job, PoolWorker, type PoolWorkerOptions } from './pool-worker.ts';
import { Quarantine, type QuarantineOptions } from './quarantine.ts';
import { residentMemory } from './resident-memory.ts';
import { WarmUps } from './warm-ups.ts';
import type { WorkerKind } from './worker-kind.ts';

export interface SupervisorOptions extends PoolWorkerOptions, QuarantineOptions {
  /** Worker processes; an engine may take 0 for as many as suit the machine. */
  readonly workers: number;
  /** Tasks that may wait for a worker; more are refused `BUSY`. */
  readonly queueLimit: number;
  /** Project versions kept open in every worker; the longest unused is closed first. */
  readonly warmLimit: number;
  /** Time a worker has to start, and to open each project version. */
  readonly startTimeoutMs: number;
  readonly preloadTimeoutMs: number;
  /** Pause before the next attempt when a worker does not start: doubled from the least to the most. */
  readonly respawnMinMs: number;
  readonly respawnMaxMs: number;
  /** How often the memory of busy workers is looked at. */
  readonly memoryPollMs: number;
}

/** An urgent task that crashed a worker is tried once more: somebody may have killed that worker by hand. */
const URGENT_ATTEMPTS = 2;

/** Starts that fail in a row before tasks no longer wait for the next one; a start may also be killed by hand. */
const BARREN_AFTER = 2;

/**
 * Keeps a number of disposable worker processes at work: first come, first served; killed when too slow, too
 * big or no longer wanted; replaced at once when they die and in good time before they wear out; warm before
 * they take work.
 */
export class Supervisor<Task, Answer> {
  readonly #kind: WorkerKind<Task, Answer>;
  readonly #clock: Clock;
  readonly #options: SupervisorOptions;
  readonly #quarantine: Quarantine;
  readonly #stopping = new AbortController();
  /** Every worker that lives, warm or not. */
  readonly #workers = new Set<PoolWorker<Task, Answer>>();
  readonly #ready = new Set<PoolWorker<Task, Answer>>();
  readonly #queue: Job<Task, Answer>[] = [];
  readonly #warmUps = new WarmUps<Task>();
  #lanes: Promise<void>[] = [];
  /** Places whose workers have failed to start again and again. */
  readonly #barrenLanes = new Set<number>();
  /** Why the last start failed. */
  #startError: unknown;
  #watchingMemory = false;

  constructor(kind: WorkerKind<Task, Answer>, clock: Clock, options: SupervisorOptions) {
    this.#kind = kind;
    this.#clock = clock;
    this.#options = options;
    this.#quarantine = new Quarantine(clock, options);
  }

  /**
   * Starts every worker.
   *
   * @throws GismeshError `ENGINE_UNAVAILABLE` when none starts
   */
  async start(): Promise<void> {
    const firsts = Array.from({ length: this.#options.workers }, () => Promise.withResolvers<void>());
    this.#lanes = firsts.map((first, index) => this.#keepOneAlive(index, first));
    const started = await Promise.allSettled(firsts.map((first) => first.promise));
    if (started.every((outcome) => outcome.status === 'rejected')) {
      await this.stop(0);
      throw this.#startError;
    }
  }

  /** Refuses what waits, lets what runs end within `graceMs`, kills the rest; no process is left. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    for (const job of this.#queue.splice(0)) job.reject(this.#stopped());
    for (const worker of this.#workers) worker.retire();
    const timer = this.#clock.after(graceMs, () => {
      for (const worker of this.#workers) worker.end(this.#stopped());
    });
    await Promise.all([...this.#lanes, ...[...this.#workers].map((worker) => worker.process.exited)]);
    timer.cancel();
  }

  load(): EngineLoad {
    const running = [...this.#ready].filter((worker) => worker.busy).length;
    return { slots: this.#ready.size, running, queued: this.#queue.length };
  }

  /** Whether a worker that takes work has `key` open. */
  isWarm(key: string): boolean {
    return [...this.#ready].some((worker) => worker.process.holds(key));
  }

  /**
   * Has one task done by whichever worker is free first.
   *
   * @param key project version it works on
   * @throws GismeshError `BUSY`, `ENGINE_UNAVAILABLE`, `PROJECT_INVALID` (set aside for crashing workers),
   *   `DEADLINE_EXCEEDED`, `CANCELLED`, `ENGINE_CRASHED`, `ENGINE_MEMORY_EXCEEDED`, or the worker's own
   */
  async submit(task: Task, key: string | undefined, options: WorkOptions): Promise<Answer> {
    if (key !== undefined) {
      this.#refuseQuarantined(key);
      this.#warmUps.use(key);
    }
    if (this.#queue.length >= this.#options.queueLimit) {
      throw new GismeshError(
        'BUSY',
        `${this.#queue.length} tasks already wait for a ${this.#kind.name} worker.`,
      );
    }
    return this.#enqueue(task, key, options, 'last');
  }

  /**
   * Has one task done before all that wait, however many: for what is rare and about a project as a whole. Its
   * time limit is that of preloading.
   */
  async urgent(task: Task, key?: string): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#enqueue(task, key, { timeoutMs: this.#options.preloadTimeoutMs }, 'first');
      } catch (error) {
        if (errorCode(error) !== 'ENGINE_CRASHED' || attempt >= URGENT_ATTEMPTS) throw error;
      }
    }
  }

  /**
   * Has `task`, which opens `key`, done by every worker, now and after each restart: by one first, so that a
   * project that crashes takes down one worker and not all.
   */
  async preload(key: string, task: Task): Promise<void> {
    this.#refuseQuarantined(key);
    await this.urgent(task, key);
    this.#warmUps.add(key, task);
    await Promise.all(this.#warmUps.surplus(this.#options.warmLimit).map((unused) => this.unload(unused)));
    const others = [...this.#ready].filter((worker) => !worker.process.holds(key));
    await Promise.all(others.map((worker) => this.#pin(worker, task, key)));
  }

  /** Closes what `key` stands for in every worker and no longer opens it in new ones. */
  async unload(key: string): Promise<void> {
    this.#warmUps.remove(key);
    const holders = [...this.#ready].filter((worker) => worker.process.holds(key));
    await Promise.all(holders.map((worker) => this.#pin(worker, this.#kind.release(key), undefined)));
  }

  /** A job for one worker alone. Whatever becomes of the worker, its successor warms up by itself. */
  async #pin(worker: PoolWorker<Task, Answer>, task: Task, key: string | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    worker.pinned.push({ task, key, timeoutMs: this.#options.preloadTimeoutMs, resolve, reject });
    this.#dispatch();
    await promise.catch((error: unknown) => {
      if (errorCode(error) !== 'ENGINE_CRASHED') throw error;
    });
  }

  #refuseQuarantined(key: string): void {
    const reason = this.#quarantine.reason(key);
    if (reason === undefined) return;
    throw new GismeshError(
      'PROJECT_INVALID',
      `The project is set aside because drawing it kills workers. ${reason} Check its data files.`,
    );
  }

  #enqueue(
    task: Task,
    key: string | undefined,
    options: Partial<WorkOptions> & { readonly timeoutMs: number },
    place: 'first' | 'last',
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { signal, timeoutMs, onStart } = options;
    if (signal?.aborted) reject(new GismeshError('CANCELLED', 'Nobody waits for this any more.'));
    else if (this.#stopping.signal.aborted) reject(this.#stopped());
    else if (this.#isHopeless()) reject(this.#startError);
    else {
      const job: Job<Task, Answer> = { task, key, signal, timeoutMs, onStart, resolve, reject };
      this.#queue.splice(place === 'first' ? 0 : this.#queue.length, 0, job);
      this.#dispatch();
      if (this.#queue.includes(job)) {
        signal?.addEventListener('abort', () => this.#withdraw(job), { once: true });
      }
    }
    return promise;
  }

  #withdraw(job: Job<Task, Answer>): void {
    const index = this.#queue.indexOf(job);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    job.reject(new GismeshError('CANCELLED', 'Nobody waits for this any more.'));
  }

  /** Gives work to every idle worker: what is pinned to it, else the oldest task, warm workers first. */
  #dispatch(): void {
    for (const worker of this.#ready) {
      const pinned = worker.busy ? undefined : worker.pinned.shift();
      if (pinned !== undefined) void this.#run(worker, pinned);
    }
    while (this.#queue.length > 0) {
      const idle = [...this.#ready].filter((worker) => !worker.busy);
      const worker = idle.find(({ process }) => process.holds(this.#queue[0]?.key ?? '')) ?? idle[0];
      if (worker === undefined) return;
      void this.#run(worker, this.#queue.shift()!);
    }
  }

  async #run(worker: PoolWorker<Task, Answer>, job: Job<Task, Answer>): Promise<void> {
    this.#watchMemory();
    const { crash } = await worker.run(job);
    if (job.key !== undefined && crash !== undefined) {
      this.#quarantine.crashed(job.key, crash);
      this.#warmUps.suspend(job.key);
    } else if (job.key !== undefined && !worker.gone.aborted) {
      this.#warmUps.restore(job.key);
    }
    this.#dispatch();
  }

  /** One place in the pool: a worker, then its successor, for as long as the supervisor runs. */
  async #keepOneAlive(lane: number, first: PromiseWithResolvers<void>): Promise<void> {
    let current: PoolWorker<Task, Answer> | undefined;
    for (let failures = 0; !this.#stopping.signal.aborted; ) {
      try {
        const next = await this.#startWorker(lane);
        failures = 0;
        this.#barrenLanes.delete(lane);
        await this.#warmUp(next);
        if (!this.#admit(next)) continue;
        current?.retire();
        current = next;
        first.resolve();
        await Promise.race([next.worn, aborted(next.gone)]);
      } catch (error) {
        failures += 1;
        this.#startError = error;
        first.reject(error);
        if (failures >= BARREN_AFTER) this.#barrenLanes.add(lane);
        if (this.#isHopeless()) for (const job of this.#queue.splice(0)) job.reject(error);
        await this.#pause(failures);
      }
    }
    first.reject(this.#stopped());
  }

  #pause(failures: number): Promise<void> {
    const { respawnMinMs, respawnMaxMs } = this.#options;
    const delayMs = Math.min(respawnMaxMs, respawnMinMs * 2 ** Math.min(failures - 1, 30));
    return sleep(this.#clock, delayMs, this.#stopping.signal).catch(() => {});
  }

  /** Nobody can tell when there will be a worker again. */
  #isHopeless(): boolean {
    return this.#ready.size === 0 && this.#barrenLanes.size === this.#options.workers;
  }

  async #startWorker(lane: number): Promise<PoolWorker<Task, Answer>> {
    await this.#roomForOne();
    const late = new AbortController();
    const timer = this.#clock.after(this.#options.startTimeoutMs, () => late.abort());
    const process = await this.#kind
      .start(AbortSignal.any([late.signal, this.#stopping.signal]))
      .finally(() => timer.cancel());
    const worker = new PoolWorker(process, this.#clock, this.#staggered(lane));
    this.#workers.add(worker);
    void process.exited.then(() => this.#workers.delete(worker));
    worker.gone.addEventListener('abort', () => this.#ready.delete(worker), { once: true });
    return worker;
  }

  /** A killed process may linger in the kernel, over a dead network drive say; such must not pile up. */
  async #roomForOne(): Promise<void> {
    while (this.#workers.size >= 2 * this.#options.workers) {
      await Promise.race([...this.#workers].map((worker) => worker.process.exited));
    }
  }

  /** Gives a warm worker its first task; tells whether it still lives. */
  #admit(worker: PoolWorker<Task, Answer>): boolean {
    if (this.#stopping.signal.aborted) worker.retire();
    if (worker.gone.aborted) return false;
    this.#ready.add(worker);
    this.#dispatch();
    return true;
  }

  /** Workers that share the work evenly must not all wear out at once. */
  #staggered(lane: number): PoolWorkerOptions {
    const share = 1 + lane / (2 * this.#options.workers);
    return { ...this.#options, recycleAfterTasks: Math.ceil(this.#options.recycleAfterTasks * share) };
  }

  /** Opens every warm project version, also those that are added meanwhile; one that fails is left out. */
  async #warmUp(worker: PoolWorker<Task, Answer>): Promise<void> {
    const tried = new Set<string>();
    const isMissing = ([key]: readonly [string, Task]) => !tried.has(key) && !worker.process.holds(key);
    for (;;) {
      const [key, task] = [...this.#warmUps.active()].find(isMissing) ?? [];
      if (key === undefined || task === undefined || worker.gone.aborted) return;
      tried.add(key);
      const [resolve, reject] = [() => {}, () => {}];
      await this.#run(worker, { task, key, timeoutMs: this.#options.preloadTimeoutMs, resolve, reject });
      if (worker.gone.aborted) this.#warmUps.suspend(key);
    }
  }

  #watchMemory(): void {
    if (this.#watchingMemory) return;
    this.#watchingMemory = true;
    this.#clock.after(this.#options.memoryPollMs, () => void this.#readMemory());
  }

  async #readMemory(): Promise<void> {
    const resident = await residentMemory([...this.#workers].map((worker) => worker.process.pid));
    for (const worker of this.#workers) {
      const bytes = resident.get(worker.process.pid);
      if (bytes !== undefined) worker.observeMemory(bytes);
    }
    this.#watchingMemory = false;
    if ([...this.#workers].some((worker) => worker.busy)) this.#watchMemory();
  }

  #stopped(): GismeshError {
    return new GismeshError('ENGINE_UNAVAILABLE', `The ${this.#kind.name} engine is stopping.`);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
