import { isTerminal, type JobStatus, type OutputReference } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { JobService } from '../jobs/job-service.ts';
import { isSimple, simpleValue } from '../jobs/outputs.ts';
import type { Submission } from '../jobs/submission.ts';
import type { RequestedOutput, ValidRequest } from '../ogc/processes/execute-request.ts';
import { fileNameOf } from '../ogc/processes/file-names.ts';
import type { JobOutput, JobView, OutputValue } from '../ogc/processes/job-view.ts';
import { type Problem, type ProblemKind, problemWords } from '../ogc/processes/problem.ts';
import { type Format, formatOf, type ProcessDescription } from '../ogc/processes/process-description.ts';
import { type RawOutput, rawOutput } from '../ogc/processes/raw-output.ts';
import { requestedOutput } from '../ogc/processes/validate-request.ts';
import { isWritable } from '../ogc/xml.ts';
import type { ArtifactFacts } from './artifact-routes.ts';
import type { Call } from './call.ts';
import { type ContentDescription, contentReply, type OpenContent } from './content-reply.ts';
import type { JobsContext } from './front-door-context.ts';
import { type OutputLink, rawReply } from './job-replies.ts';
import type { Reply } from './reply.ts';

/** The same content may be the output of any number of jobs. */
const MOST_ASKED = 16;

/** A job with what it was asked for, as every door answers for it. */
export interface KnownJob {
  readonly record: StatusRecord;
  readonly view: JobView;
  readonly request: ValidRequest;
  readonly process: ProcessDescription;
  /** Somebody alive knows its request and its process. */
  readonly isWhole: boolean;
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

