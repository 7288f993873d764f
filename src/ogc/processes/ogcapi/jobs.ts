import { type Pairs, Parameters } from '../../parameters.ts';
import { readNumber } from '../../values.ts';
import { isoTime, type JobState, type JobView, jobMessage, jobPercent } from '../job-view.ts';
import type { ProcessLimits } from '../limits.ts';
import { canonicalLiteral } from '../literal-value.ts';
import { ProcessError, quote } from '../problem.ts';
import { type ApiDocument, type JsonObject, jsonDocument, link, pageLinks, urlPart } from './document.ts';
import { type Page, processUrl, readPage } from './processes.ts';

/** Which jobs a list has (section 12.2); nothing given, nothing is left out. */
export interface JobFilter extends Page {
  readonly processes: readonly string[];
  readonly states: readonly JobState[];
  /** Milliseconds since 1970, both inclusive: when the job was created. */
  readonly createdFrom?: number;
  readonly createdUntil?: number;
  /** Seconds that it has run, or ran, both inclusive. */
  readonly minDuration?: number;
  readonly maxDuration?: number;
  /** False where the client asks for types of jobs that are not to be found here. */
  readonly hasJobs: boolean;
}

/** Reads the query of `GET /jobs`; lists may be separated by commas or repeated. Throws `ProcessError`. */
export function readJobFilter(pairs: Pairs, limits: ProcessLimits): JobFilter {
  const all = [...pairs];
  const parameters = new Parameters(all);
  const list = (name: string) => listOf(all, name);
  const types = list('type');
  return {
    ...readPage(parameters, limits),
    processes: list('processID'),
    states: list('status').flatMap(statesOf),
    ...readInterval(parameters.get('datetime')),
    ...readDuration(parameters, 'minDuration'),
    ...readDuration(parameters, 'maxDuration'),
    hasJobs: types.length === 0 || types.includes('process'),
  };
}

function listOf(pairs: readonly (readonly [string, string])[], name: string): string[] {
  return pairs
    .filter(([each]) => each.toLowerCase() === name.toLowerCase())
    .flatMap(([, value]) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

/** The standard's states; it has no word for paused. */
const API_STATES: Readonly<Record<JobState, string>> = {
  accepted: 'accepted',
  running: 'running',
  paused: 'running',
  successful: 'successful',
  failed: 'failed',
  dismissed: 'dismissed',
};

function statesOf(text: string): JobState[] {
  const states = (Object.keys(API_STATES) as JobState[]).filter((state) => API_STATES[state] === text);
  if (states.length > 0) return states;
  const known = [...new Set(Object.values(API_STATES))].join(', ');
  throw new ProcessError('invalid-parameter', `status is one of ${known}, not ${quote(text)}`, 'status');
}

type Interval = Pick<JobFilter, 'createdFrom' | 'createdUntil'>;

/** An instant, or an interval with `/` whose ends may be open (RFC 3339, OGC API - Features section 7.15.3). */
function readInterval(text: string | undefined): { -readonly [K in keyof Interval]: number } {
  if (text === undefined) return {};
  const parts = text.split('/').map((part) => part.trim());
  if (parts.length > 2) throw invalidTime(text);
  const [from, until] = parts.map((part) =>
    part === '' || part === '..' ? undefined : readTime(part, text),
  );
  if (parts.length === 1) return from === undefined ? {} : { createdFrom: from, createdUntil: from + 999 };
  if (from !== undefined && until !== undefined && from > until) throw invalidTime(text);
  return {
    ...(from === undefined ? {} : { createdFrom: from }),
    ...(until === undefined ? {} : { createdUntil: until }),
  };
}

const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))?$/i;

function readTime(part: string, text: string): number {
  const instant = part.toUpperCase();
  // The 30th of February is the 2nd of March to a Date.
  const isDay = canonicalLiteral(instant.slice(0, 'yyyy-mm-dd'.length), 'date') !== undefined;
  const time = INSTANT.test(part) && isDay ? Date.parse(instant) : Number.NaN;
  if (Number.isNaN(time)) throw invalidTime(text);
  return time;
}

function invalidTime(text: string): ProcessError {
  return new ProcessError(
    'invalid-parameter',
    `datetime is an instant or an interval of RFC 3339, not ${quote(text)}`,
    'datetime',
  );
}

