import type { JobDoor, JobMode, JobState, JobStatus } from './job-status.ts';

/** Which jobs; all conditions hold. An empty filter is every job. */
export interface StatusFilter {
  readonly states?: readonly JobState[];
  readonly processes?: readonly string[];
  readonly users?: readonly string[];
  /** Executing peer. */
  readonly owners?: readonly string[];
  readonly mode?: JobMode;
  /** Whether another job's output is among the inputs. */
  readonly chained?: boolean;
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
  'epoch',
] as const;
type SortKey = (typeof SORT_KEYS)[number];

/** Equal ones are ordered by submission, then id, in the same direction. */
export interface StatusSort {
  readonly by: SortKey;
  readonly descending: boolean;
}

export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
}

/** What of a status is filtered and sorted by. */
export type Listable = Pick<
  JobStatus,
  'id' | 'state' | 'process' | 'user' | 'owner' | 'mode' | 'door' | 'progress' | 'epoch' | 'submittedAt'
> & {
  readonly chained: readonly unknown[];
  readonly startedAt?: number | undefined;
  readonly finishedAt?: number | undefined;
  readonly updated: { readonly wallMs: number };
};

export const NEWEST_FIRST: StatusSort = { by: 'submitted', descending: true };

export function matches(status: Listable, expiresAt: number, filter: StatusFilter): boolean {
  const { submittedFrom = -Infinity, submittedTo = Infinity, expiresTo = Infinity } = filter;
  return (
    isAmong(status.state, filter.states) &&
    isAmong(status.process, filter.processes) &&
    isAmong(status.user, filter.users) &&
    isAmong(status.owner, filter.owners) &&
    isAmong(status.door, filter.doors) &&
    (filter.mode === undefined || filter.mode === status.mode) &&
    (filter.chained === undefined || filter.chained === status.chained.length > 0) &&
    status.submittedAt >= submittedFrom &&
    status.submittedAt <= submittedTo &&
    expiresAt <= expiresTo &&
    hasDuration(status, filter)
  );
}

function isAmong<T>(value: T, values: readonly T[] | undefined): boolean {
  return values === undefined || values.includes(value);
}

function hasDuration(status: Listable, filter: StatusFilter): boolean {
  const { minDurationMs, maxDurationMs, nowMs = 0 } = filter;
  if (minDurationMs === undefined && maxDurationMs === undefined) return true;
  if (status.startedAt === undefined) return false;
  const durationMs = (status.finishedAt ?? nowMs) - status.startedAt;
  return durationMs >= (minDurationMs ?? -Infinity) && durationMs <= (maxDurationMs ?? Infinity);
}

/** Puts what comes first first. Texts are ordered by their codes, not as any language does. */
export function comparator({ by, descending }: StatusSort): (a: Listable, b: Listable) => number {
  const value = SORT_VALUES[by];
  const sign = descending ? -1 : 1;
  return (a, b) =>
    sign * (compare(value(a), value(b)) || compare(a.submittedAt, b.submittedAt) || compare(a.id, b.id));
}

const STATE_ORDER: Readonly<Record<JobState, number>> = {
  accepted: 0,
  running: 1,
  successful: 2,
  failed: 3,
  dismissed: 4,
};

const SORT_VALUES: Readonly<Record<SortKey, (status: Listable) => string | number>> = {
  submitted: (status) => status.submittedAt,
  updated: (status) => status.updated.wallMs,
  finished: (status) => status.finishedAt ?? 0,
  state: (status) => STATE_ORDER[status.state],
  process: (status) => status.process,
  user: (status) => status.user,
  owner: (status) => status.owner,
  mode: (status) => status.mode,
  progress: (status) => status.progress,
  epoch: (status) => status.epoch,
};

function compare<T extends string | number>(a: T, b: T): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
