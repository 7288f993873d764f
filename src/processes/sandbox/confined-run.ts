import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { GismeshError } from '../../core/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { TaskLimits } from '../process.ts';
import { RunningTime, type Suspension } from '../suspension.ts';
import type { Launch, Sandbox } from './launch.ts';
import { signalTo } from './signal.ts';
import { Standstill } from './standstill.ts';
import { folderUsage, processesBelow } from './usage.ts';

export interface ConfinementOptions {
  readonly niceness: number;
  /** How often memory, processes and files are counted. */
  readonly pollMs: number;
  readonly maxProcesses: number;
  readonly maxFiles: number;
  /** Of stdout and stderr together; then the program is ended. */
  readonly maxOutputBytes: number;
}

export interface ConfinedStart {
  readonly launch: Launch;
  readonly sandbox: Sandbox;
  readonly limits: Omit<TaskLimits, 'timeoutMs'>;
  readonly options: ConfinementOptions;
  readonly clock: Clock;
  /** Whether something is written to it; else its stdin is empty. */
  readonly hasInput?: boolean;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
}

export interface ConfinedRun extends ConfinedStart {
  readonly limits: TaskLimits;
  readonly signal: AbortSignal;
  readonly suspension?: Suspension | undefined;
}

/** How the program ended by itself. */
export interface Ending {
  /** 128 and the number of the signal that ended it, as shells have it. */
  readonly code: number;
}

/** Address space is more than memory: code, stacks and reservations of threads are not resident. */
const ADDRESS_FACTOR = 2;
const ADDRESS_EXTRA_BYTES = 1024 * 1024 * 1024;
const VANISH_POLL_MS = 5;
const SIGXFSZ = 25;
const SIGNAL_BASE = 128;

/**
 * Runs a program within its limits. Rejects `CANCELLED`, `DEADLINE_EXCEEDED`, `PROCESS_LIMIT_EXCEEDED` or
 * `PROCESS_UNAVAILABLE`. When it settles every process of the run is gone.
 */
