import type { JobReport, RequestReport } from '../../../src/http/job-report.ts';
import type { DescribedProcess } from './process-form.ts';

/** The front door's root: pages of jobs lie below it. */
export const base = new URL('.', document.baseURI);

export interface ListedProcess {
  readonly id: string;
  readonly title: string;
}

export interface LogReport {
  readonly lines: ReadonlyArray<{ readonly epoch: number; readonly at: number; readonly text: string }>;
  readonly unreachable: ReadonlyArray<{ readonly peer: string; readonly name: string }>;
}

export const jobPage = (id: string) => new URL(`jobs/${encodeURIComponent(id)}`, base).href;

/** As this page reaches the peer, which may know itself under another name. */
export const outputAddress = (job: string, name: string) =>
  new URL(`jobs/${encodeURIComponent(job)}/outputs/${encodeURIComponent(name)}`, base).href;

export const formPage = (query: Readonly<Record<string, string>>) =>
  new URL(`jobs/new?${new URLSearchParams(query)}`, base).href;

/** One page of jobs, and how many match in all. */
export async function listJobs(
  query: URLSearchParams,
  signal?: AbortSignal,
): Promise<{ jobs: JobReport[]; total: number }> {
  const response = await ask(`api/jobs?${query}`, signal ? { signal } : {});
  return {
    jobs: (await response.json()) as JobReport[],
    total: Number(response.headers.get('x-total-count')),
  };
}

export const requestOf = (id: string) => json<RequestReport>(`api/jobs/${encodeURIComponent(id)}/request`);

export const logOf = (id: string) => json<LogReport>(`api/jobs/${encodeURIComponent(id)}/log`);

export async function dismiss(id: string): Promise<JobReport> {
  const response = await ask(`api/jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
  return (await response.json()) as JobReport;
}

/** All processes that some peer offers; there are a few hundred at most. */
export async function listProcesses(): Promise<ListedProcess[]> {
  const found: ListedProcess[] = [];
  for (let more = true; more; ) {
    const page = await json<{ processes: ListedProcess[]; links: ReadonlyArray<{ rel: string }> }>(
      `ogcapi/processes?f=json&limit=1000&offset=${found.length}`,
    );
    found.push(...page.processes);
    more = page.processes.length > 0 && page.links.some(({ rel }) => rel === 'next');
  }
  return found;
}

export const describeProcess = (id: string) =>
  json<DescribedProcess>(`ogcapi/processes/${encodeURIComponent(id)}?f=json`);

/** Submits a job; resolves to its id, also when it failed. Rejects with what is wrong with the request. */
export async function execute(process: string, body: object, isAsync: boolean): Promise<string> {
  const response = await request(`ogcapi/processes/${encodeURIComponent(process)}/execution`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(isAsync && { prefer: 'respond-async' }),
    },
    body: JSON.stringify(body),
  });
  const id = response.headers.get('x-gismesh-job');
  if (id) return id;
  throw response.ok
    ? new Error('The peer accepted the job and did not say its id')
    : await problemOf(response);
}

async function json<T>(resource: string): Promise<T> {
  return (await (await ask(resource)).json()) as T;
}

/** Rejects with the words of the peer. */
async function ask(resource: string, init: RequestInit = {}): Promise<Response> {
  const response = await request(resource, init);
  if (response.ok) return response;
  throw await problemOf(response);
}

function request(resource: string, init: RequestInit): Promise<Response> {
  return fetch(new URL(resource, base), {
    ...init,
    headers: { accept: 'application/json', ...init.headers },
  });
}

async function problemOf(response: Response): Promise<Error> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string; message?: string };
  return new Error(problem.detail ?? problem.message ?? `HTTP ${response.status}`);
}

/** Rejects with the words of the peer. */
export async function jobOf(id: string): Promise<JobReport> {
  return await json<JobReport>(`api/jobs/${encodeURIComponent(id)}`);
}
