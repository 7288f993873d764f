import { html } from '../../../html.ts';
import {
  isoTime,
  type JobOutput,
  type JobView,
  jobMessage,
  jobPercent,
  type OutputValue,
} from '../../job-view.ts';
import type { ApiDocument } from '../document.ts';
import { type JobFilter, jobQuery, jobUrl, resultsUrl } from '../jobs.ts';
import { processUrl } from '../processes.ts';
import { anchor, listOf, pageDocument, pagingLinks, tableOf } from './page.ts';

/** One page of jobs for people; `hasMore`: another follows. */
export function jobListPage(
  jobs: readonly JobView[],
  filter: JobFilter,
  { url, hasMore }: { readonly url: string; readonly hasMore: boolean },
): ApiDocument {
  const { offset, limit } = filter;
  const query = jobQuery(filter);
  const rows = jobs.map((job) => [
    anchor(`${jobUrl(job.id, url)}?f=html`, job.id),
    anchor(`${processUrl(job.process, url)}?f=html`, job.process),
    job.state,
    progress(job),
    isoTime(job.created),
  ]);
  const json = `${url}/jobs?${new URLSearchParams([...query, ['limit', String(limit)], ['offset', String(offset)], ['f', 'json']])}`;
  return pageDocument(
    { title: 'Jobs', url, json },
    html`${tableOf('Jobs', ['Job', 'Process', 'State', 'Progress', 'Created'], rows)}
${pagingLinks(`${url}/jobs`, query, { offset, limit, hasMore })}`,
  );
}

function progress(job: JobView) {
  const percent = jobPercent(job);
  return html`<progress max="100" value="${percent}" aria-label="Progress"></progress> ${percent} %`;
}

/** A job for people. */
export function jobPage(job: JobView, url: string): ApiDocument {
  const address = jobUrl(job.id, url);
  const time = (at: number | undefined) => (at === undefined ? undefined : isoTime(at));
  const hasEnded = job.state === 'successful' || job.state === 'failed';
  const facts = listOf([
    ['Id', html`<code>${job.id}</code>`],
    ['Process', anchor(`${processUrl(job.process, url)}?f=html`, job.process)],
    ['State', job.state],
    ['Progress', progress(job)],
    ['Message', jobMessage(job)],
    ['User', job.user],
    ['Created', time(job.created)],
    ['Started', time(job.started)],
    ['Finished', time(job.finished)],
    ['Updated', time(job.updated)],
    ['Expected to finish', time(job.estimatedCompletion)],
    ['Kept until', time(job.expires)],
  ]);
  const results = anchor(
    `${resultsUrl(job.id, url)}?f=html`,
    job.state === 'failed' ? 'Why it failed' : 'The results',
  );
  return pageDocument(
    { title: `Job of ${job.process}`, url, json: `${address}?f=json` },
    html`${facts}${hasEnded && html`<p>${results}</p>`}`,
  );
}

/** The results of a job for people: short values as they are, others by their address, which `href` gives. */
export function resultsPage(
  job: JobView,
  outputs: readonly JobOutput[],
  { url, href }: { readonly url: string; readonly href: (output: string) => string },
): ApiDocument {
  const rows = outputs.map(({ id, value }) => [
    html`<code>${id}</code>`,
    shown(value),
    anchor(href(id), 'Open'),
  ]);
  return pageDocument(
    { title: 'Results', url, json: `${resultsUrl(job.id, url)}?f=json` },
    html`<p>Of ${anchor(`${jobUrl(job.id, url)}?f=html`, `job ${job.id}`)}, process ${anchor(`${processUrl(job.process, url)}?f=html`, job.process)}.</p>
${tableOf('Results', ['Output', 'Value', 'Content'], rows)}`,
  );
}

/** Characters of an output that a page shows. */
const MAX_SHOWN = 2000;

function shown(value: OutputValue) {
  switch (value.kind) {
    case 'literal':
      return html`${value.value.slice(0, MAX_SHOWN)} ${value.uom}`;
    case 'bbox':
      return html`${value.lower.join(' ')}, ${value.upper.join(' ')} ${value.crs}`;
    case 'reference':
      return html`<code>${value.format.mediaType}</code>`;
    case 'complex': {
      const isText = value.format.encoding === '';
      const text = value.data.length > MAX_SHOWN ? `${value.data.slice(0, MAX_SHOWN)}…` : value.data;
      return html`<code>${value.format.mediaType}</code>${isText && html`<pre>${text}</pre>`}`;
    }
  }
}