export async function runConfined(run: ConfinedRun): Promise<Ending> {
  const { signal, clock, limits, suspension } = run;
  if (signal.aborted) throw cancelled();
  const program = await startConfined(run);
  const onAbort = () => program.end(cancelled());
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const { timeoutMs } = limits;
  const deadline = new RunningTime(clock, timeoutMs, suspension, () => program.end(tooLate(timeoutMs)));
  const unfollow = suspension?.follow((isSuspended) => program.stand(isSuspended));
  program.watch();
  try {
    return await program.ending;
  } finally {
    deadline.cancel();
    unfollow?.();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Starts a program within its limits. Rejects `PROCESS_UNAVAILABLE` for one that is not there. */
export async function startConfined(run: ConfinedStart): Promise<ConfinedProgram> {
  const { launch, sandbox, limits, options } = run;
  const kernel = {
    fileBytes: limits.scratchBytes,
    addressBytes: limits.memoryBytes * ADDRESS_FACTOR + ADDRESS_EXTRA_BYTES,
    processes: options.maxProcesses,
  };
  const {
    command,
    arguments: rest,
    environment,
    tellsHolder,
  } = await sandbox.spawn(launch, kernel, options.niceness);
  const child = spawn(command, rest, {
    cwd: launch.scratch,
    env: { ...environment },
    // A group of its own, which is ended as a whole.
    detached: true,
    stdio: [run.hasInput ? 'pipe' : 'ignore', 'pipe', 'pipe', tellsHolder ? 'pipe' : 'ignore'],
  });
  return new ConfinedProgram(child, run, tellsHolder);
}

/** A program that was started within its limits. Somebody must wait for its `ending`. */
export class ConfinedProgram {
  /** Settles when every process of it is gone; rejects with what it was ended for, or `PROCESS_UNAVAILABLE`. */
  readonly ending: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #run: ConfinedStart;
  readonly #tellsHolder: boolean;
  readonly #closed: Promise<Ending>;
  readonly #holder: Promise<Holder | undefined>;
  readonly #standstill: Standstill;
  #reason: GismeshError | undefined;
  #outputBytes = 0;
  #isOver = false;
  #poll: Timer | undefined;

  constructor(child: ChildProcess, run: ConfinedStart, tellsHolder: boolean) {
    this.#child = child;
    this.#run = run;
    this.#tellsHolder = tellsHolder;
    this.#closed = ended(child);
    this.#holder = tellsHolder ? holderOf(child.stdio[3] as Readable) : Promise.resolve(undefined);
    // A holder takes all others with it when the peer dies.
    this.#standstill = new Standstill(child.pid, tellsHolder);
    child.stdin?.on('error', () => {});
    this.#read('stdout', child.stdout);
    this.#read('stderr', child.stderr);
    this.ending = this.#settle();
  }

  /** Null unless it was started with input. Who writes to a program that is gone hears nothing of it. */
  get stdin(): Writable | null {
    return this.#child.stdin;
  }

  /** From now on memory, processes and files are counted; what sleeps need not be watched. */
  watch(): void {
    if (this.#poll === undefined && !this.#isOver) this.#schedule();
  }

  unwatch(): void {
    this.#poll?.cancel();
    this.#poll = undefined;
  }

  /** Ends it with all its processes, for this reason unless there was one before. */
  end(reason: GismeshError): void {
    this.#reason ??= reason;
    void this.#kill();
  }

  /** Stops all its processes where they are, or has them go on. Who is stopped can be ended as ever. */
  stand(still: boolean): void {
    this.#standstill.set(still);
  }

  async #settle(): Promise<Ending> {
    const { limits, launch } = this.#run;
    try {
      const ending = await this.#closed;
      if (this.#reason !== undefined) throw this.#reason;
      if (ending.code === SIGNAL_BASE + SIGXFSZ) throw exceeded('scratch space', limits.scratchBytes);
      // A program that is short for time can be over its limit without having been caught at it.
      const { bytes } = await folderUsage(launch.scratch, limits.scratchBytes, Infinity);
      if (bytes > limits.scratchBytes) throw exceeded('scratch space', limits.scratchBytes);
      return ending;
    } finally {
      this.#isOver = true;
      this.unwatch();
      this.#standstill.end();
      await this.#sweep();
    }
  }

  #read(name: 'stdout' | 'stderr', stream: Readable | null): void {
    stream?.on('error', () => {});
    stream?.on('data', (chunk: Buffer) => {
      const { maxOutputBytes } = this.#run.options;
      this.#outputBytes += chunk.length;
      if (this.#outputBytes > maxOutputBytes) this.end(exceeded('words (stdout and stderr)', maxOutputBytes));
      else this.#run.onOutput(name, chunk);
    });
  }

  #schedule(): void {
    const poll = this.#run.clock.after(this.#run.options.pollMs, async () => {
      const found = await this.#excess();
      if (found !== undefined) this.end(found);
      if (this.#poll === poll) this.#schedule();
    });
    this.#poll = poll;
  }

  async #excess(): Promise<GismeshError | undefined> {
    const { limits, launch, options } = this.#run;
    const [below, disk] = await Promise.all([
      processesBelow(this.#child.pid ?? -1),
      folderUsage(launch.scratch, limits.scratchBytes, options.maxFiles),
    ]);
    if (below.bytes > limits.memoryBytes) return exceeded('memory', limits.memoryBytes);
    if (below.pids.length > options.maxProcesses) {
      return new GismeshError(
        'PROCESS_LIMIT_EXCEEDED',
        `It started more than ${options.maxProcesses} processes`,
      );
    }
    if (disk.bytes > limits.scratchBytes) return exceeded('scratch space', limits.scratchBytes);
    if (disk.files > options.maxFiles) {
      return new GismeshError('PROCESS_LIMIT_EXCEEDED', `It made more than ${options.maxFiles} files`);
    }
    return undefined;
  }

  /** Where there is a holder, it takes every process with it; otherwise those are looked for while they have a parent. */
  async #kill(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    const { pids } = this.#tellsHolder ? { pids: [] } : await processesBelow(pid);
    signalTo(-pid, 'SIGKILL');
    for (const each of pids) signalTo(each, 'SIGKILL');
    // Whoever keeps the pipes open from another group does not keep the run from ending.
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  async #sweep(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    signalTo(-pid, 'SIGKILL');
    const holder = await this.#holder;
    while (holder !== undefined && startOf(holder.pid) === holder.startedAt) {
      signalTo(holder.pid, 'SIGKILL');
      await delay(VANISH_POLL_MS);
    }
  }
}

async function ended(child: ChildProcess): Promise<Ending> {
  try {
    // `exit`, then what was still in the pipes: `close` can wait for a process that has run away with them.
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code: code ?? SIGNAL_BASE + (signal === 'SIGXFSZ' ? SIGXFSZ : 9) };
  } catch (cause) {
    throw new GismeshError('PROCESS_UNAVAILABLE', `It cannot be started: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The first process of a namespace: it is gone only when all others are. */
interface Holder {
  readonly pid: number;
  /** Ids are given again; with its start it is the very process. */
  readonly startedAt: string;
}

/** What bubblewrap tells of itself: `{"child-pid": 123, ...}`. */
async function holderOf(stream: Readable): Promise<Holder | undefined> {
  let text = '';
  try {
    for await (const chunk of stream) text += String(chunk);
  } catch {
    return undefined;
  }
  const pid = Number(/"child-pid"\s*:\s*(\d+)/.exec(text)?.[1]);
  const startedAt = Number.isInteger(pid) ? startOf(pid) : undefined;
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** When a living process began, as Linux counts; undefined for one that is gone. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has nothing below it any more, and may never be taken away where nobody reaps it.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function exceeded(what: string, bytes: number): GismeshError {
  const amount = bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)} MiB` : `${bytes} bytes`;
  return new GismeshError(
    'PROCESS_LIMIT_EXCEEDED',
    `It took more ${what} than its limit of ${amount}, and was ended`,
  );
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'The run was cancelled');
}

function tooLate(timeoutMs: number): GismeshError {
  return new GismeshError('DEADLINE_EXCEEDED', `It took longer than the ${timeoutMs / 1000} s that it may`);
}
