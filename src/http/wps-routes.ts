import type { JobDoor, JobState } from '../core/jobs/job-status.ts';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { AcceptedJob } from '../jobs/acceptance.ts';
import { readParameters } from '../ogc/parameters.ts';
import type { RequestedOutput } from '../ogc/processes/execute-request.ts';
import { jobProblem, type OutputValue } from '../ogc/processes/job-view.ts';
import { assertHasResults } from '../ogc/processes/ogcapi/results.ts';
import { isOwnersProblem, ProcessError, problemOf, quote } from '../ogc/processes/problem.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import { writeWps1Capabilities } from '../ogc/processes/wps-1-0-0/capabilities.ts';
import {
  writeWps1ExecuteResponse,
  writeWps1UnknownJob,
} from '../ogc/processes/wps-1-0-0/execute-response.ts';
import { statesOfPhase, writeWps1Executions } from '../ogc/processes/wps-1-0-0/executions.ts';
import { writeWps1ProcessDescriptions } from '../ogc/processes/wps-1-0-0/process-descriptions.ts';
import { writeWps2Capabilities } from '../ogc/processes/wps-2-0/capabilities.ts';
import { writeWps2ProcessOfferings } from '../ogc/processes/wps-2-0/process-offerings.ts';
import { writeWps2Result, writeWps2StatusInfo } from '../ogc/processes/wps-2-0/responses.ts';
import { wpsRawOutput } from '../ogc/processes/wps-raw-output.ts';
import {
  type ExecutionsFilter,
  readWpsDocument,
  readWpsParameters,
  type WpsRequest,
  type WpsVersion,
  wpsVersionOf,
  wpsVersionOfDocument,
} from '../ogc/processes/wps-request.ts';
import { writeWpsException } from '../ogc/processes/wps-xml.ts';
import type { ServiceMetadata, WrittenDocument } from '../ogc/service.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Call } from './call.ts';
import type { JobsContext } from './front-door-context.ts';
import { JobAnswers, type KnownJob } from './job-answers.ts';
import { acceptedHeaders, documentReply } from './job-replies.ts';
import { KeptDocuments } from './kept-documents.ts';
import type { OgcSettings } from './map-routes.ts';
import type { FrontDoorOptions } from './options.ts';
import type { Reply } from './reply.ts';
import { unchangedJob } from './unchanged-job.ts';

export interface JobRouteParts {
  readonly jobs: JobsContext;
  readonly ogc: OgcSettings;
  readonly options: Pick<FrontDoorOptions, 'maxProcessBodyBytes' | 'maxBodyBytes'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** WPS 1.0.0 and 2.0 at `/wps`, and the address at which clients of 1.0.0 poll. */
export class WpsRoutes {
  readonly #jobs: JobsContext;
  readonly #answers: JobAnswers;
  readonly #ogc: OgcSettings;
  readonly #maxBodyBytes: number;
  readonly #maxFormBytes: number;
  readonly #descriptions = new KeptDocuments<WrittenDocument>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor({ jobs, ogc, options, clock, log }: JobRouteParts) {
    this.#jobs = jobs;
    this.#answers = new JobAnswers(jobs);
    this.#ogc = ogc;
    this.#maxBodyBytes = options.maxProcessBodyBytes;
    this.#maxFormBytes = options.maxBodyBytes;
    this.#clock = clock;
    this.#log = log;
  }