  /** `accepted`: what it was asked for, where that is at hand. */
  async known(record: StatusRecord, accepted?: Submission): Promise<KnownJob> {
    const service = this.#jobs.service();
    const { status } = record;
    const submission = accepted ?? (await service.submission(status.id));
    const process = service.processes.find(status.process);
    return {
      record,
      view: this.view(record),
      request: submission?.request ?? forgottenRequest(status),
      process: process ?? forgottenProcess(status),
      isWhole: submission !== undefined && process !== undefined,
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

  /**
   * The outputs that were asked for, as they are to be given: by value or by reference. Those that would make the
   * answer too large are references.
   */
  async outputs(job: KnownJob, baseUrl: string): Promise<JobOutput[]> {
    const outputs: JobOutput[] = [];
    let inlineBytes = 0;
    for (const { wish, reference } of chosen(job)) {
      const isInline = inlineBytes + reference.bytes <= this.#jobs.maxInlineBytes;
      const value = await this.#value(job.record.status, reference, wish, { baseUrl, isInline });
      if (value.kind !== 'reference') inlineBytes += reference.bytes;
      outputs.push({ id: wish.id, value });
    }
    return outputs;
  }

  /** The outputs that were asked for and given, by name. */
  names(job: KnownJob): string[] {
    return chosen(job).map(({ wish }) => wish.id);
  }

  /** Those of the outputs that are to be given by reference. */
  askedReferences(job: KnownJob, baseUrl: string): OutputLink[] {
    const { status } = job.record;
    return chosen(job)
      .filter(({ wish }) => wish.transmission === 'reference')
      .map(({ reference }) => ({
        id: reference.name,
        href: outputUrl(status.id, reference, baseUrl),
        mediaType: servedType(reference),
      }));
  }

  /**
   * An output as the whole answer: as it is kept, or, where that was asked for, as its address. `write` is how the
   * door writes literals and boxes. Undefined when the job has none of that name.
   */
  async raw(
    job: KnownJob,
    name: string,
    call: Call,
    headers: Readonly<Record<string, string>> = {},
    write: (value: OutputValue, wish: RequestedOutput) => RawOutput = rawOutput,
  ): Promise<Reply | undefined> {
    const found = chosen(job).find(({ wish }) => wish.id === name);
    if (!found) return undefined;
    const { wish, reference } = found;
    if (wish.transmission !== 'reference' && !isSimple(reference)) {
      return await this.content(job, name, call, { cacheControl: 'no-store', headers });
    }
    const how = { baseUrl: call.baseUrl, isInline: true };
    const value = await this.#value(job.record.status, reference, wish, how);
    return rawReply(write(value, wish), headers);
  }

  /** One output as it is kept, sent while it is fetched. Undefined when the job has none of that name. */
  async content(
    { record: { status } }: KnownJob,
    name: string,
    call: Call,
    how: Pick<ContentDescription, 'cacheControl' | 'headers'>,
  ): Promise<Reply | undefined> {
    const output = status.outputs.find((each) => each.name === name);
    if (!output) return undefined;
    const { artifact } = output;
    const mediaType = servedType(output);
    const description = {
      tag: artifact,
      mediaType,
      fileName: outputFileName({ ...output, mediaType }),
      ...how,
    };
    return await contentReply(call, description, async () =>
      isSimple(output)
        ? inMemory(rawOutput(simpleValue(output.mediaType, await this.#read(status, output))))
        : await this.#jobs.service().outputs.open(artifact, status.replicas, call.signal),
    );
  }

  async #value(
    status: JobStatus,
    reference: OutputReference,
    wish: RequestedOutput,
    { baseUrl, isInline }: { readonly baseUrl: string; readonly isInline: boolean },
  ): Promise<OutputValue> {
    const isReference = wish.transmission === 'reference';
    if (isSimple(reference) && !isReference) {
      return simpleValue(reference.mediaType, await this.#read(status, reference));
    }
    const format = isSimple(reference) ? formatOf(servedType(reference)) : formatOfOutput(reference, wish);
    if (isReference || !isInline) {
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

  #read(status: JobStatus, { artifact, bytes }: OutputReference): Promise<Uint8Array> {
    return this.#jobs.service().outputs.read(artifact, { peers: status.replicas, maxBytes: bytes });
  }
}

/** The media type that an output is served as; what literals and boxes are kept as is for this peer alone. */
function servedType({ mediaType }: Pick<OutputReference, 'mediaType'>): string {
  return isSimple({ mediaType }) ? (mediaType.split('; kind=')[0] as string) : mediaType;
}

function inMemory({ body }: RawOutput): OpenContent {
  const bytes = Buffer.from(body);
  return {
    size: bytes.length,
    async *read({ from, to }) {
      yield bytes.subarray(from, to);
    },
  };
}

function chosen({ record, request }: KnownJob) {
  return request.outputs.flatMap((wish) =>
    record.status.outputs.filter(({ name }) => name === wish.id).map((reference) => ({ wish, reference })),
  );
}

/** What the jobs known here say of an artifact; of several outputs with this content, the one of that name. */
export async function artifactFacts(
  service: JobService,
  artifact: string,
  name: string,
): Promise<ArtifactFacts | undefined> {
  let facts: ArtifactFacts | undefined;
  for (const job of service.outputs.jobsOf(artifact).slice(0, MOST_ASKED)) {
    const status = (await service.map.get(job))?.status;
    for (const output of status?.outputs.filter((each) => each.artifact === artifact) ?? []) {
      const found = { mediaType: output.mediaType, holders: status?.replicas ?? [] };
      if (output.name === name || outputFileName(output) === name) return found;
      facts ??= found;
    }
  }
  return facts;
}

/** What clients that save an output call its file. */
function outputFileName({ fileName, name, mediaType }: Omit<OutputReference, 'artifact'>): string {
  return fileName ?? fileNameOf(name, mediaType);
}

/** Where one output is to be had; without a query, since clients make file names of it. */
export function outputUrl(job: string, { name }: Pick<OutputReference, 'name'>, baseUrl: string): string {
  return `${baseUrl}/jobs/${job}/outputs/${encodeURIComponent(name.toWellFormed())}`;
}

function formatOfOutput({ mediaType }: OutputReference, { format }: RequestedOutput): Format {
  return format.mediaType === mediaType ? format : formatOf(mediaType);
}

/** Undefined for what is no UTF-8, or has control characters: they are lost in documents of XML. */
function asText(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return isWritable(text) ? text : undefined;
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
