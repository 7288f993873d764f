import { isTerminal, type JobState } from '../core/jobs/job-status.ts';
import { readParameters } from '../ogc/parameters.ts';
import { type ApiDocument, writeApiProblem } from '../ogc/processes/ogcapi/document.ts';
import { jobUrl, readJobFilter, writeJobList, writeStatusInfo } from '../ogc/processes/ogcapi/jobs.ts';
import { writeConformance, writeLandingPage } from '../ogc/processes/ogcapi/landing.ts';
import { writeOpenApi } from '../ogc/processes/ogcapi/open-api.ts';
import { jobListPage, jobPage, resultsPage } from '../ogc/processes/ogcapi/pages/job-pages.ts';
import { processListPage, processPage } from '../ogc/processes/ogcapi/pages/process-pages.ts';
import { conformancePage, landingPage, problemPage } from '../ogc/processes/ogcapi/pages/service-pages.ts';
import { readPage, writeProcess, writeProcessList } from '../ogc/processes/ogcapi/processes.ts';
import { preferredWaitMs, readApiExecute } from '../ogc/processes/ogcapi/read-execute.ts';
import { assertHasResults, writeResults } from '../ogc/processes/ogcapi/results.ts';
import { isOwnersProblem, ProcessError, problemOf, quote } from '../ogc/processes/problem.ts';
import type { Log } from '../platform/log.ts';
import { version } from '../version.ts';
import { problemType, wantsHtml, wantsHtmlProblem } from './api-format.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { JobAnswers, type KnownJob, outputUrl } from './job-answers.ts';
import { acceptedHeaders, documentReply, linksReply, multipartReply } from './job-replies.ts';
import { KeptDocuments } from './kept-documents.ts';
import type { OgcSettings } from './map-routes.ts';
import type { Reply } from './reply.ts';
import { unchangedJob } from './unchanged-job.ts';
import type { JobRouteParts } from './wps-routes.ts';

/** OGC API - Processes, Part 1, at `/ogcapi`. */
export class OgcApiRoutes {
  readonly #jobs: JobsContext;
  readonly #answers: JobAnswers;
  readonly #ogc: OgcSettings;
  readonly #maxBodyBytes: number;
  readonly #log: Log;
  readonly #openApis = new KeptDocuments<ApiDocument>();

  constructor({ jobs, ogc, options, log }: JobRouteParts) {
    this.#jobs = jobs;
    this.#answers = new JobAnswers(jobs);
    this.#ogc = ogc;
    this.#maxBodyBytes = options.maxProcessBodyBytes;
    this.#log = log;
  }

  /** How an error is told here. */
  problem(error: unknown, call: Call): Reply {
    if (isOwnersProblem(problemOf(error)))
      this.#log.error({ err: error }, 'an API request failed unexpectedly');
    const isPage = call.method !== 'POST' && wantsHtmlProblem(call);
    return isPage
      ? page(problemPage(error, apiUrl(call), addressWith(call, 'json')))
      : reply(writeApiProblem(error, problemType(call)), VARY);
  }

  nothing(call: Call): never {
    throw new ProcessError('resource-unknown', `There is nothing at ${call.path.slice(0, 200)}`);
  }

