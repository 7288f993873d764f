import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, GismeshError } from '../../core/errors.ts';
import { ProcessError } from '../../ogc/processes/problem.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ProcessTask, TaskContext, TaskLimits, TaskOutput } from '../process.ts';
import { RisingProgress } from '../progress.ts';
import { type ConfinedProgram, type ConfinementOptions, startConfined } from '../sandbox/confined-run.ts';
import type { Launch, Sandbox } from '../sandbox/launch.ts';
import { RunningTime } from '../suspension.ts';
import { collectOutputs, stageInputs } from './host-files.ts';
import { HostReader } from './host-reader.ts';
import type { HostedProcess, HostTask } from './messages.ts';

/** For a host that has said its last word to end by itself. */
const GRACE_MS = 2000;

export type HostLimits = Omit<TaskLimits, 'timeoutMs'>;

export interface HostOptions extends ConfinementOptions {
  /** For loading the application. */
  readonly startTimeoutMs: number;
}

export interface HostParts {
  /** For messages. */
  readonly name: string;
  readonly launch: Omit<Launch, 'scratch' | 'arguments'>;
  /** Of the program, by its scratch folder as it sees it. */
  readonly argumentsFor: (scratch: string) => readonly string[];
  readonly sandbox: Sandbox;
  /** Where each host gets a folder of its own. */
  readonly folder: string;
  readonly limits: HostLimits;
  readonly options: HostOptions;
  readonly clock: Clock;
}

/**
 * A Python process that has loaded an application. It runs one task and ends: nothing of a run, be it memory, threads
 * or variables, is there in the next one.
 */
export class PywpsHost {
  readonly limits: HostLimits;
  #processes: readonly HostedProcess[] = [];
  readonly #name: string;
  readonly #clock: Clock;
  readonly #program: ConfinedProgram;
  readonly #reader: HostReader;
  readonly #scratch: string;
  /** Resolves when nothing of it is left. */
  readonly #gone: Promise<void>;
  #isGone = false;

  private constructor(parts: HostParts, program: ConfinedProgram, reader: HostReader, scratch: string) {
    this.limits = parts.limits;
    this.#name = parts.name;
    this.#clock = parts.clock;
    this.#program = program;
    this.#reader = reader;
    this.#scratch = scratch;
    this.#gone = this.#watchEnd();
  }

  /** Resolves when the application is loaded. Rejects `PROCESS_UNAVAILABLE` when it cannot be, and `CANCELLED`. */
  static async start(parts: HostParts, signal: AbortSignal): Promise<PywpsHost> {
    const { name, launch, sandbox, limits, options, clock } = parts;
    const scratch = await mkdtemp(path.join(parts.folder, 'host-'));
    const reader = new HostReader();
    const program = await startConfined({
      launch: { ...launch, scratch, arguments: parts.argumentsFor(sandbox.scratchPath(scratch)) },
      sandbox,
      limits,
      options,
      clock,
      hasInput: true,
      onOutput: (stream, chunk) => reader.read(stream, chunk),
    }).catch(async (cause) => {
      await rm(scratch, { recursive: true, force: true });
      throw unavailable(name, `Python cannot be started: ${(cause as Error).message}`);
    });
    const host = new PywpsHost(parts, program, reader, scratch);
    const seconds = options.startTimeoutMs / 1000;
    const late = () => program.end(unavailable(name, `it was not loaded within ${seconds} s`));
    const release = host.#bound({ signal }, options.startTimeoutMs, late);
    try {
      const message = await reader.next();
      if (message.kind !== 'ready') {
        throw unavailable(name, message.kind === 'broken' ? message.message : `it said ${message.kind}`);
      }
      host.#processes = message.processes;
      program.unwatch();
      return host;
    } catch (error) {
      await host.end();
      throw error;
    } finally {
      release();
    }
  }

  get processes(): readonly HostedProcess[] {
    return this.#processes;
  }

  /** Its process died, or has done its work. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Once only. When it settles nothing of the host is left. */
  async run(description: ProcessDescription, task: ProcessTask, outer: TaskContext): Promise<TaskOutput[]> {
    const context = new RisingProgress(outer);
    const { timeoutMs } = task.limits;
    const late = () => {
      const message = `It took longer than the ${timeoutMs / 1000} s that it may`;
      this.#program.end(new GismeshError('DEADLINE_EXCEEDED', message));
    };
    const release = this.#bound(context, timeoutMs, late);
    this.#reader.listener = context;
    try {
      const outputs = task.outputs.map(({ id, format, uom }) => ({ id, mediaType: format.mediaType, uom }));
      const inputs = await stageInputs(task.inputs, this.#scratch);
      const order: HostTask = { process: task.process, inputs, outputs };
      this.#program.stdin?.end(`${JSON.stringify(order)}\n`);
      const message = await this.#reader.next();
      await this.#over();
      if (message.kind === 'answer') {
        return await collectOutputs(message.outputs, description, task, this.#scratch);
      }
      if (message.kind !== 'failure') throw unavailable(this.#name, `it said ${message.kind}`);
      if (message.input === undefined) throw new ProcessError('job-failed', message.message);
      throw new ProcessError('input-invalid', message.message, message.input);
    } finally {
      release();
      await this.end();
    }
  }

  /** Idempotent; when it resolves nothing of the host is left. */
  async end(): Promise<void> {
    this.#program.end(new GismeshError('CANCELLED', 'The host was ended'));
    await this.#gone;
    await rm(this.#scratch, { recursive: true, force: true });
  }

  /** Ends it when it was cancelled or is late, until the answer is called; watches what it takes; has it stand still. */
  #bound(
    { signal, suspension }: Pick<TaskContext, 'signal' | 'suspension'>,
    timeoutMs: number,
    late: () => void,
  ): () => void {
    const onAbort = () => this.#program.end(new GismeshError('CANCELLED', 'The run was cancelled'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const deadline = new RunningTime(this.#clock, timeoutMs, suspension, late);
    const unfollow = suspension?.follow((isSuspended) => this.#program.stand(isSuspended));
    this.#program.watch();
    return () => {
      deadline.cancel();
      unfollow?.();
      signal.removeEventListener('abort', onAbort);
    };
  }

  async #watchEnd(): Promise<void> {
    try {
      const { code } = await this.#program.ending;
      const words = this.#reader.lastWords;
      const how = `its Python process died (exit code ${code})`;
      this.#reader.fail(unavailable(this.#name, words === '' ? how : `${how}: ${words}`));
    } catch (error) {
      this.#reader.fail(error);
    }
    this.#isGone = true;
  }

  /** Waits for its end after its answer. Rejects when it took more than its limits meanwhile. */
  async #over(): Promise<void> {
    const impatient = this.#clock.after(GRACE_MS, () =>
      this.#program.end(new GismeshError('INTERNAL', 'It did not end after its answer')),
    );
    try {
      await this.#program.ending;
    } catch (error) {
      if (errorCode(error) !== 'INTERNAL') throw error;
    } finally {
      impatient.cancel();
    }
  }
}

export function unavailable(application: string, reason: string): GismeshError {
  return new GismeshError('PROCESS_UNAVAILABLE', `The PyWPS application ${application}: ${reason}`);
}
