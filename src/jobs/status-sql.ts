import type { JobState } from '../core/jobs/job-status.ts';
import { type StatusFilter, type StatusSort, sortValue } from '../core/jobs/status-query.ts';

export interface Condition {
  /** A WHERE clause, or nothing. */
  readonly sql: string;
  readonly values: ReadonlyArray<string | number>;
}

const DURATION = 'CASE WHEN finished > 0 THEN finished ELSE ? END - started';

/** A filter as SQL over the table `statuses`; values are bound, never written into it. */
export function conditionOf(filter: StatusFilter): Condition {
  const parts: Condition[] = [];
  const add = (sql: string, ...values: Array<string | number>) => parts.push({ sql, values });
  const among = (column: string, values: ReadonlyArray<string | number> | undefined) => {
    if (values) add(`${column} IN (${values.map(() => '?').join()})`, ...values);
  };
  const { minDurationMs, maxDurationMs, nowMs = 0 } = filter;
  among('state', filter.states?.map(stateNumber));
  among('process', filter.processes);
  among('user', filter.users);
  among('owner', filter.owners);
  among('door', filter.doors);
  if (filter.mode !== undefined) add('mode = ?', filter.mode);
  if (filter.submittedFrom !== undefined) add('submitted >= ?', filter.submittedFrom);
  if (filter.submittedTo !== undefined) add('submitted <= ?', filter.submittedTo);
  if (filter.expiresTo !== undefined) add('expires_at <= ?', filter.expiresTo);
  if (minDurationMs !== undefined) add(`${DURATION} >= ?`, nowMs, minDurationMs);
  if (maxDurationMs !== undefined) add(`${DURATION} <= ?`, nowMs, maxDurationMs);
  return {
    sql: parts.length === 0 ? '' : `WHERE ${parts.map(({ sql }) => sql).join(' AND ')}`,
    values: parts.flatMap(({ values }) => values),
  };
}

export function orderOf({ by, descending }: StatusSort): string {
  const direction = descending ? 'DESC' : 'ASC';
  const columns = [...new Set([by, 'submitted', 'id'])];
  return `ORDER BY ${columns.map((column) => `${column} ${direction}`).join()}`;
}

/** States are stored as they are sorted. */
function stateNumber(state: JobState): number {
  return sortValue({ state } as Parameters<typeof sortValue>[0], 'state') as number;
}