  landing(call: Call): Reply {
    const input = { url: apiUrl(call), service: this.#ogc.service };
    return wantsHtml(call) ? page(landingPage(input)) : reply(writeLandingPage(input), VARY);
  }

  conformance(call: Call): Reply {
    return wantsHtml(call) ? page(conformancePage({ url: apiUrl(call) })) : reply(writeConformance(), VARY);
  }

  openApi(call: Call): Reply {
    const processes = this.#jobs.service().processes.list();
    const { service } = this.#ogc;
    const url = apiUrl(call);
    const write = () => writeOpenApi({ processes, url, service, version: version() });
    return reply(this.#openApis.of(processes, url, write));
  }

  processes(call: Call): Reply {
    const limits = this.#ogc.processes;
    // Clients look for a process in what comes first: few turn pages.
    const wanted = readPage(this.#parameters(call), limits, limits.maxPageSize);
    const processes = this.#jobs.service().processes.list();
    return wantsHtml(call)
      ? page(processListPage(processes, wanted, apiUrl(call)))
      : reply(writeProcessList(processes, wanted, apiUrl(call)), VARY);
  }

  process(call: Call): Reply {
    const id = call.parameter('process') ?? '';
    const found = this.#jobs.service().processes.find(id);
    if (!found) throw new ProcessError('process-unknown', `No living peer offers a process ${quote(id)}`);
    return wantsHtml(call)
      ? page(processPage(found, apiUrl(call), `${call.baseUrl}/jobs/new`))
      : reply(writeProcess(found, apiUrl(call)), VARY);
  }

  async execute(call: Call): Promise<Reply> {
    const id = call.parameter('process') ?? '';
    const prefer = call.header('prefer') ?? undefined;
    const request = readApiExecute(id, await call.body(this.#maxBodyBytes), prefer, this.#ogc.processes);
    const service = this.#jobs.service();
    const about = { door: 'ogcapi', user: this.#jobs.user, isAwaited: true } as const;
    const accepted = await service.submit(request, about);
    call.letGoOfBody();
    const headers: Record<string, string> = acceptedHeaders(accepted);
    const { id: job, mode } = accepted.record.status;
    const isAsync = mode === 'async';
    const waitMs = Math.min(preferredWaitMs(prefer) ?? Number.POSITIVE_INFINITY, this.#jobs.syncLimitMs);
    const record = isAsync ? accepted.record : await service.ended(job, waitMs, call.signal);
    await accepted.safe();
    if (isAsync || !isTerminal(record.status.state)) {
      if (isAsync && request.mode === 'async') headers['preference-applied'] = 'respond-async';
      return reply(writeStatusInfo(this.#answers.view(record), apiUrl(call), { created: true }), headers);
    }
    const known = await this.#answers.known(record, accepted.submission);
    headers.link = `<${jobUrl(job, apiUrl(call))}>; rel="monitor"`;
    try {
      return await this.#results(known, call, headers);
    } catch (error) {
      // Also of a job that failed the client is to know which it was.
      const refusal = this.problem(error, call);
      return { ...refusal, headers: { ...refusal.headers, ...headers } };
    }
  }

  async jobs(call: Call): Promise<Reply> {
    const filter = readJobFilter(new URLSearchParams(call.query), this.#ogc.processes);
    const { processes, states, createdFrom, createdUntil, minDuration, maxDuration, offset, limit } = filter;
    const empty = { records: [], total: 0 };
    const found = filter.hasJobs
      ? await this.#jobs.service().map.list(
          {
            ...(processes.length > 0 && { processes }),
            ...(states.length > 0 && {
              states: states.filter((state): state is JobState => state !== 'paused'),
            }),
            ...(createdFrom !== undefined && { submittedFrom: createdFrom }),
            ...(createdUntil !== undefined && { submittedTo: createdUntil }),
            ...(minDuration !== undefined && { minDurationMs: minDuration * 1000 }),
            ...(maxDuration !== undefined && { maxDurationMs: maxDuration * 1000 }),
          },
          undefined,
          { offset, limit },
        )
      : empty;
    const views = found.records.map((record) => this.#answers.view(record));
    const about = { url: apiUrl(call), hasMore: offset + views.length < found.total };
    return wantsHtml(call)
      ? page(jobListPage(views, filter, about))
      : reply(writeJobList(views, filter, about), VARY);
  }

  /** The status of a job, or with DELETE its end. */
  async job(call: Call): Promise<Reply> {
    const id = call.parameter('job') ?? '';
    const service = this.#jobs.service();
    const by = `${this.#jobs.user}, by OGC API`;
    const isDelete = call.method === 'DELETE';
    const record = isDelete ? await service.dismiss(id, by) : await service.find(id);
    const view = this.#answers.view(record);
    const told =
      !isDelete && wantsHtml(call)
        ? page(jobPage(view, apiUrl(call)))
        : reply(writeStatusInfo(view, apiUrl(call)), VARY);
    return isDelete ? told : { ...told, stands: unchangedJob(this.#jobs, record) };
  }

  async results(call: Call): Promise<Reply> {
    const job = await this.#answers.find(call.parameter('job') ?? '');
    if (!wantsHtml(call)) return await this.#results(job, call, VARY);
    assertHasResults(job.view);
    const outputs = await this.#answers.outputs(job, call.baseUrl);
    const href = (name: string) => outputUrl(job.view.id, { name }, call.baseUrl);
    return page(resultsPage(job.view, outputs, { url: apiUrl(call), href }));
  }

  /** As the request asked for (OGC 18-062r2 requirements 29 to 34). */
  async #results(job: KnownJob, call: Call, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    assertHasResults(job.view);
    if (job.request.response === 'raw') {
      const raw = await this.#rawResults(job, call, headers);
      if (raw) return raw;
    }
    return reply(writeResults(await this.#answers.outputs(job, call.baseUrl), this.#ogc.processes), headers);
  }

  /** Undefined where there is no output to be given. */
  async #rawResults(
    job: KnownJob,
    call: Call,
    headers: Readonly<Record<string, string>>,
  ): Promise<Reply | undefined> {
    const [only, ...others] = this.#answers.names(job);
    if (only === undefined) return undefined;
    const references = this.#answers.askedReferences(job, call.baseUrl);
    if (references.length === others.length + 1) return linksReply(references, headers);
    if (others.length === 0) return await this.#answers.raw(job, only, call, headers);
    return multipartReply(await this.#answers.outputs(job, call.baseUrl), headers);
  }

  #parameters(call: Call) {
    return readParameters(new URLSearchParams(call.query), this.#ogc.limits);
  }
}

function apiUrl(call: Call): string {
  return `${call.baseUrl}/ogcapi`;
}

/** The address that was asked for, in another format. */
function addressWith(call: Call, format: 'html' | 'json'): string {
  const query = new URLSearchParams(call.query);
  query.set('f', format);
  return `${call.baseUrl}${call.path}?${query}`;
}

/** What is the same address for programs and people. */
const VARY = { vary: 'Accept' };

/** Nothing of a page runs, and nothing is loaded. */
const PAGE_HEADERS = {
  ...VARY,
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'",
  'referrer-policy': 'no-referrer',
};

function page(document: ApiDocument): Reply {
  return reply(document, PAGE_HEADERS);
}

function reply(document: ApiDocument, headers: Readonly<Record<string, string>> = {}): Reply {
  return documentReply(document, { ...document.headers, ...headers });
}
