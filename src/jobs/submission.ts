import { GismeshError } from '../core/errors.ts';
import type { ValidRequest } from '../ogc/processes/execute-request.ts';
import { ProcessError } from '../ogc/processes/problem.ts';
import { WIRE_LIMITS } from './wire.ts';

/** What whoever executes a job needs to know of it; kept with its status, as JSON. */
export interface Submission {
  readonly request: ValidRequest;
  /** Version of the process that the request was held against. */
  readonly processVersion: string;
  /** Whether running it twice does no harm. */
  readonly idempotent: boolean;
}

/** The format of kept submissions; grows when an older gismesh could not execute them. */
const FORMAT = 1;

/** Throws `too-large` for one that does not fit beside its status. */
export function encodeSubmission(submission: Submission): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify({ format: FORMAT, ...submission }));
  if (bytes.length > WIRE_LIMITS.request) {
    throw new ProcessError(
      'too-large',
      `The request has ${bytes.length} bytes of inline data, ${WIRE_LIMITS.request} are taken: give large inputs by reference`,
    );
  }
  return bytes;
}

export function decodeSubmission(bytes: Uint8Array): Submission {
  const { format, ...submission } = JSON.parse(new TextDecoder().decode(bytes)) as Submission & {
    format: number;
  };
  if (format === FORMAT) return submission;
  throw new GismeshError('PROCESS_UNAVAILABLE', 'a newer gismesh accepted this job: update this peer');
}
