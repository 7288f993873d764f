import { errorCode } from '../core/errors.ts';
import type { StatusSort } from '../core/jobs/status-query.ts';
import { escapeXml } from '../ogc/xml.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { readJobQuery, STATES } from './job-query.ts';
import type { JobReport } from './job-report.ts';
import type { Page } from './page.ts';
import { PAGE_HEADERS } from './page-routes.ts';
import type { Reply } from './reply.ts';
import { jobReport } from './write-job-report.ts';

/** The built page of jobs, and where in it stands what browsers without scripts show. */
const FILE = '/jobs.html';
const HEAD = '<head>';
const PLAIN = '<!-- plain -->';

/** Columns with what they are sorted by. */
const COLUMNS: ReadonlyArray<readonly [title: string, sort: StatusSort['by'] | undefined]> = [
  ['Job', undefined],
  ['Process', 'process'],
  ['State', 'state'],
  ['Progress', 'progress'],
  ['Node', 'owner'],
  ['Attempt', 'epoch'],
  ['User', 'user'],
  ['Mode', 'mode'],
  ['Submitted', 'submitted'],
  ['Outputs', undefined],
];

/** The addresses in the page are relative to where it was built, its own may be deeper. */
const HEADERS = {
  ...PAGE_HEADERS,
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': (PAGE_HEADERS['content-security-policy'] as string).replace(
    "base-uri 'none'",
    "base-uri 'self'",
  ),
};

/**
 * The pages of jobs: `/jobs`, `/jobs/new`, `/jobs/<id>`. Scripts make them live; without scripts, or where the page
 * was not built, they are plain tables that tell the same.
 */
export class JobPages {
  readonly #jobs: JobsContext;
  readonly #page: () => Page | undefined;

  constructor(parts: { readonly jobs: JobsContext; readonly page: () => Page | undefined }) {
    this.#jobs = parts.jobs;
    this.#page = parts.page;
  }

  /** The jobs that the query asks for, as a table. */
  async list(call: Call): Promise<Reply> {
    const { filter, sort, page } = this.#queryOf(call);
    const { records, total } = await this.#jobs.service().map.list(filter, sort, page);
    const reports = records.map((record) => jobReport(record, this.#jobs, call.baseUrl));
    return this.#reply(call, 200, plainList(reports, total, call, sort));
  }

  async job(call: Call): Promise<Reply> {
    try {
      const record = await this.#jobs.service().find(call.parameter('job') ?? '');
      return this.#reply(call, 200, plainJob(jobReport(record, this.#jobs, call.baseUrl)));
    } catch (error) {
      if (errorCode(error) !== 'JOB_UNKNOWN') throw error;
      return this.#reply(call, 404, `<p>${escapeXml((error as Error).message)}</p>`);
    }
  }

  form(call: Call): Reply {
    const place = escapeXml(`${call.baseUrl}/ogcapi/processes`);
    const plain = `<p>The form needs scripts. Processes are described at <a href="${place}">${place}</a>.</p>`;
    return this.#reply(call, 200, plain);
  }

  /** What a person mistyped in the address shows everything. */
  #queryOf(call: Call) {
    const read = (query: string) => readJobQuery(query, this.#jobs.peersNamed);
    try {
      return read(call.query);
    } catch {
      return read('');
    }
  }

  #reply(call: Call, status: number, plain: string): Reply {
    const file = this.#page()?.reply(FILE)?.body;
    const html = file ? new TextDecoder().decode(file as Uint8Array) : plainDocument(PLAIN);
    const depth = call.path.split('/').length - 2;
    const base = depth > 0 ? `<base href="${'../'.repeat(depth)}">` : '';
    // Functions, as text of strangers may look like a pattern of replacement.
    const body = html.replace(HEAD, () => `${HEAD}${base}`).replace(PLAIN, () => plain);
    return { status, headers: { ...HEADERS }, body };
  }
}

function plainDocument(content: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Jobs</title></head><body><h1>Jobs</h1>
${content}
</body></html>
`;
}

function plainList(jobs: readonly JobReport[], total: number, call: Call, sort: StatusSort): string {
  const query = new URLSearchParams(call.query);
  const text = (name: string) => escapeXml(query.get(name) ?? '');
  const states = STATES.map(
    (state) => `<option${state === query.get('state') ? ' selected' : ''}>${state}</option>`,
  ).join('');
  return `<form method="get"><label>State <select name="state"><option value="">any</option>${states}</select></label>
<label>Process <input name="process" value="${text('process')}"></label>
<label>User <input name="user" value="${text('user')}"></label> <button>Show</button></form>
<p>${jobs.length} of ${total}</p>
<table><thead><tr>${COLUMNS.map((column) => heading(column, query, sort)).join('')}</tr></thead><tbody>
${jobs.map((job) => row(job, call.baseUrl)).join('\n')}
</tbody></table>`;
}

function heading([title, by]: (typeof COLUMNS)[number], query: URLSearchParams, sort: StatusSort): string {
  if (!by) return `<th>${title}</th>`;
  const link = new URLSearchParams(query);
  link.set('sort', by);
  link.set('order', sort.by === by && sort.descending ? 'up' : 'down');
  return `<th><a href="?${escapeXml(link.toString())}">${title}</a></th>`;
}

function row(job: JobReport, baseUrl: string): string {
  const { id, process, state, progress, message, epoch, user, mode, chained } = job;
  const from = chained.map((each) => ` from ${escapeXml(each.job.slice(0, 8))}`).join('');
  const cells = [
    `<a href="${escapeXml(`${baseUrl}/jobs/${id}`)}">${escapeXml(id.slice(0, 8))}</a>${from}`,
    escapeXml(process),
    state,
    `<span title="${escapeXml(message)}"><progress max="100" value="${progress}"></progress> ${progress} %</span>`,
    escapeXml(job.nodeName || job.node.slice(-8)),
    `<span title="${escapeXml(failedAttempts(job))}">${epoch}</span>`,
    escapeXml(user),
    mode,
    moment(job.submittedAt),
    outputLinks(job),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}

function plainJob(job: JobReport): string {
  const { id, process, state, progress, message, nodeName, node, epoch, user, mode } = job;
  const facts = [
    ['Job', escapeXml(id)],
    ['Process', escapeXml(process)],
    ['State', `${state}, ${progress} %`],
    ['Message', escapeXml(message)],
    ['Node', escapeXml(nodeName || node)],
    ['Attempt', `${epoch}<br>${escapeXml(failedAttempts(job))}`],
    ['User', escapeXml(user)],
    ['Mode', mode],
    ['Submitted', moment(job.submittedAt)],
    ['Outputs', outputLinks(job)],
  ];
  return `<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join('')}</dl>`;
}

function failedAttempts({ attempts }: JobReport): string {
  return attempts
    .filter(({ reason }) => reason)
    .map(({ epoch, reason }) => `attempt ${epoch}: ${reason}`)
    .join('\n');
}

function outputLinks({ outputs }: JobReport): string {
  return outputs
    .map(
      ({ name, mediaType, href }) =>
        `<a href="${escapeXml(href)}" title="${escapeXml(mediaType)}">${escapeXml(name)}</a>`,
    )
    .join(', ');
}

function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
