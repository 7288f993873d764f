import type { PeerStatus } from '../../../src/mesh/peer-status.ts';
import { element } from '../dom.ts';
import { base, listJobs, listProcesses } from './api.ts';
import { follow } from './feed.ts';
import { JobTable } from './job-table.ts';
import {
  apiQuery,
  FILTERS,
  type ListQuery,
  PAGE_SIZE,
  readListQuery,
  sortedBy,
  writeListQuery,
} from './list-query.ts';
import { failure } from './parts.ts';

/** Between questions for the list while jobs come and go. */
const REFRESH_MS = 1000;

const CHOICES: Readonly<Record<string, ReadonlyArray<readonly [value: string, text: string]>>> = {
  state: [
    ['', 'any state'],
    ['open', 'under way'],
    ['accepted', 'accepted'],
    ['running', 'running'],
    ['successful', 'successful'],
    ['failed', 'failed'],
    ['dismissed', 'dismissed'],
  ],
  mode: [
    ['', 'any mode'],
    ['sync', 'sync'],
    ['async', 'async'],
  ],
  chained: [
    ['', 'chained or not'],
    ['yes', 'chained'],
    ['no', 'not chained'],
  ],
};

/** `/jobs`: all jobs of the mesh, one page of them at a time, as they are now. */
export class ListView {
  #query: ListQuery = readListQuery(location.search);
  readonly #table: JobTable;
  readonly #filters = element('form', { class: 'filters', role: 'search', 'aria-label': 'Filter jobs' });
  readonly #count = element('p', { class: 'count', role: 'status' });
  readonly #pages = element('nav', { class: 'pages', 'aria-label': 'Pages of the list' });
  readonly #problem = element('div');
  #asking: AbortController | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;

  constructor(main: HTMLElement) {
    this.#table = new JobTable((sort) => this.#go(sortedBy(this.#query, sort)));
    const head = element(
      'header',
      { class: 'title' },
      element('h2', {}, 'Jobs'),
      this.#count,
      element('a', { class: 'button primary', href: new URL('jobs/new', base).href }, 'New job'),
    );
    main.replaceChildren(head, this.#filters, this.#problem, this.#table.element, this.#pages);
    this.#buildFilters();
    addEventListener('popstate', () => {
      this.#query = readListQuery(location.search);
      this.#showFilters();
      void this.#load();
    });
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) this.#soon();
    });
    void this.#load();
    follow(
      'api/jobs/events',
      ({ event, ...news }) => {
        if (!('job' in news)) return;
        const isShown = this.#table.update(news.job);
        // Progress alone changes neither who is in the list nor, as a rule, the order.
        if (event !== 'progress' || !isShown || this.#query.sort === 'progress') this.#soon();
      },
      () => this.#soon(),
    );
  }

  #buildFilters(): void {
    const control = (label: string, field: HTMLElement) =>
      element('label', {}, element('span', { class: 'visually-hidden' }, label), field);
    const select = (name: string) =>
      element(
        'select',
        { name },
        ...(CHOICES[name] ?? []).map(([value, text]) => element('option', { value }, text)),
      );
    const text = (name: string, placeholder: string) =>
      element('input', { name, placeholder, list: `known-${name}`, type: 'search', autocomplete: 'off' });
    this.#filters.append(
      control('State', select('state')),
      control('Process', text('process', 'any process')),
      control('Node', text('node', 'any node')),
      control('User', text('user', 'any user')),
      control('Mode', select('mode')),
      control('Chained', select('chained')),
      element('label', { class: 'sorting' }, element('span', {}, 'Sort by'), this.#table.sortChooser),
      element('button', { type: 'reset' }, 'Show all'),
      ...['process', 'node', 'user'].map((name) => element('datalist', { id: `known-${name}` })),
    );
    this.#filters.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#filter();
    });
    this.#filters.addEventListener('change', ({ target }) => {
      if (target !== this.#table.sortChooser) this.#filter();
    });
    this.#filters.addEventListener('reset', (event) => {
      event.preventDefault();
      this.#go(readListQuery(''));
      this.#showFilters();
    });
    this.#showFilters();
    // Names to choose from are a help: without them any can be written.
    listProcesses()
      .then((all) =>
        this.#offer(
          'process',
          all.map(({ id }) => id),
        ),
      )
      .catch(() => {});
    fetch(new URL('api/peers', base))
      .then((response) => response.json() as Promise<PeerStatus[]>)
      .then((peers) => this.#offer('node', [...new Set(peers.map(({ name }) => name))]))
      .catch(() => {});
  }

  #offer(name: string, values: readonly string[]): void {
    const options = values.map((value) => element('option', { value }));
    this.#filters.querySelector(`#known-${name}`)?.replaceChildren(...options);
  }

  #showFilters(): void {
    for (const name of FILTERS) {
      const field = this.#filters.elements.namedItem(name) as HTMLInputElement | HTMLSelectElement;
      field.value = this.#query[name];
    }
  }

  #filter(): void {
    const form = new FormData(this.#filters);
    const filters = FILTERS.map((name) => [name, String(form.get(name) ?? '').trim()]);
    this.#go({ ...this.#query, ...Object.fromEntries(filters), page: 1 });
  }

  #go(query: ListQuery): void {
    this.#query = query;
    const words = writeListQuery(query);
    history.pushState(null, '', words === '' ? location.pathname : `${location.pathname}?${words}`);
    void this.#load();
  }

  #soon(): void {
    if (document.hidden) return;
    this.#refresh ??= setTimeout(() => {
      this.#refresh = undefined;
      void this.#load();
    }, REFRESH_MS);
  }

  async #load(): Promise<void> {
    this.#asking?.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const { jobs, total } = await listJobs(apiQuery(this.#query), signal);
      this.#problem.replaceChildren();
      this.#table.show(jobs, this.#query);
      this.#offer('user', [...new Set(jobs.map(({ user }) => user))]);
      this.#showPages(jobs.length, total);
    } catch (error) {
      if (!signal.aborted) this.#problem.replaceChildren(failure(error));
    }
  }

  #showPages(shown: number, total: number): void {
    const { page } = this.#query;
    const last = Math.max(1, Math.ceil(total / PAGE_SIZE));
    if (shown === 0 && page > last) {
      this.#go({ ...this.#query, page: last });
      return;
    }
    const number = (value: number) => value.toLocaleString();
    const first = (page - 1) * PAGE_SIZE + 1;
    this.#count.textContent =
      total === 0 ? 'None match' : `${number(first)}–${number(first + shown - 1)} of ${number(total)}`;
    const button = (text: string, label: string, to: number) => {
      const made = element('button', { type: 'button', 'aria-label': label }, text);
      made.disabled = to < 1 || to > last || to === page;
      made.addEventListener('click', () => this.#go({ ...this.#query, page: to }));
      return made;
    };
    // What has the focus is not taken away by a list that comes in live.
    const focused = this.#pages.contains(document.activeElement)
      ? document.activeElement?.getAttribute('aria-label')
      : undefined;
    this.#pages.hidden = last === 1;
    this.#pages.replaceChildren(
      button('«', 'First page', page === 1 ? 0 : 1),
      button('‹', 'Previous page', page - 1),
      element('span', {}, `Page ${number(page)} of ${number(last)}`),
      button('›', 'Next page', page + 1),
      button('»', 'Last page', page === last ? 0 : last),
    );
    if (focused) this.#pages.querySelector<HTMLElement>(`[aria-label="${focused}"]`)?.focus();
  }
}