function readDuration<N extends 'minDuration' | 'maxDuration'>(
  parameters: Parameters,
  name: N,
): { readonly [K in N]?: number } {
  const text = parameters.get(name);
  if (text === undefined) return {};
  const seconds = readNumber(text);
  if (seconds === undefined || seconds < 0) {
    throw new ProcessError('invalid-parameter', `${name} is a number of seconds, not ${quote(text)}`, name);
  }
  return { [name]: seconds } as { readonly [K in N]?: number };
}

/** Whether a job belongs to the list that the filter means, whatever page it is on; `now` in milliseconds. */
export function matchesJobFilter(job: JobView, filter: JobFilter, now: number): boolean {
  const { processes, states, createdFrom, createdUntil, minDuration, maxDuration, hasJobs } = filter;
  const duration = job.started === undefined ? undefined : ((job.finished ?? now) - job.started) / 1000;
  return (
    hasJobs &&
    (processes.length === 0 || processes.includes(job.process)) &&
    (states.length === 0 || states.includes(job.state)) &&
    (createdFrom === undefined || job.created >= createdFrom) &&
    (createdUntil === undefined || job.created <= createdUntil) &&
    (minDuration === undefined || (duration !== undefined && duration >= minDuration)) &&
    (maxDuration === undefined || (duration !== undefined && duration <= maxDuration))
  );
}

/** One page of jobs; `hasMore`: another follows. */
export function writeJobList(
  jobs: readonly JobView[],
  filter: JobFilter,
  { url, hasMore }: { readonly url: string; readonly hasMore: boolean },
): ApiDocument {
  const { offset, limit } = filter;
  return jsonDocument({
    jobs: jobs.map((job) => statusInfo(job, url)),
    links: pageLinks(`${url}/jobs`, jobQuery(filter), { offset, limit, hasMore }),
  });
}

/** The filter as a query again, for the links between pages. */
export function jobQuery(filter: JobFilter): [name: string, value: string][] {
  const { processes, states, createdFrom, createdUntil, minDuration, maxDuration, hasJobs } = filter;
  const end = (time: number | undefined) => (time === undefined ? '..' : isoTime(time));
  const isTimed = createdFrom !== undefined || createdUntil !== undefined;
  const query: [string, string | undefined][] = [
    ['type', hasJobs ? undefined : 'none'],
    ['processID', processes.length > 0 ? processes.join(',') : undefined],
    [
      'status',
      states.length > 0 ? [...new Set(states.map((state) => API_STATES[state]))].join(',') : undefined,
    ],
    ['datetime', isTimed ? `${end(createdFrom)}/${end(createdUntil)}` : undefined],
    ['minDuration', minDuration?.toString()],
    ['maxDuration', maxDuration?.toString()],
  ];
  return query.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

/**
 * The status of a job (section 7.12): the answer to a poll, to DELETE, and with `created` to an asynchronous
 * execution, whose status is then 201 and which has a Location.
 */
export function writeStatusInfo(
  job: JobView,
  url: string,
  { created = false }: { readonly created?: boolean } = {},
): ApiDocument {
  const document = jsonDocument(statusInfo(job, url));
  if (!created) return document;
  return { ...document, status: 201, headers: { Location: jobUrl(job.id, url) } };
}

export function jobUrl(id: string, url: string): string {
  return `${url}/jobs/${urlPart(id)}`;
}

export function resultsUrl(id: string, url: string): string {
  return `${jobUrl(id, url)}/results`;
}

function statusInfo(job: JobView, url: string): JsonObject {
  const address = jobUrl(job.id, url);
  const time = (name: string, at: number | undefined) => (at === undefined ? {} : { [name]: isoTime(at) });
  return {
    processID: job.process,
    type: 'process',
    jobID: job.id,
    status: API_STATES[job.state],
    message: jobMessage(job),
    progress: jobPercent(job),
    ...time('created', job.created),
    ...time('started', job.started),
    ...time('finished', job.finished),
    ...time('updated', job.updated),
    links: [
      link('self', address, 'This job'),
      link('alternate', `${address}?f=html`, 'This job as a page', 'text/html'),
      link('monitor', address, 'The status of the job'),
      link('up', processUrl(job.process, url), 'The process'),
      ...resultLinks(job, url),
    ],
  };
}

function resultLinks({ id, state }: JobView, url: string): JsonObject[] {
  const address = resultsUrl(id, url);
  const rel = (name: string) => `http://www.opengis.net/def/rel/ogc/1.0/${name}`;
  if (state === 'successful') return [link(rel('results'), address, 'The results')];
  if (state === 'failed') return [link(rel('exceptions'), address, 'Why it failed')];
  return [];
}
