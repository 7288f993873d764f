import type { JobMode, JobState } from '../core/jobs/job-status.ts';
import {
  NEWEST_FIRST,
  type PageRequest,
  SORT_KEYS,
  type StatusFilter,
  type StatusSort,
} from '../core/jobs/status-query.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';

export const STATES: readonly JobState[] = ['accepted', 'running', 'successful', 'failed', 'dismissed'];
const MODES: readonly JobMode[] = ['sync', 'async'];
const DEFAULT_PAGE = 100;

export interface JobQuery {
  readonly filter: StatusFilter;
  readonly sort: StatusSort;
  readonly page: PageRequest;
}

/**
 * The query of `/api/jobs` and of the page: `state`, `process`, `user`, `node` (id or name), each any number of times,
 * `mode`, `chained` (yes, no), `sort`, `order` (up, down), `offset`, `limit`. Empty values are none. Throws
 * `invalid-parameter` that names what may stand there.
 */
export function readJobQuery(text: string, peersNamed: (name: string) => readonly string[]): JobQuery {
  const query = new URLSearchParams(text);
  const values = (name: string) => query.getAll(name).filter((value) => value !== '');
  const one = <T extends string>(name: string, choices: readonly T[]): T | undefined =>
    values(name).map((value) => choice(name, value, choices))[0];
  const states = values('state').map((value) => choice('state', value, STATES));
  const [processes, users, nodes] = [values('process'), values('user'), values('node')];
  const mode = one('mode', MODES);
  const chained = one('chained', ['yes', 'no']);
  const by = one('sort', SORT_KEYS);
  const order = one('order', ['up', 'down']);
  return {
    filter: {
      ...(states.length > 0 && { states }),
      ...(processes.length > 0 && { processes }),
      ...(users.length > 0 && { users }),
      ...(nodes.length > 0 && { owners: nodes.flatMap((node) => [node, ...peersNamed(node)]) }),
      ...(mode && { mode }),
      ...(chained && { chained: chained === 'yes' }),
    },
    sort: { by: by ?? NEWEST_FIRST.by, descending: order !== 'up' },
    page: { offset: count(query, 'offset') ?? 0, limit: count(query, 'limit') ?? DEFAULT_PAGE },
  };
}

function choice<T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((each) => each === value);
  if (found !== undefined) return found;
  throw new ProcessError(
    'invalid-parameter',
    `${name} is one of ${choices.join(', ')}, not ${quote(value)}`,
    name,
  );
}

function count(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ProcessError('invalid-parameter', `${name} is a whole number, not ${quote(text)}`, name);
}
