import { type ErrorCode, errorCode } from '../core/errors.ts';
import { JOB_LIMITS } from '../core/jobs/job-status.ts';
import { type Problem, problemOf } from '../ogc/processes/problem.ts';

/** What is wrong with this peer rather than with the job: another one may do it. */
const ELSEWHERE: ReadonlySet<ErrorCode> = new Set([
  'PROCESS_UNAVAILABLE',
  'CANCELLED',
  'BUSY',
  'STORE_FULL',
  'DATA_DIR_UNUSABLE',
  'NETWORK_UNREACHABLE',
]);

/** Why a job goes elsewhere, for everybody to read; undefined when it would fail there as well. */
export function reasonToGo(error: unknown): string | undefined {
  if (!ELSEWHERE.has(errorCode(error))) return undefined;
  // Nothing of where this machine keeps its files.
  return errorCode(error) === 'DATA_DIR_UNUSABLE'
    ? 'its disk is full or cannot be written to'
    : (error as Error).message;
}

/** How the status of a job tells of its failure. `isUnexpected`: the mistake is ours. */
export function failureOf(error: unknown): {
  readonly failure: string;
  readonly message: string;
  readonly isUnexpected: boolean;
} {
  const { kind, message, locator } = problemOfRun(error);
  const failure = (locator === '' ? kind : `${kind} ${locator}`).slice(0, JOB_LIMITS.name);
  return { failure, message, isUnexpected: kind === 'internal' };
}

function problemOfRun(error: unknown): Problem {
  if (errorCode(error) === 'PROCESS_LIMIT_EXCEEDED') {
    return { kind: 'job-failed', message: (error as Error).message, locator: '' };
  }
  return problemOf(error);
}
