import { GismeshError } from '../../core/errors.ts';
import { Turnstile } from '../../core/turnstile.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import { unknownProcess } from '../catalogue.ts';
import {
  MAX_WAITING_RUNS,
  type ProcessExpectation,
  type ProcessProvider,
  type ProcessTask,
  type TaskContext,
  type TaskOutput,
} from '../process.ts';
import { RisingProgress } from '../progress.ts';
import { RunningTime } from '../suspension.ts';
import { builtInProcesses } from './descriptions.ts';
import { BuiltInWorker } from './worker-process.ts';

export interface BuiltInOptions {
  /** Runs at once; more wait for their turn. */
  readonly maxWorkers: number;
  /** Idle workers that are kept for the next run, for `idleMs`. */
  readonly warmWorkers: number;
  readonly idleMs: number;
  readonly maxInputBytes: number;
  readonly inlineBytes: number;
  readonly niceness: number;
}

interface Idle {
  readonly worker: BuiltInWorker;
  readonly timer: Timer;
}

/**
 * The processes that come with gismesh, each run in a process of its own. Not in threads: where the heap of a thread is
 * full within `JSON.parse`, V8 ends the whole peer.
 */
export class BuiltInProcesses implements ProcessProvider {
  readonly name = 'built-in';
  readonly #projDatabase: string;
  readonly #clock: Clock;
  readonly #options: BuiltInOptions;
  readonly #known = new Map(builtInProcesses.map((description) => [description.id, description]));
  readonly #idle: Idle[] = [];
  readonly #busy = new Set<BuiltInWorker>();
  readonly #turnstile: Turnstile;
  #stopped = false;

  /** @param parts.projDatabase path of PROJ's `proj.db`; without it CRSs other than WGS 84 need a definition */
  constructor(parts: {
    readonly projDatabase: string | undefined;
    readonly clock: Clock;
    readonly options: BuiltInOptions;
  }) {
    this.#projDatabase = parts.projDatabase ?? '';
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#turnstile = new Turnstile(parts.options.maxWorkers, MAX_WAITING_RUNS);
  }

  list(): readonly ProcessDescription[] {
    return builtInProcesses;
  }

  expectation(process: string): ProcessExpectation | undefined {
    return this.#known.has(process) ? { cores: process === 'echo' ? 0 : 1 } : undefined;
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    if (!this.#known.has(task.process)) throw unknownProcess(task.process);
    return await this.#turnstile.pass(context.signal, () => this.#runNow(task, context));
  }

  onChange(): () => void {
    return () => {};
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) timer.cancel();
    await Promise.all([...idle.map(({ worker }) => worker), ...this.#busy].map((worker) => worker.end()));
  }

  async #runNow(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    if (this.#stopped) throw new GismeshError('PROCESS_UNAVAILABLE', 'The peer is stopping');
    const worker = this.#take(task.limits.memoryBytes);
    this.#busy.add(worker);
    try {
      return await this.#runIn(worker, task, context);
    } finally {
      this.#busy.delete(worker);
      this.#keep(worker);
    }
  }

  async #runIn(worker: BuiltInWorker, task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const { signal, clock, suspension } = context;
    let ended: GismeshError | undefined;
    const end = (reason: GismeshError) => {
      ended ??= reason;
      void worker.end();
    };
    const onAbort = () => end(cancelled());
    const { timeoutMs } = task.limits;
    const deadline = new RunningTime(clock, timeoutMs, suspension, () => end(deadlineExceeded(timeoutMs)));
    const unfollow = suspension?.follow((isSuspended) => worker.stand(isSuspended));
    signal.addEventListener('abort', onAbort, { once: true });
    const { maxInputBytes, inlineBytes } = this.#options;
    try {
      const outputs = await worker.run({ task, maxInputBytes, inlineBytes }, new RisingProgress(context));
      if (ended !== undefined) throw ended;
      return outputs;
    } catch (error) {
      // What it was ended for, rather than how it died of it; and not before it is gone.
      if (ended !== undefined) await worker.exited;
      throw ended ?? error;
    } finally {
      deadline.cancel();
      unfollow?.();
      // It may be kept for somebody else.
      if (suspension?.isSuspended) worker.stand(false);
      signal.removeEventListener('abort', onAbort);
    }
  }

  #take(memoryBytes: number): BuiltInWorker {
    const index = this.#idle.findIndex(({ worker }) => !worker.isGone && worker.memoryBytes === memoryBytes);
    const [idle] = index === -1 ? [] : this.#idle.splice(index, 1);
    idle?.timer.cancel();
    const { niceness } = this.#options;
    return idle?.worker ?? new BuiltInWorker({ projDatabase: this.#projDatabase, memoryBytes, niceness });
  }

  #keep(worker: BuiltInWorker): void {
    if (worker.isGone) return;
    if (this.#stopped || this.#options.warmWorkers === 0) {
      void worker.end();
      return;
    }
    const timer = this.#clock.after(this.#options.idleMs, () => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      void worker.end();
    });
    const idle = { worker, timer };
    this.#idle.push(idle);
    while (this.#idle.length > this.#options.warmWorkers) {
      const oldest = this.#idle.shift();
      oldest?.timer.cancel();
      void oldest?.worker.end();
    }
  }
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'The run was cancelled');
}

function deadlineExceeded(timeoutMs: number): GismeshError {
  return new GismeshError('DEADLINE_EXCEEDED', `It took longer than the ${timeoutMs / 1000} s that it may`);
}
