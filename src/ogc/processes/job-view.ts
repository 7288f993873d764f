import type { BoundingBoxValue, ComplexValue, LiteralValue } from './execute-request.ts';
import type { Problem } from './problem.ts';
import type { Format } from './process-description.ts';

export type JobState = 'accepted' | 'running' | 'paused' | 'successful' | 'failed' | 'dismissed';

export const jobStates: readonly JobState[] = [
  'accepted',
  'running',
  'paused',
  'successful',
  'failed',
  'dismissed',
];

/** A job as clients are told of it. Times are milliseconds since 1970; undefined where not known. */
export interface JobView {
  readonly id: string;
  readonly process: string;
  readonly state: JobState;
  /** 0 to 100; fractions are cut off. */
  readonly percent: number;
  readonly message: string;
  readonly user: string;
  readonly created: number;
  readonly updated: number;
  readonly started?: number | undefined;
  readonly finished?: number | undefined;
  readonly expires?: number | undefined;
  readonly estimatedCompletion?: number | undefined;
  readonly nextPoll?: number | undefined;
  /** Why it failed. */
  readonly problem?: Problem | undefined;
}

/** An output that is kept somewhere, at an address without a query: clients make file names of it. */
export interface OutputReference {
  readonly kind: 'reference';
  readonly href: string;
  readonly format: Format;
}

export type OutputValue = LiteralValue | BoundingBoxValue | ComplexValue | OutputReference;

export interface JobOutput {
  readonly id: string;
  readonly value: OutputValue;
}

/** Milliseconds as XML Schema and RFC 3339 write them, in UTC. */
export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

const DEFAULT_MESSAGES: Readonly<Record<JobState, string>> = {
  accepted: 'The job is accepted and waits for a peer',
  running: 'The job is running',
  paused: 'The job is paused: its peer is needed by its owner',
  successful: 'The job has succeeded',
  failed: 'The job has failed',
  dismissed: 'The job was dismissed',
};

/** What is to be said of the job; never empty, as clients take it apart without looking. */
export function jobMessage({ state, message, problem }: JobView): string {
  return message.trim() || problem?.message.trim() || DEFAULT_MESSAGES[state];
}

/** Whole percent, 100 for nothing but success. */
export function jobPercent({ state, percent }: JobView): number {
  if (state === 'successful') return 100;
  return Number.isFinite(percent) ? Math.min(99, Math.max(0, Math.floor(percent))) : 0;
}

/** Why a job that ended without results has none. */
export function jobProblem(job: JobView): Problem {
  const kind = job.state === 'dismissed' ? 'job-dismissed' : 'job-failed';
  return { kind, locator: '', ...job.problem, message: job.problem?.message.trim() || jobMessage(job) };
}