  async wps(call: Call): Promise<Reply> {
    let version: WpsVersion = '1.0.0';
    try {
      const body = call.method === 'POST' ? await call.body(this.#maxBodyBytes) : '';
      const isDocument = /^\s*</.test(body.replace(/^\uFEFF/, ''));
      version = isDocument ? wpsVersionOfDocument(body) : '1.0.0';
      if (isDocument) {
        return await this.#answer(readWpsDocument(body, this.#ogc.processes), call);
      }
      // A form of a megabyte has room for every parameter there is; pairs take many times their text.
      if (body.length > this.#maxFormBytes) {
        const message = `The form is longer than ${this.#maxFormBytes} bytes: post XML`;
        throw new ProcessError('too-large', message);
      }
      const pairs = [...new URLSearchParams(call.query), ...new URLSearchParams(body)];
      const parameters = readParameters(pairs, this.#ogc.limits);
      version = wpsVersionOf(parameters);
      return await this.#answer(readWpsParameters(parameters, this.#ogc.processes), call);
    } catch (error) {
      return this.#exception(error, version);
    }
  }

  /** How an error is told of which the version of its request is not known. */
  problem(error: unknown): Reply {
    return this.#exception(error, '1.0.0');
  }

  /** `/jobs/<id>/status`: an answer of WPS 1.0.0 for a job of any door. */
  async status(call: Call): Promise<Reply> {
    const id = call.parameter('job') ?? '';
    try {
      return await this.#status1(id, call);
    } catch (error) {
      this.#note(error);
      return documentReply(writeWpsException(error, '1.0.0', { isPoll: true }));
    }
  }

  async #answer(request: WpsRequest, call: Call): Promise<Reply> {
    const { version } = request;
    const url = `${call.baseUrl}/wps`;
    switch (request.kind) {
      case 'GetCapabilities': {
        const write = version === '1.0.0' ? writeWps1Capabilities : writeWps2Capabilities;
        const processes = this.#jobs.service().processes.list();
        return documentReply(write({ processes, url, service: this.#service }));
      }
      case 'DescribeProcess': {
        const write = version === '1.0.0' ? writeWps1ProcessDescriptions : writeWps2ProcessOfferings;
        const described = this.#described(request.identifiers);
        const isAll = request.identifiers.length === 0;
        return documentReply(
          isAll ? this.#descriptions.of(described, version, () => write(described)) : write(described),
        );
      }
      case 'Execute': {
        const door: JobDoor = version === '1.0.0' ? 'wps-1.0.0' : 'wps-2.0';
        const about = { door, user: this.#jobs.user, isAwaited: true };
        const job = await this.#jobs.service().submit(request.request, about);
        call.letGoOfBody();
        return version === '1.0.0' ? await this.#execute1(job, call) : await this.#execute2(job, call);
      }
      case 'GetStatus':
        if (version === '1.0.0') return await this.#status1(request.job, call);
        return await this.#status2(request.job);
      case 'GetResult':
        return await this.#result(request.job, request.output, version, call);
      case 'Dismiss': {
        const by = `${this.#jobs.user}, by WPS`;
        const record = await this.#jobs.service().dismiss(request.job, by);
        if (version === '1.0.0') return await this.#status1(request.job, call);
        return documentReply(writeWps2StatusInfo(this.#answers.view(record)));
      }
      case 'GetExecutions':
        return await this.#executions(request.filter, call);
    }
  }

  async #execute1(accepted: AcceptedJob, call: Call): Promise<Reply> {
    const headers = acceptedHeaders(accepted);
    const { response, store, status } = accepted.submission.request;
    if (store && status) {
      const first = await this.#safe(accepted, accepted.record);
      return documentReply(await this.#response1(first, call), headers);
    }
    const job = await this.#waited(accepted, call);
    if (response === 'document') return documentReply(await this.#response1(job, call), headers);
    return await this.#raw(job, '1.0.0', call, headers);
  }

  async #execute2(accepted: AcceptedJob, call: Call): Promise<Reply> {
    const headers = acceptedHeaders(accepted);
    if (accepted.submission.request.mode === 'async') {
      const first = await this.#safe(accepted, accepted.record);
      return documentReply(writeWps2StatusInfo(first.view), headers);
    }
    const job = await this.#waited(accepted, call);
    if (!isTerminal(job.record.status.state)) return documentReply(writeWps2StatusInfo(job.view), headers);
    return await this.#result2(job, call, headers);
  }

  async #waited(accepted: AcceptedJob, call: Call): Promise<KnownJob> {
    const { id } = accepted.record.status;
    const record = await this.#jobs.service().ended(id, this.#jobs.syncLimitMs, call.signal);
    return await this.#safe(accepted, record);
  }

  /** The job as `record` has it, once its client may hear of it. */
  async #safe({ safe, submission }: AcceptedJob, record: StatusRecord): Promise<KnownJob> {
    await safe();
    return await this.#answers.known(record, submission);
  }

  /** Rejects with why there is none, or that the job still runs, by its id. */
  async #raw(
    job: KnownJob,
    version: WpsVersion,
    call: Call,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    assertHasResults(job.view);
    const [name = ''] = this.#answers.names(job);
    const reply = await this.#answers.raw(job, name, call, headers, rawWriter(version));
    if (!reply)
      throw new ProcessError('output-unknown', 'The process gave nothing for the output asked for', name);
    return reply;
  }

  async #result2(job: KnownJob, call: Call, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
    assertHasResults(job.view);
    if (job.request.response === 'raw') return await this.#raw(job, '2.0.0', call, headers);
    const outputs = await this.#answers.outputs(job, call.baseUrl);
    return documentReply(writeWps2Result(job.view, outputs), headers);
  }

  async #result(id: string, output: string, version: WpsVersion, call: Call): Promise<Reply> {
    const job = await this.#answers.find(id);
    if (version === '2.0.0') return await this.#result2(job, call);
    assertHasResults(job.view);
    if (output === '') return documentReply(await this.#response1(job, call));
    const reply = await this.#answers.raw(job, output, call, {}, rawWriter('1.0.0'));
    if (reply) return reply;
    throw new ProcessError('output-unknown', `The job has no output ${quote(output)}`, output);
  }

  async #status1(id: string, call: Call): Promise<Reply> {
    const url = `${call.baseUrl}/wps`;
    try {
      return await this.#poll(id, call);
    } catch (error) {
      if (problemOf(error).kind !== 'job-unknown') throw error;
      const statusLocation = statusUrl(id, call.baseUrl);
      return documentReply(writeWps1UnknownJob(id, { url, statusLocation, now: this.#clock.wallTime() }));
    }
  }

  async #poll(id: string, call: Call): Promise<Reply> {
    const job = await this.#answers.find(id);
    const reply = documentReply(await this.#response1(job, call));
    return job.isWhole ? { ...reply, stands: unchangedJob(this.#jobs, job.record, job.process) } : reply;
  }

  async #status2(id: string): Promise<Reply> {
    const record = await this.#jobs.service().find(id);
    const reply = documentReply(writeWps2StatusInfo(this.#answers.view(record)));
    return { ...reply, stands: unchangedJob(this.#jobs, record) };
  }

  async #response1(job: KnownJob, call: Call): Promise<WrittenDocument> {
    const isDone = job.view.state === 'successful';
    return writeWps1ExecuteResponse({
      job: job.view.problem ? { ...job.view, problem: jobProblem(job.view) } : job.view,
      process: job.process,
      request: job.request,
      outputs: isDone ? await this.#answers.outputs(job, call.baseUrl) : [],
      url: `${call.baseUrl}/wps`,
      statusLocation: statusUrl(job.view.id, call.baseUrl),
    });
  }

  async #executions(filter: ExecutionsFilter, call: Call): Promise<Reply> {
    const { process, user, state, offset, limit } = filter;
    const states = statesOfPhase(state).filter((each): each is JobState => each !== 'paused');
    const service = this.#jobs.service();
    const page = await service.map.list(
      {
        ...(process !== '' && { processes: [process] }),
        ...(user !== '' && { users: [user] }),
        ...(state !== '' && { states }),
      },
      undefined,
      { offset, limit },
    );
    return documentReply(
      writeWps1Executions({
        jobs: page.records.map((record) => this.#answers.view(record)),
        total: page.total,
        process: (id) => service.processes.find(id),
        url: `${call.baseUrl}/wps`,
        statusLocation: (id) => statusUrl(id, call.baseUrl),
      }),
    );
  }

  /** Of these, in this order; of all for none. */
  #described(identifiers: readonly string[]): readonly ProcessDescription[] {
    const { processes } = this.#jobs.service();
    if (identifiers.length === 0) return processes.list();
    return identifiers.map((id) => {
      const found = processes.find(id);
      if (found) return found;
      throw new ProcessError('process-unknown', `No living peer offers a process ${quote(id)}`, 'identifier');
    });
  }

  get #service(): ServiceMetadata {
    return this.#ogc.service;
  }

  #exception(error: unknown, version: WpsVersion): Reply {
    this.#note(error);
    const headers: Record<string, string> = problemOf(error).kind === 'busy' ? { 'retry-after': '1' } : {};
    return documentReply(writeWpsException(error, version), headers);
  }

  #note(error: unknown): void {
    if (isOwnersProblem(problemOf(error))) {
      this.#log.error({ err: error }, 'a WPS request failed unexpectedly');
    }
  }
}

function rawWriter(version: WpsVersion) {
  return (value: OutputValue, { format }: RequestedOutput) => wpsRawOutput(value, version, format.mediaType);
}

/** Where clients of WPS 1.0.0 poll: MapStore2 takes the id from the query, other clients want a path. */
function statusUrl(id: string, baseUrl: string): string {
  const part = encodeURIComponent(id.toWellFormed());
  return `${baseUrl}/jobs/${part}/status?executionId=${part}`;
}
