import { isTerminal, type JobStatus, type OutputReference } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { isSimple, simpleValue } from '../jobs/outputs.ts';
import type { RequestedOutput, ValidRequest } from '../ogc/processes/execute-request.ts';
import type { JobOutput, JobView, OutputValue } from '../ogc/processes/job-view.ts';
import { type Problem, type ProblemKind, problemWords } from '../ogc/processes/problem.ts';
import { type Format, formatOf, type ProcessDescription } from '../ogc/processes/process-description.ts';
import { requestedOutput } from '../ogc/processes/validate-request.ts';
import type { JobsContext } from './front-door-context.ts';

/** A job with what it was asked for, as every door answers for it. */
export interface KnownJob {
  readonly record: StatusRecord;
  readonly view: JobView;
  readonly request: ValidRequest;
  readonly process: ProcessDescription;
}

/** What the doors of all languages say of jobs. */
export class JobAnswers {
  readonly #jobs: JobsContext;

  constructor(jobs: JobsContext) {
    this.#jobs = jobs;
  }

  /** Rejects `job-unknown`. */
  async find(id: string): Promise<KnownJob> {
    return await this.known(await this.#jobs.service().find(id));
  }

  async known(record: StatusRecord): Promise<KnownJob> {
    const service = this.#jobs.service();
    const { status } = record;
    const submission = await service.submission(status.id);
    const process = service.processes.find(status.process) ?? forgottenProcess(status);
    return {
      record,
      view: this.view(record),
      request: submission?.request ?? forgottenRequest(status),
      process,
    };
  }

  view({ status, expiresAt }: StatusRecord): JobView {
    const { id, process, state, progress, message, user, submittedAt, updated } = status;
    const goesOn = !isTerminal(state);
    return {
      id,
      process,
      state,
      percent: progress,
      message,
      user,
      created: submittedAt,
      updated: updated.wallMs,
      started: status.startedAt,
      finished: status.finishedAt,
      expires: expiresAt,
      estimatedCompletion: goesOn ? status.expectedFinishAt : undefined,
      nextPoll: goesOn ? updated.wallMs + this.#jobs.nextPollMs : undefined,
      problem: problemOfStatus(status),
    };
  }

  /** The outputs that were asked for, as they are to be given: by value or by reference. */
  async outputs({ record, request }: KnownJob, baseUrl: string): Promise<JobOutput[]> {
    const outputs: JobOutput[] = [];
    for (const wish of request.outputs) {
      for (const reference of record.status.outputs.filter(({ name }) => name === wish.id)) {
        outputs.push({ id: wish.id, value: await this.#value(record.status, reference, wish, baseUrl) });
      }
    }
    return outputs;
  }

  /** One output as bytes. Undefined when the job has none of that name. */
  async content(
    { record }: KnownJob,
    name: string,
    signal: AbortSignal,
  ): Promise<{ readonly reference: OutputReference; readonly bytes: Uint8Array } | undefined> {
    const reference = record.status.outputs.find((output) => output.name === name);
    return reference && { reference, bytes: await this.#read(record.status, reference, signal) };
  }

  async #value(
    status: JobStatus,
    reference: OutputReference,
    wish: RequestedOutput,
    baseUrl: string,
  ): Promise<OutputValue> {
    if (isSimple(reference)) return simpleValue(reference.mediaType, await this.#read(status, reference));
    const format = formatOfOutput(reference, wish);
    if (wish.transmission === 'reference' || reference.bytes > this.#jobs.maxInlineBytes) {
      return { kind: 'reference', href: outputUrl(status.id, reference, baseUrl), format };
    }
    const bytes = await this.#read(status, reference);
    const text = format.encoding === 'base64' ? undefined : asText(bytes);
    return text === undefined
      ? {
          kind: 'complex',
          data: Buffer.from(bytes).toString('base64'),
          format: { ...format, encoding: 'base64' },
        }
      : { kind: 'complex', data: text, format };
  }

  #read(status: JobStatus, { artifact, bytes }: OutputReference, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#jobs.service().outputs.read(artifact, {
      peers: status.replicas,
      maxBytes: bytes,
      ...(signal && { signal }),
    });
  }
}

/** Where one output is to be had; without a query, since clients make file names of it. */
export function outputUrl(job: string, { name }: OutputReference, baseUrl: string): string {
  return `${baseUrl}/jobs/${job}/outputs/${encodeURIComponent(name.toWellFormed())}`;
}

function formatOfOutput({ mediaType }: OutputReference, { format }: RequestedOutput): Format {
  return format.mediaType === mediaType ? format : formatOf(mediaType);
}

/** Undefined for what is no UTF-8. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function problemOfStatus({ state, failure, message }: JobStatus): Problem | undefined {
  if (state === 'dismissed') return { kind: 'job-dismissed', message, locator: '' };
  if (failure === undefined) return undefined;
  const [word = '', ...rest] = failure.split(' ');
  const kind: ProblemKind = Object.hasOwn(problemWords, word) ? (word as ProblemKind) : 'job-failed';
  return { kind, message, locator: rest.join(' ') };
}

/** What is left to say when nobody alive holds the request any more. */
function forgottenRequest(status: JobStatus): ValidRequest {
  return {
    process: status.process,
    mode: status.mode,
    modeIsPreference: false,
    response: 'document',
    multipart: false,
    lineage: false,
    store: true,
    status: true,
    inputs: [],
    outputs: [...new Set(status.outputs.map(({ name }) => name))].map(requestedOutput),
  };
}

/** Nobody alive offers the process any more. */
function forgottenProcess({ process }: JobStatus): ProcessDescription {
  const outputs: ProcessDescription['outputs'] = [];
  return {
    id: process,
    title: process,
    abstract: '',
    keywords: [],
    metadata: [],
    version: '',
    jobControl: ['sync-execute', 'async-execute', 'dismiss'],
    idempotent: true,
    storeSupported: true,
    statusSupported: true,
    inputs: [],
    outputs,
  };
}
