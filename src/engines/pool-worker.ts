import { errorCode, GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { WorkerProcess } from './worker-kind.ts';

/** A task on its way through the supervisor. */
export interface Job<Task, Answer> {
  readonly task: Task;
  /** Project version it works on: whom to blame for a crash. */
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** From the moment a worker begins. */
  readonly timeoutMs: number;
  readonly onStart?: (() => void) | undefined;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

export interface PoolWorkerOptions {
  /** An aborted task may still end by itself for as long as a new worker would cost; then it is killed. */
  readonly abortGraceMs: number;
  readonly recycleAfterTasks: number;
  /** Growth of resident memory since it became ready. */
  readonly recycleGrowthBytes: number;
  readonly memoryLimitBytes: number;
}

/**
 * Deaths that no drawing brings about by itself: somebody killed the process, or the system did, short of memory.
 * A drawing that takes too much is found by its memory before that.
 */
const KILLED_BY_OTHERS: ReadonlySet<string> = new Set(['signal SIGKILL', 'signal SIGTERM', 'signal SIGINT']);

/** A worker process within the pool: runs one job at a time and ends at once when it must. */
export class PoolWorker<Task, Answer> {
  readonly process: WorkerProcess<Task, Answer>;
  /** Aborts when no more work may be given to it: dead, killed or retired. */
  readonly gone: AbortSignal;
  /** Jobs that only this worker can do, before any of the common queue. */
  readonly pinned: Job<Task, Answer>[] = [];
  readonly #clock: Clock;
  readonly #options: PoolWorkerOptions;
  readonly #gone = new AbortController();
  readonly #worn = Promise.withResolvers<void>();
  #job: Job<Task, Answer> | undefined;
  #finished = 0;
  #firstResidentBytes: number | undefined;
  #end: GismeshError | undefined;

  constructor(process: WorkerProcess<Task, Answer>, clock: Clock, options: PoolWorkerOptions) {
    this.process = process;
    this.gone = this.#gone.signal;
    this.#clock = clock;
    this.#options = options;
    void process.exited.then(() => this.#leave());
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  /** Resolves when it has done or grown enough to be replaced. */
  get worn(): Promise<void> {
    return this.#worn.promise;
  }

  /** Runs `job` to its end, which it settles; tells whether it brought the process down, and how. */
  async run(job: Job<Task, Answer>): Promise<{ readonly crash?: string }> {
    this.#job = job;
    const deadline = this.#clock.after(job.timeoutMs, () => this.end(deadlineExceeded(job.timeoutMs)));
    let grace: Timer | undefined;
    const onAbort = () => {
      job.reject(cancelled());
      grace = this.#clock.after(this.#options.abortGraceMs, () => this.end(cancelled()));
    };
    job.signal?.addEventListener('abort', onAbort, { once: true });
    try {
      job.onStart?.();
      job.resolve(await this.process.run(job.task));
      return {};
    } catch (thrown) {
      const error = this.#end ?? thrown;
      job.reject(error);
      const code = errorCode(error);
      const crashed =
        code === 'ENGINE_MEMORY_EXCEEDED' ||
        (code === 'ENGINE_CRASHED' && !KILLED_BY_OTHERS.has(await this.process.exited));
      return crashed ? { crash: (error as Error).message } : {};
    } finally {
      deadline.cancel();
      grace?.cancel();
      job.signal?.removeEventListener('abort', onAbort);
      this.#job = undefined;
      this.#finished += 1;
      if (this.gone.aborted) this.process.kill();
      if (this.#finished >= this.#options.recycleAfterTasks) this.#worn.resolve();
    }
  }

  /** Kills the process now; its job fails with `reason` without waiting for the process to vanish. */
  end(reason: GismeshError): void {
    this.#end ??= reason;
    this.#job?.reject(this.#end);
    this.process.kill();
    this.#leave();
  }

  /** Takes no more work, and goes when its job is done. */
  retire(): void {
    this.#leave();
    if (!this.busy) this.process.kill();
  }

  /** Takes note of its resident memory. */
  observeMemory(bytes: number): void {
    const { memoryLimitBytes, recycleGrowthBytes } = this.#options;
    this.#firstResidentBytes ??= bytes;
    if (bytes > memoryLimitBytes) this.end(memoryExceeded(bytes, memoryLimitBytes));
    else if (bytes - this.#firstResidentBytes > recycleGrowthBytes) this.#worn.resolve();
  }

  /** Idempotent. */
  #leave(): void {
    this.#gone.abort();
    for (const job of this.pinned.splice(0)) {
      job.reject(new GismeshError('ENGINE_CRASHED', 'The worker went away before it began.'));
    }
  }
}

function deadlineExceeded(timeoutMs: number): GismeshError {
  return new GismeshError('DEADLINE_EXCEEDED', `Not drawn within ${timeoutMs} ms; the worker was killed.`);
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'Nobody waits for this any more.');
}

function memoryExceeded(bytes: number, limit: number): GismeshError {
  const mebibytes = (value: number) => Math.round(value / 2 ** 20);
  return new GismeshError(
    'ENGINE_MEMORY_EXCEEDED',
    `The worker took ${mebibytes(bytes)} MiB, more than its limit of ${mebibytes(limit)} MiB, and was killed.`,
  );
}
