import type { JobState, JobStatus } from '../core/jobs/job-status.ts';
import { NEWEST_FIRST, SORT_KEYS, type StatusSort } from '../core/jobs/status-query.ts';
import { escapeXml } from '../ogc/xml.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { outputUrl } from './job-answers.ts';
import type { Reply } from './reply.ts';

const STATES: readonly JobState[] = ['accepted', 'running', 'successful', 'failed', 'dismissed'];
const PAGE = 100;
const REFRESH_SECONDS = 2;

/** Columns with what they are sorted by. */
const COLUMNS: ReadonlyArray<readonly [title: string, sort: StatusSort['by'] | undefined]> = [
  ['Job', undefined],
  ['Process', 'process'],
  ['State', 'state'],
  ['Progress', 'progress'],
  ['Node', 'owner'],
  ['Attempt', undefined],
  ['User', 'user'],
  ['Mode', 'mode'],
  ['Submitted', 'submitted'],
  ['Outputs', undefined],
];

/** Nothing of the page runs: it is text, and asks for itself again. */
const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
};

const STYLE = `body{font:14px system-ui,sans-serif;margin:1.5rem}table{border-collapse:collapse}
td,th{padding:.25rem .6rem;text-align:left;border-bottom:1px solid #ddd;white-space:nowrap}
.failed{color:#b00020}.successful{color:#1b6e20}.dismissed{color:#777}form{margin-bottom:1rem}`;

/** `/jobs`: the jobs of the mesh as a table, sorted and filtered by its query, asking for itself again. */
export async function jobsPage(call: Call, jobs: JobsContext): Promise<Reply> {
  const query = new URLSearchParams(call.query);
  const by = SORT_KEYS.find((key) => key === query.get('sort'));
  const sort: StatusSort = by ? { by, descending: query.get('order') !== 'up' } : NEWEST_FIRST;
  const state = STATES.find((each) => each === query.get('state'));
  const [process, user] = [query.get('process') ?? '', query.get('user') ?? ''];
  const { records, total } = await jobs.service().map.list(
    {
      ...(state && { states: [state] }),
      ...(process !== '' && { processes: [process] }),
      ...(user !== '' && { users: [user] }),
    },
    sort,
    { offset: 0, limit: PAGE },
  );
  const rows = records.map(({ status }) => row(status, jobs, call.baseUrl)).join('\n');
  const body = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Jobs</title><meta http-equiv="refresh" content="${REFRESH_SECONDS}">
<style>${STYLE}</style></head><body><h1>Jobs</h1>
<form method="get"><label>State <select name="state"><option value="">any</option>${STATES.map(
    (each) => `<option${each === state ? ' selected' : ''}>${each}</option>`,
  ).join('')}</select></label>
<label>Process <input name="process" value="${escapeXml(process)}"></label>
<label>User <input name="user" value="${escapeXml(user)}"></label> <button>Show</button></form>
<p>${records.length} of ${total}</p>
<table><thead><tr>${COLUMNS.map((column) => heading(column, query, sort)).join('')}</tr></thead><tbody>
${rows}
</tbody></table></body></html>
`;
  return { status: 200, headers: { ...HEADERS }, body };
}

function heading([title, by]: (typeof COLUMNS)[number], query: URLSearchParams, sort: StatusSort): string {
  if (!by) return `<th>${title}</th>`;
  const link = new URLSearchParams(query);
  link.set('sort', by);
  link.set('order', sort.by === by && sort.descending ? 'up' : 'down');
  return `<th><a href="?${escapeXml(link.toString())}">${title}</a></th>`;
}

function row(status: JobStatus, jobs: JobsContext, baseUrl: string): string {
  const { id, process, state, progress, message, owner, epoch, attempts, user, mode, submittedAt } = status;
  const before = attempts
    .filter(({ reason }) => reason)
    .map(({ epoch: attempt, reason }) => `attempt ${attempt}: ${reason}`)
    .join('\n');
  const outputs = status.outputs.map(
    (output) =>
      `<a href="${escapeXml(outputUrl(id, output, baseUrl))}" title="${escapeXml(output.mediaType)}">${escapeXml(output.name)}</a>`,
  );
  const chained = status.chained.map(({ job }) => ` from ${escapeXml(job.slice(0, 8))}`).join('');
  const cells = [
    `<a href="${escapeXml(`${baseUrl}/api/jobs/${id}`)}">${escapeXml(id.slice(0, 8))}</a>${chained}`,
    escapeXml(process),
    `<span class="${state}">${state}</span>`,
    `<span title="${escapeXml(message)}"><progress max="100" value="${progress}"></progress> ${progress} %</span>`,
    owner === ''
      ? ''
      : `<span title="${escapeXml(owner)}">${escapeXml(jobs.peerName(owner) || owner.slice(-8))}</span>`,
    `<span title="${escapeXml(before)}">${epoch}</span>`,
    escapeXml(user),
    mode,
    new Date(submittedAt).toISOString().slice(0, 19).replace('T', ' '),
    outputs.join(', '),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
}
