import type { JobDoor, JobMode, JobState, JobStatus } from './job-status.ts';

/** Which jobs; all conditions hold. An empty filter is every job. */
export interface StatusFilter {
  readonly states?: readonly JobState[];
  readonly processes?: readonly string[];
  readonly users?: readonly string[];
  /** Executing peer. */
  readonly owners?: readonly string[];
  readonly mode?: JobMode;
  readonly doors?: readonly JobDoor[];
  /** Milliseconds since the Unix epoch, both inclusive. */
  readonly submittedFrom?: number;
  readonly submittedTo?: number;
  readonly expiresTo?: number;
  /** From start to end, or until now for what goes on; ms, inclusive. Jobs that have not started have none. */
  readonly minDurationMs?: number;
  readonly maxDurationMs?: number;
  /** The present time for these durations. */
  readonly nowMs?: number;
}

export const SORT_KEYS = [
  'submitted',
  'updated',
  'finished',
  'state',
  'process',
  'user',
  'owner',
  'mode',
  'progress',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

/** Equal ones are ordered by submission, then id, in the same direction. */
export interface StatusSort {
  readonly by: SortKey;
  readonly descending: boolean;
}

export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
}

export const NEWEST_FIRST: StatusSort = { by: 'submitted', descending: true };

export function matches(status: JobStatus, expiresAt: number, filter: StatusFilter): boolean {
  const { submittedFrom = -Infinity, submittedTo = Infinity, expiresTo = Infinity } = filter;
  return (
    isAmong(status.state, filter.states) &&
    isAmong(status.process, filter.processes) &&
    isAmong(status.user, filter.users) &&
    isAmong(status.owner, filter.owners) &&
    isAmong(status.door, filter.doors) &&
    (filter.mode === undefined || filter.mode === status.mode) &&
    status.submittedAt >= submittedFrom &&
    status.submittedAt <= submittedTo &&
    expiresAt <= expiresTo &&
    hasDuration(status, filter)
  );
}

function isAmong<T>(value: T, values: readonly T[] | undefined): boolean {
  return values === undefined || values.includes(value);
}

function hasDuration(status: JobStatus, filter: StatusFilter): boolean {
  const { minDurationMs, maxDurationMs, nowMs = 0 } = filter;
  if (minDurationMs === undefined && maxDurationMs === undefined) return true;
  if (status.startedAt === undefined) return false;
  const durationMs = (status.finishedAt ?? nowMs) - status.startedAt;
  return durationMs >= (minDurationMs ?? -Infinity) && durationMs <= (maxDurationMs ?? Infinity);
}

/** Negative when `a` comes first. Texts are ordered by their codes, not as any language does. */
export function compareBy(sort: StatusSort, a: JobStatus, b: JobStatus): number {
  const order =
    compare(sortValue(a, sort.by), sortValue(b, sort.by)) ||
    compare(a.submittedAt, b.submittedAt) ||
    compare(a.id, b.id);
  return sort.descending ? -order : order;
}

const STATE_ORDER: readonly JobState[] = ['accepted', 'running', 'successful', 'failed', 'dismissed'];

export function sortValue(status: JobStatus, key: SortKey): string | number {
  switch (key) {
    case 'submitted':
      return status.submittedAt;
    case 'updated':
      return status.updated.wallMs;
    case 'finished':
      return status.finishedAt ?? 0;
    case 'state':
      return STATE_ORDER.indexOf(status.state);
    default:
      return status[key];
  }
}

function compare<T extends string | number>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
