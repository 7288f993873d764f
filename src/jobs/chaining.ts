import { isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import { validBoundingBox } from '../ogc/processes/bounding-box.ts';
import type { InputValue, ReferenceValue, RequestedInput } from '../ogc/processes/execute-request.ts';
import { validLiteral } from '../ogc/processes/literal-value.ts';
import { outputAddressOf } from '../ogc/processes/output-address.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import {
  type DataDescription,
  type Format,
  formatOf,
  type InputDescription,
  type ProcessDescription,
} from '../ogc/processes/process-description.ts';
import { isTextValue, MAX_TEXT_VALUE_BYTES, valueOfText } from '../ogc/processes/text-value.ts';
import type { PeerId } from '../platform/network.ts';
import type { TaskValue } from '../processes/process.ts';
import { isSimple, type OutputStore, simpleValue } from './outputs.ts';
import type { Replication } from './replication.ts';
import type { LargeInput, Submission } from './submission.ts';

type JobInput = Extract<InputValue, { kind: 'job' }>;

/** Content that a job takes. */
export interface NeededData {
  readonly artifact: string;
  readonly bytes: number;
}

interface HeldArtifact {
  readonly kind: 'artifact';
  readonly artifact: string;
  readonly holders: readonly PeerId[];
  readonly format: Format;
}

export interface ChainingParts {
  readonly replication: Pick<Replication, 'find'>;
  readonly outputs: OutputStore;
  /** Undefined for a process that nobody alive offers. */
  readonly describe: (process: string) => ProcessDescription | undefined;
}

/** Inputs that are outputs of other jobs. */
export class Chaining {
  readonly #parts: ChainingParts;

  constructor(parts: ChainingParts) {
    this.#parts = parts;
  }

  /**
   * The inputs of a new job with those recognised that are outputs of others: by `job:<id>/<output>`, by the address of
   * an output or an artifact at any peer, also one that is gone. Nothing goes out over HTTP. Rejects
   * `ProcessError` for an output that will never be.
   */
  async recognised(
    inputs: readonly RequestedInput<InputValue>[],
    described: readonly InputDescription[],
  ): Promise<{ readonly inputs: RequestedInput<InputValue>[]; readonly large: LargeInput[] }> {
    const large: LargeInput[] = [];
    const known: RequestedInput<InputValue>[] = [];
    for (const [index, { id, value }] of inputs.entries()) {
      const meant = value.kind === 'reference' ? await this.#meant(value, isComplex(id, described)) : value;
      if (meant.kind === 'job') await this.#assertPossible(id, meant);
      if (meant.kind !== 'artifact') {
        known.push({ id, value: meant });
        continue;
      }
      const { artifact, holders, format } = meant;
      large.push({ index, artifact, holders });
      known.push({ id, value: { kind: 'complex', data: '', format } });
    }
    return { inputs: known, large };
  }

