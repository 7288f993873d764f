import type { ReferenceValue } from '../ogc/processes/execute-request.ts';
import type { Content } from '../processes/process.ts';

/** The place where one attempt at a job works: a folder of its own, and a way to the web. */
export interface Bench {
  /** Absolute path of an empty folder for the process alone. */
  readonly scratch: string;
  /** Another folder, for inputs: who puts the first one there makes it. */
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
  /** Rejects `DATA_DIR_UNUSABLE`. */
  open(job: string, epoch: number): Promise<Bench>;
}
