import type { ReferenceValue } from '../ogc/processes/execute-request.ts';
import type { Content } from '../processes/process.ts';

/** The place where one attempt at a job works: a folder of its own, and a way to the web. */
export interface Bench {
  /** Absolute path of a folder for the process alone: who writes there first makes it. */
  readonly scratch: string;
  /** Another folder, for inputs, in the same way. */
  readonly inputs: string;
  /** Fetches an input. Rejects `ProcessError` `data-not-accessible` with the reason, for the client. */
  fetch(
    input: string,
    reference: ReferenceValue,
    signal: AbortSignal,
  ): Promise<{ readonly mediaType: string; readonly content: Content }>;
  /** Fetches an input of at most `maxBytes` to memory. Rejects as `fetch`. */
  fetchText(input: string, reference: ReferenceValue, maxBytes: number, signal: AbortSignal): Promise<string>;
  /** Removes all of it. */
  close(): Promise<void>;
}

export interface Workshop {
  open(job: string, epoch: number): Promise<Bench>;
}