  /** The jobs whose outputs this one needs, as far as they are known. */
  async sources({ request }: Submission): Promise<JobStatus[]> {
    const ids = new Set(request.inputs.flatMap(({ value }) => (value.kind === 'job' ? [value.job] : [])));
    const records = await Promise.all([...ids].map((id) => this.#parts.replication.find(id)));
    return records.flatMap((record) => (record ? [record.status] : []));
  }

  /** The value of such an input, as the process takes it: large ones as a file in `folder`. */
  async value(
    id: string,
    { job, output: name, format }: JobInput,
    process: string,
    { folder, signal }: { readonly folder: string; readonly signal: AbortSignal },
  ): Promise<TaskValue> {
    const { replication, outputs } = this.#parts;
    const record = await replication.find(job);
    const status = record?.status;
    const output = status?.outputs.find((each) => each.name === name);
    if (!output) throw impossible(id, job, name, status);
    const peers = status?.replicas ?? [];
    const { artifact, bytes, mediaType } = output;
    const data = this.described(process, id);
    if (isSimple(output)) {
      const value = simpleValue(mediaType, await outputs.read(artifact, { peers, maxBytes: bytes, signal }));
      if (value.kind === 'literal' && data?.kind === 'literal') return validLiteral(id, value, data);
      if (value.kind === 'bbox' && data?.kind === 'bbox') return validBoundingBox(id, value, data);
      if (value.kind === 'literal' && data?.kind === 'complex') {
        const content = { at: 'memory', bytes: new TextEncoder().encode(value.value) } as const;
        return {
          kind: 'complex',
          format: format.mediaType === '' ? (data.formats[0] ?? formatOf('')) : format,
          content,
        };
      }
      if (data === undefined || data.kind === value.kind) return value;
      throw wrongKind(id, job, name, value.kind, data.kind);
    }
    if (isTextValue(data) && bytes <= MAX_TEXT_VALUE_BYTES) {
      const read = await outputs.read(artifact, { peers, maxBytes: bytes, signal });
      return valueOfText(id, new TextDecoder().decode(read), data);
    }
    if (data !== undefined && data.kind !== 'complex') throw wrongKind(id, job, name, 'complex', data.kind);
    const content = await outputs.stage(artifact, { peers, folder, signal });
    return { kind: 'complex', format: format.mediaType === '' ? formatOf(mediaType) : format, content };
  }

  /** What an input takes; undefined where nobody alive offers its process. */
  described(process: string, input: string): DataDescription | undefined {
    return this.#parts.describe(process)?.inputs.find(({ id }) => id === input)?.data;
  }

  /** What an address stands for: itself, unless the mesh knows such an output. */
  async #meant(value: ReferenceValue, isComplex: boolean): Promise<ReferenceValue | JobInput | HeldArtifact> {
    const { replication, outputs } = this.#parts;
    const address = value.method === 'GET' ? outputAddressOf(value.href) : undefined;
    if (address?.kind === 'job') {
      const { job, output } = address;
      return (await replication.find(job)) ? { kind: 'job', job, output, format: value.format } : value;
    }
    if (!address || !isComplex) return value;
    const { artifact, mediaType } = address;
    const holders = await outputs.holders(artifact);
    const format = value.format.mediaType === '' ? formatOf(mediaType) : value.format;
    return holders.length > 0
      ? { kind: 'artifact', artifact, holders, format: { ...format, encoding: '' } }
      : value;
  }

  /** A job that goes on may still give the output, when its process has one of that name. */
  async #assertPossible(id: string, { job, output }: JobInput): Promise<void> {
    const status = (await this.#parts.replication.find(job))?.status;
    if (!status) throw impossible(id, job, output, status);
    if (isTerminal(status.state)) {
      if (!status.outputs.some(({ name }) => name === output)) throw impossible(id, job, output, status);
      return;
    }
    const described = this.#parts.describe(status.process);
    if (described?.outputs.every((each) => each.id !== output)) throw impossible(id, job, output, status);
  }
}

/** What has to be fetched before a job can be executed, where it is not on the disk already. */
export function dataOf({ request }: Submission, sources: readonly JobStatus[]): NeededData[] {
  return request.inputs.flatMap(({ value }) => {
    if (value.kind !== 'job') return [];
    const status = sources.find(({ id }) => id === value.job);
    const output = status?.outputs.find(({ name }) => name === value.output);
    return output ? [{ artifact: output.artifact, bytes: output.bytes }] : [];
  });
}

function isComplex(id: string, described: readonly InputDescription[]): boolean {
  return described.find((input) => input.id === id)?.data.kind === 'complex';
}

function impossible(id: string, job: string, output: string, status: JobStatus | undefined): ProcessError {
  const why = {
    none: 'is not known: it has expired, or never was',
    failed: `has failed: ${status?.message ?? ''}`,
    dismissed: 'was dismissed',
    other: `has no output ${quote(output)}`,
  };
  const state = status === undefined ? 'none' : status.state;
  const reason = state === 'none' || state === 'failed' || state === 'dismissed' ? why[state] : why.other;
  return new ProcessError('data-not-accessible', `Input ${quote(id)}: job ${quote(job)} ${reason}`, id);
}

function wrongKind(id: string, job: string, output: string, given: string, wanted: string): ProcessError {
  const message = `Input ${quote(id)} is ${wanted}, and output ${quote(output)} of job ${quote(job)} is ${given}`;
  return new ProcessError('input-invalid', message, id);
}
