import type { JobReport } from '../../../src/http/job-report.ts';
import { element } from '../dom.ts';
import { jobPage } from './api.ts';
import type { ListQuery } from './list-query.ts';
import { nodeName, progressBar, stateBadge, time } from './parts.ts';
import { duration, isOpen } from './words.ts';

interface Column {
  readonly title: string;
  readonly sort?: string;
  cell(job: JobReport): Node | string;
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Job',
    cell: ({ id, chained }) =>
      element(
        'span',
        {},
        element('a', { href: jobPage(id), title: id }, id.slice(0, 8)),
        chained.length > 0 && element('span', { class: 'quiet', title: 'Uses outputs of' }, ' ← '),
        ...chained.map(({ job }) =>
          element('a', { href: jobPage(job), class: 'quiet' }, `${job.slice(0, 8)} `),
        ),
      ),
  },
  { title: 'Process', sort: 'process', cell: ({ process }) => process },
  { title: 'State', sort: 'state', cell: ({ state }) => stateBadge(state) },
  { title: 'Progress', sort: 'progress', cell: progressBar },
  { title: 'Node', sort: 'owner', cell: (job) => nodeName(job.node, job.nodeName) },
  { title: 'User', sort: 'user', cell: ({ user }) => user || '–' },
  { title: 'Mode', sort: 'mode', cell: ({ mode }) => mode },
  {
    title: 'Attempt',
    sort: 'epoch',
    cell: ({ epoch, attempts }) => {
      const before = attempts.filter(({ reason }) => reason);
      const title = before.map((each) => `attempt ${each.epoch}: ${each.reason}`).join('\n');
      return element('span', title === '' ? {} : { title }, epoch === 0 ? '–' : String(epoch));
    },
  },
  { title: 'Submitted', sort: 'submitted', cell: ({ submittedAt }) => time(submittedAt) },
  { title: 'Ended', sort: 'finished', cell: ({ finishedAt }) => (finishedAt ? time(finishedAt) : '–') },
  {
    title: 'Took',
    cell: ({ state, startedAt, finishedAt }) => {
      if (startedAt === undefined) return '–';
      if (finishedAt !== undefined) return duration(finishedAt - startedAt);
      return isOpen(state) ? duration(Date.now() - startedAt) : '–';
    },
  },
];

/** The table of one page of jobs. Rows are kept, so that the reader's place and what has the focus stay. */
export class JobTable {
  readonly element: HTMLElement;
  /** For narrow screens, where the headings are not shown. */
  readonly sortChooser = element('select', { 'aria-label': 'Sort by' });
  readonly #body = element('tbody');
  readonly #headings = new Map<string, HTMLElement>();
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(onSort: (key: string) => void) {
    const headings = COLUMNS.map(({ title, sort }) => {
      if (sort === undefined) return element('th', { scope: 'col' }, title);
      const button = element('button', { type: 'button' }, title);
      button.addEventListener('click', () => onSort(sort));
      const heading = element('th', { scope: 'col' }, button);
      this.#headings.set(sort, heading);
      this.sortChooser.append(element('option', { value: sort }, title));
      return heading;
    });
    this.sortChooser.addEventListener('change', () => onSort(this.sortChooser.value));
    this.element = element(
      'div',
      { class: 'table' },
      element(
        'table',
        {},
        element('caption', { class: 'visually-hidden' }, 'Jobs of this mesh'),
        element('thead', {}, element('tr', {}, ...headings)),
        this.#body,
      ),
    );
  }

  show(jobs: readonly JobReport[], { sort, order }: ListQuery): void {
    for (const [key, heading] of this.#headings) {
      if (key !== sort) heading.removeAttribute('aria-sort');
      else heading.setAttribute('aria-sort', order === 'up' ? 'ascending' : 'descending');
    }
    this.sortChooser.value = sort;
    const ids = new Set(jobs.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (ids.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    for (const [index, job] of jobs.entries()) {
      const row = this.#rows.get(job.id) ?? element('tr', { 'data-job': job.id });
      this.#rows.set(job.id, row);
      fill(row, job);
      if (this.#body.children[index] !== row)
        this.#body.insertBefore(row, this.#body.children[index] ?? null);
    }
  }

  /** Shows how a job is now; false for one that is not among those shown. */
  update(job: JobReport): boolean {
    const row = this.#rows.get(job.id);
    if (row) fill(row, job);
    return row !== undefined;
  }
}

/** Changes only the cells that say something else now. */
function fill(row: HTMLTableRowElement, job: JobReport): void {
  row.dataset.state = job.state;
  for (const [index, { title, cell }] of COLUMNS.entries()) {
    const made = element('td', { 'data-title': title }, cell(job));
    const before = row.children[index];
    if (!before) row.append(made);
    else if (before.outerHTML !== made.outerHTML) before.replaceWith(made);
  }
}
