import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import { GismeshError } from '../../core/errors.ts';
import { ProcessError } from '../../ogc/processes/problem.ts';
import type { TaskContext, TaskOutput } from '../process.ts';
import { StandGuard } from '../sandbox/stand-guard.ts';
import type { Failure, WorkerMessage, WorkerTask } from './messages.ts';

const MEBIBYTE = 1024 * 1024;

export interface WorkerOptions {
  readonly projDatabase: string;
  readonly memoryBytes: number;
  readonly niceness: number;
}

/** One worker process: does one task at a time. */
export class BuiltInWorker {
  readonly memoryBytes: number;
  /** Resolves when the process is gone. */
  readonly exited: Promise<void>;
  readonly #child: ChildProcess;
  #settle: PromiseWithResolvers<TaskOutput[]> | undefined;
  #context: TaskContext | undefined;
  #guard: StandGuard | undefined;
  #isGone = false;

  constructor({ projDatabase, memoryBytes, niceness }: WorkerOptions) {
    this.memoryBytes = memoryBytes;
    const module = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';
    this.#child = fork(new URL(module, import.meta.url), [projDatabase], {
      env: {},
      execArgv: [`--max-old-space-size=${Math.max(32, Math.floor(memoryBytes / MEBIBYTE))}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    giveWay(this.#child.pid, niceness);
    this.#child.on('error', () => {});
    this.#child.on('message', (message) => this.#receive(message as WorkerMessage));
    this.exited = this.#watch();
    this.#holdPeer(false);
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  run(order: WorkerTask, context: TaskContext): Promise<TaskOutput[]> {
    this.#settle = Promise.withResolvers();
    this.#context = context;
    const { promise } = this.#settle;
    this.#holdPeer(true);
    // A process that is gone has no channel; how it ended says why.
    this.#child.send(order, () => {});
    return promise.finally(() => this.#holdPeer(false));
  }

  /** Stops it where it is, or has it go on. */
  stand(still: boolean): void {
    this.#guard?.dismiss();
    if (!this.#child.kill(still ? 'SIGSTOP' : 'SIGCONT') || !still || this.#isGone) return;
    this.#guard = new StandGuard([this.#child.pid as number]);
  }

  /** SIGKILL; idempotent. */
  async end(): Promise<void> {
    this.#holdPeer(true);
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** An idle worker does not keep the peer from ending. */
  #holdPeer(hold: boolean): void {
    if (hold) {
      this.#child.ref();
      this.#child.channel?.ref();
    } else {
      this.#child.unref();
      this.#child.channel?.unref();
    }
  }

  async #watch(): Promise<void> {
    const [code, signal] = (await once(this.#child, 'close').catch(() => [null, null])) as [
      number | null,
      NodeJS.Signals | null,
    ];
    this.#isGone = true;
    this.#guard?.dismiss();
    this.#settle?.reject(deathOf(code, signal, this.memoryBytes));
  }

  #receive(message: WorkerMessage): void {
    switch (message.kind) {
      case 'progress':
        this.#context?.onProgress(message.percent, message.message);
        break;
      case 'log':
        this.#context?.log(message.line);
        break;
      case 'answer':
        this.#settle?.resolve([...message.outputs]);
        break;
      case 'failure':
        this.#settle?.reject(errorOf(message.failure));
        break;
    }
  }
}

function errorOf({ message, problem, code }: Failure): GismeshError {
  if (problem !== undefined) return new ProcessError(problem.kind, message, problem.locator);
  return new GismeshError(code ?? 'INTERNAL', message);
}

/** Node ends itself by SIGABRT when its heap is full. */
function deathOf(code: number | null, signal: NodeJS.Signals | null, memoryBytes: number): GismeshError {
  if (signal === 'SIGABRT' || code === 134) {
    const limit = Math.round(memoryBytes / MEBIBYTE);
    return new GismeshError(
      'PROCESS_LIMIT_EXCEEDED',
      `The work took more memory than its limit of ${limit} MiB; give it fewer features, or raise processes.limits.memoryBytes`,
    );
  }
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  return new GismeshError('PROCESS_UNAVAILABLE', `The worker process died (${how})`);
}

function giveWay(pid: number | undefined, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // The peer itself runs with less priority than that: the worker has inherited it.
  }
}
