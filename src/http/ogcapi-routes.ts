import { isTerminal, type JobState } from '../core/jobs/job-status.ts';
import { readParameters } from '../ogc/parameters.ts';
import { type ApiDocument, writeApiProblem } from '../ogc/processes/ogcapi/document.ts';
import { jobUrl, readJobFilter, writeJobList, writeStatusInfo } from '../ogc/processes/ogcapi/jobs.ts';
import { writeConformance, writeLandingPage } from '../ogc/processes/ogcapi/landing.ts';
import { writeOpenApi } from '../ogc/processes/ogcapi/open-api.ts';
import { readPage, writeProcess, writeProcessList } from '../ogc/processes/ogcapi/processes.ts';
import { readApiExecute } from '../ogc/processes/ogcapi/read-execute.ts';
import { assertHasResults, writeResults } from '../ogc/processes/ogcapi/results.ts';
import { ProcessError, problemOf, quote } from '../ogc/processes/problem.ts';
import type { Log } from '../platform/log.ts';
import { version } from '../version.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { JobAnswers, type KnownJob } from './job-answers.ts';
import { acceptedHeaders, documentReply, multipartReply, rawReply } from './job-replies.ts';
import type { OgcSettings } from './map-routes.ts';
import type { Reply } from './reply.ts';
import type { JobRouteParts } from './wps-routes.ts';

/** OGC API - Processes, Part 1, at `/ogcapi`. */
export class OgcApiRoutes {
  readonly #jobs: JobsContext;
  readonly #answers: JobAnswers;
  readonly #ogc: OgcSettings;
  readonly #maxBodyBytes: number;
  readonly #log: Log;

  constructor({ jobs, ogc, options, log }: JobRouteParts) {
    this.#jobs = jobs;
    this.#answers = new JobAnswers(jobs);
    this.#ogc = ogc;
    this.#maxBodyBytes = options.maxProcessBodyBytes;
    this.#log = log;
  }

  /** How an error is told here. */
  problem(error: unknown): Reply {
    if (problemOf(error).kind === 'internal')
      this.#log.error({ err: error }, 'an API request failed unexpectedly');
    return reply(writeApiProblem(error));
  }

  landing(call: Call): Reply {
    return reply(writeLandingPage({ url: apiUrl(call), service: this.#ogc.service }));
  }

  conformance(): Reply {
    return reply(writeConformance());
  }

  openApi(call: Call): Reply {
    const processes = this.#jobs.service().processes.list();
    const { service } = this.#ogc;
    return reply(writeOpenApi({ processes, url: apiUrl(call), service, version: version() }));
  }

  processes(call: Call): Reply {
    const page = readPage(this.#parameters(call), this.#ogc.processes);
    return reply(writeProcessList(this.#jobs.service().processes.list(), page, apiUrl(call)));
  }

  process(call: Call): Reply {
    const id = call.parameter('process') ?? '';
    const found = this.#jobs.service().processes.find(id);
    if (!found) throw new ProcessError('process-unknown', `No living peer offers a process ${quote(id)}`);
    return reply(writeProcess(found, apiUrl(call)));
  }

  async execute(call: Call): Promise<Reply> {
    const id = call.parameter('process') ?? '';
    const prefer = call.header('prefer') ?? undefined;
    const request = readApiExecute(id, await call.body(this.#maxBodyBytes), prefer, this.#ogc.processes);
    const service = this.#jobs.service();
    const accepted = await service.submit(request, { door: 'ogcapi', user: this.#jobs.user });
    const headers: Record<string, string> = acceptedHeaders(accepted);
    const { id: job, mode } = accepted.record.status;
    const isAsync = mode === 'async';
    const record = isAsync ? accepted.record : await service.ended(job, this.#jobs.syncLimitMs, call.signal);
    if (isAsync || !isTerminal(record.status.state)) {
      if (isAsync && request.mode === 'async') headers['preference-applied'] = 'respond-async';
      return reply(writeStatusInfo(this.#answers.view(record), apiUrl(call), { created: true }), headers);
    }
    const known = await this.#answers.known(record);
    const { href } = { href: jobUrl(job, apiUrl(call)) };
    return await this.#results(known, call, { ...headers, link: `<${href}>; rel="monitor"` });
  }

  async jobs(call: Call): Promise<Reply> {
    const filter = readJobFilter(new URLSearchParams(call.query), this.#ogc.processes);
    const { processes, states, createdFrom, createdUntil, minDuration, maxDuration, offset, limit } = filter;
    const empty = { records: [], total: 0 };
    const page = filter.hasJobs
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
    const views = page.records.map((record) => this.#answers.view(record));
    return reply(
      writeJobList(views, filter, { url: apiUrl(call), hasMore: offset + views.length < page.total }),
    );
  }

  /** The status of a job, or with DELETE its end. */
  async job(call: Call): Promise<Reply> {
    const id = call.parameter('job') ?? '';
    const service = this.#jobs.service();
    const by = `${this.#jobs.user}, by OGC API`;
    const record = call.method === 'DELETE' ? await service.dismiss(id, by) : await service.find(id);
    return reply(writeStatusInfo(this.#answers.view(record), apiUrl(call)));
  }

  async results(call: Call): Promise<Reply> {
    return await this.#results(await this.#answers.find(call.parameter('job') ?? ''), call);
  }

  async #results(job: KnownJob, call: Call, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    assertHasResults(job.view);
    const outputs = await this.#answers.outputs(job, call.baseUrl);
    const [only, ...others] = outputs;
    if (job.request.response === 'document' || !only) {
      return reply(writeResults(outputs, this.#ogc.processes), headers);
    }
    return others.length === 0 ? rawReply(only, headers) : multipartReply(outputs, headers);
  }

  #parameters(call: Call) {
    return readParameters(new URLSearchParams(call.query), this.#ogc.limits);
  }
}

function apiUrl(call: Call): string {
  return `${call.baseUrl}/ogcapi`;
}

function reply(document: ApiDocument, headers: Readonly<Record<string, string>> = {}): Reply {
  return documentReply(document, { ...document.headers, ...headers });
}
