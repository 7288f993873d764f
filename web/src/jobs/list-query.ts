/** Which jobs the list shows, as it stands in the address bar. */
export interface ListQuery {
  /** '' is all; `open` is accepted or running. */
  readonly state: string;
  readonly process: string;
  readonly node: string;
  readonly user: string;
  readonly mode: string;
  readonly chained: string;
  readonly sort: string;
  readonly order: 'up' | 'down';
  /** From 1 on. */
  readonly page: number;
}

export const PAGE_SIZE = 50;

export const FILTERS = ['state', 'process', 'node', 'user', 'mode', 'chained'] as const;

export function readListQuery(search: string): ListQuery {
  const query = new URLSearchParams(search);
  const text = (name: string) => query.get(name) ?? '';
  const page = Number(text('page'));
  return {
    state: text('state'),
    process: text('process'),
    node: text('node'),
    user: text('user'),
    mode: text('mode'),
    chained: text('chained'),
    sort: text('sort') || 'submitted',
    order: text('order') === 'up' ? 'up' : 'down',
    page: Number.isInteger(page) && page > 0 ? page : 1,
  };
}

/** What differs from the list as it is at first. */
export function writeListQuery(query: ListQuery): string {
  const words = new URLSearchParams();
  for (const name of FILTERS) if (query[name] !== '') words.set(name, query[name]);
  if (query.sort !== 'submitted' || query.order !== 'down') {
    words.set('sort', query.sort);
    words.set('order', query.order);
  }
  if (query.page > 1) words.set('page', String(query.page));
  return words.toString();
}

/** The query of `/api/jobs`. */
export function apiQuery({ page, state, ...query }: ListQuery): URLSearchParams {
  const words = new URLSearchParams({
    sort: query.sort,
    order: query.order,
    offset: String((page - 1) * PAGE_SIZE),
    limit: String(PAGE_SIZE),
  });
  const states = state === 'open' ? ['accepted', 'running'] : [state];
  for (const each of states) if (each !== '') words.append('state', each);
  for (const name of FILTERS) if (name !== 'state' && query[name] !== '') words.set(name, query[name]);
  return words;
}

/** A click on a heading: newest or most first, then the other way round; texts from A on. */
export function sortedBy(query: ListQuery, sort: string): ListQuery {
  const first = ['process', 'user', 'owner', 'state', 'mode'].includes(sort) ? 'up' : 'down';
  const other = first === 'up' ? 'down' : 'up';
  return { ...query, sort, order: query.sort === sort && query.order === first ? other : first, page: 1 };
}
