import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import { type ErrorCode, GismeshError } from '../core/errors.ts';
import type { WorkerProcess } from './worker-kind.ts';

/** What a forked worker sends; `worker-channel.ts` is the other end. */
export type WorkerMessage =
  | { readonly kind: 'ready' }
  /** It cannot start; the process ends by itself. */
  | { readonly kind: 'unfit'; readonly error: WireError }
  | { readonly kind: 'answer'; readonly answer: unknown; readonly held?: readonly string[] }
  | { readonly kind: 'failure'; readonly error: WireError; readonly held?: readonly string[] };

export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface ForkOptions {
  /** Module to run; its end of the channel is `serveTasks`. */
  readonly module: URL;
  readonly arguments: readonly string[];
  /** The whole environment of the process: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** 0..19; higher lets the people at the machine go first. */
  readonly niceness: number;
}

/** Kept of what a worker writes to stderr, for the message that says why it died. */
const STDERR_TAIL_BYTES = 1024;

/**
 * Forks a Node process and resolves when it says that it is ready. It gets no socket but its channel, no
 * secrets from the environment and no Node options but `--expose-gc`; answers of 480 kB cross the channel in 0.6 ms.
 */
export async function startForkedWorker<Task, Answer>(
  options: ForkOptions,
  signal: AbortSignal,
): Promise<WorkerProcess<Task, Answer>> {
  signal.throwIfAborted();
  const child = fork(options.module, options.arguments, {
    env: { ...options.environment },
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const worker = new ForkedWorker<Task, Answer>(child);
  giveWay(child.pid, options.niceness);
  const onAbort = () => worker.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await worker.ready;
    return worker;
  } catch (cause) {
    throw cause instanceof GismeshError && cause.code === 'ENGINE_UNAVAILABLE'
      ? cause
      : new GismeshError('ENGINE_UNAVAILABLE', `A worker does not start: ${(cause as Error).message}`, {
          cause,
        });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Before the process has threads of its own, which inherit it. */
function giveWay(pid: number | undefined, niceness: number): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // The peer itself runs with less priority than that: the worker has inherited it.
  }
}

class ForkedWorker<Task, Answer> implements WorkerProcess<Task, Answer> {
  readonly pid: number;
  readonly exited: Promise<string>;
  readonly ready: Promise<void>;
  readonly #child: ChildProcess;
  readonly #stderr: StderrTail;
  #held: ReadonlySet<string> = new Set();
  #pending: PromiseWithResolvers<Answer> | undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#stderr = new StderrTail(child.stderr);
    const ready = Promise.withResolvers<void>();
    this.ready = ready.promise;
    child.on('error', () => {});
    child.on('message', (message) => this.#receive(message as WorkerMessage, ready));
    this.exited = howItEnded(child).then((reason) => {
      const error = new GismeshError(
        'ENGINE_CRASHED',
        `The worker died (${reason})${this.#stderr.quoted()}.`,
      );
      ready.reject(error);
      this.#settle((pending) => pending.reject(error));
      return reason;
    });
  }

  run(task: Task): Promise<Answer> {
    const pending = Promise.withResolvers<Answer>();
    this.#pending = pending;
    // A process that is already gone has no channel; its `exited` says the same with the reason.
    this.#child.send({ task }, (error) => {
      if (error !== null) void this.exited.then(() => this.#settle((open) => open.reject(error)));
    });
    return pending.promise;
  }

  holds(key: string): boolean {
    return this.#held.has(key);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #receive(message: WorkerMessage, ready: PromiseWithResolvers<void>): void {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'unfit') ready.reject(fromWire(message.error));
    else {
      if (message.held !== undefined) this.#held = new Set(message.held);
      this.#settle((pending) =>
        message.kind === 'answer'
          ? pending.resolve(message.answer as Answer)
          : pending.reject(fromWire(message.error)),
      );
    }
  }

  #settle(settle: (pending: PromiseWithResolvers<Answer>) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) settle(pending);
  }
}

function fromWire(error: WireError): GismeshError {
  return new GismeshError(error.code, error.message);
}

async function howItEnded(child: ChildProcess): Promise<string> {
  try {
    // `close` rather than `exit`: by then its last messages and words have been read.
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return signal === null ? `exit code ${code}` : `signal ${signal}`;
  } catch (error) {
    return `not started: ${(error as Error).message}`;
  }
}

/** The last words of a worker. */
class StderrTail {
  #tail = Buffer.alloc(0);

  constructor(stream: Readable | null) {
    stream?.on('data', (chunk: Buffer) => {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-STDERR_TAIL_BYTES);
    });
    stream?.on('error', () => {});
  }

  quoted(): string {
    const line = this.#tail.toString('utf8').trim().split('\n').at(-1) ?? '';
    return line === '' ? '' : `; it said: ${line}`;
  }
}
