import type { BoundingBoxValue, LiteralValue, RequestedOutput } from '../ogc/processes/execute-request.ts';
import type { Format, ProcessDescription } from '../ogc/processes/process-description.ts';
import type { Clock } from '../platform/clock.ts';
import type { Suspension } from './suspension.ts';

/** Decoded bytes: the `encoding` of a format says how they stood in a document, and means nothing here. */
export type Content =
  | { readonly at: 'memory'; readonly bytes: Uint8Array }
  /** An absolute path. Inputs are only read; outputs lie in the scratch folder of their task. */
  | { readonly at: 'file'; readonly path: string };

export interface ComplexContent {
  readonly kind: 'complex';
  /** Of inputs: one that the description offers, or '' as media type where who gave it did not say. */
  readonly format: Format;
  readonly content: Content;
}

export type TaskValue = LiteralValue | BoundingBoxValue | ComplexContent;

/** An id stands once for each value. */
export interface TaskInput {
  readonly id: string;
  readonly value: TaskValue;
}

export interface TaskOutput {
  readonly id: string;
  readonly value: TaskValue;
}

/** Runs that wait for others of their provider to end; further ones are refused `BUSY`. Whoever executes jobs has fewer. */
export const MAX_WAITING_RUNS = 1024;

/** What one run may take, of this machine and of the caller's patience. */
export interface TaskLimits {
  /** From the moment it begins; then it fails `DEADLINE_EXCEEDED`. */
  readonly timeoutMs: number;
  /** Memory of the work, all its processes together. */
  readonly memoryBytes: number;
  /** Everything in the scratch folder, outputs included. */
  readonly scratchBytes: number;
}

/** A valid request with its references fetched: `validateRequest` has seen it, defaults are filled in. */
export interface ProcessTask {
  readonly process: string;
  /** In the order of the description. */
  readonly inputs: readonly TaskInput[];
  /** At least one; format and unit as the description has them. */
  readonly outputs: readonly Pick<RequestedOutput, 'id' | 'format' | 'uom'>[];
  /**
   * Absolute path of a folder for this run alone. The provider makes it if it writes anything, and writes nowhere else;
   * the caller removes it with all that is in it once the outputs are taken out. Many runs need none.
   */
  readonly scratch: string;
  readonly limits: TaskLimits;
}

export interface TaskContext {
  /** Aborting ends the work, with all its threads and processes, and rejects `CANCELLED`. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** While it is suspended the work stands still, with all its processes; that time counts for no limit. */
  readonly suspension?: Suspension | undefined;
  /** 0 to 100, never less than before; the message is '' where there is nothing to say. */
  onProgress(percent: number, message: string): void;
  /** One line of what the work says about itself. */
  log(line: string): void;
}

/** What is known of a process before it runs, for bids. */
export interface ProcessExpectation {
  /** Milliseconds of a typical run, as its author says; what was measured goes before it. */
  readonly durationMs?: number;
  /** Threads that it keeps busy. */
  readonly cores: number;
  readonly memoryBytes?: number;
}

/**
 * What computes. A run rejects with
 * - `ProcessError` `input-invalid` (`INPUT_INVALID`), whose locator names the input: the same everywhere,
 * - `ProcessError` `job-failed` (`JOB_FAILED`) with the words of the process: the same everywhere,
 * - `DEADLINE_EXCEEDED`, `PROCESS_LIMIT_EXCEEDED` when it took more than its limits,
 * - `CANCELLED` when its signal was aborted,
 * - `PROCESS_UNAVAILABLE` when this peer cannot run it, and another one might: a program is gone,
 * - `PROCESS_UNKNOWN` for a process that is not in the list.
 * When the promise settles nothing of the run is left: no thread, no process, no file outside of the scratch folder.
 */
export interface ProcessProvider {
  /** For messages and metrics, e.g. `built-in`. */
  readonly name: string;
  /** What this peer can run now; ids are unique within a provider. */
  list(): readonly ProcessDescription[];
  /** `undefined` for a process that is not in the list. */
  expectation(process: string): ProcessExpectation | undefined;
  run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]>;
  /** Calls `listener` when the list has changed; the answer ends that. */
  onChange(listener: () => void): () => void;
  /** Ends every run; leaves no thread and no process behind. */
  stop(): Promise<void>;
}
