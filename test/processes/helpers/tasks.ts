import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ogcConfig } from '../../../src/config/ogc.ts';
import { processesConfig } from '../../../src/config/processes.ts';
import { GismeshError } from '../../../src/core/errors.ts';
import type { BoundingBoxValue, LiteralValue } from '../../../src/ogc/processes/execute-request.ts';
import { anyFormat } from '../../../src/ogc/processes/execute-request.ts';
import { formatOf } from '../../../src/ogc/processes/process-description.ts';
import { requestedOutput, validateRequest } from '../../../src/ogc/processes/validate-request.ts';
import { systemClock } from '../../../src/platform/system.ts';
import type {
  ComplexContent,
  ProcessProvider,
  ProcessTask,
  TaskContext,
  TaskInput,
  TaskLimits,
  TaskOutput,
  TaskValue,
} from '../../../src/processes/process.ts';
import type { Suspension } from '../../../src/processes/suspension.ts';

export const processes = processesConfig.parse({});

/** The limits of production but for a patience that no test needs. */
export const limits: TaskLimits = { ...processes.limits, timeoutMs: 60_000 };

export function literal(value: string | number | boolean, uom = ''): LiteralValue {
  return { kind: 'literal', value: String(value), dataType: '', uom };
}

export function box(lower: readonly number[], upper: readonly number[], crs = ''): BoundingBoxValue {
  return { kind: 'bbox', crs, lower, upper };
}

export function complex(data: string | Uint8Array, mediaType = ''): ComplexContent {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  return {
    kind: 'complex',
    format: mediaType === '' ? anyFormat : formatOf(mediaType),
    content: { at: 'memory', bytes },
  };
}

export function geoJson(json: unknown): ComplexContent {
  return complex(JSON.stringify(json), 'application/geo+json');
}

/** Values by input; a list stands for several values of one. */
export type Given = Readonly<Record<string, TaskValue | readonly TaskValue[]>>;

/** What a run of a test says and leaves. */
export interface Ran {
  readonly outputs: readonly TaskOutput[];
  readonly progress: readonly number[];
  readonly lines: readonly string[];
  /** Files in the scratch folder. */
  readonly files: readonly string[];
}

export interface RunOptions {
  readonly limits?: Partial<TaskLimits>;
  readonly signal?: AbortSignal;
  readonly suspension?: Suspension;
  readonly onProgress?: (percent: number) => void;
  readonly outputs?: readonly string[];
  /** Instead of one of its own. */
  readonly scratch?: string;
}

/** Runs a process as the peer does: defaults filled in, in a scratch folder of its own, which then goes. */
export async function run(
  provider: ProcessProvider,
  process: string,
  given: Given,
  options: RunOptions = {},
): Promise<Ran> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-scratch-'));
  const scratch = options.scratch ?? path.join(folder, 'scratch');
  const progress: number[] = [];
  const lines: string[] = [];
  const context: TaskContext = {
    signal: options.signal ?? new AbortController().signal,
    clock: systemClock,
    suspension: options.suspension,
    onProgress: (percent) => {
      progress.push(percent);
      options.onProgress?.(percent);
    },
    log: (line) => lines.push(line),
  };
  try {
    const task = taskOf(provider, process, given, scratch, options);
    const outputs = await Promise.all((await provider.run(task, context)).map(inMemory));
    return { outputs, progress, lines, files: await filesIn(scratch) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function taskOf(
  provider: ProcessProvider,
  process: string,
  given: Given,
  scratch: string,
  options: RunOptions,
): ProcessTask {
  const description = provider.list().find(({ id }) => id === process);
  if (description === undefined) {
    return { process, inputs: [], outputs: [requestedOutput('any')], scratch, limits };
  }
  const all = Object.entries(given).flatMap(([id, value]): TaskInput[] =>
    [value].flat().map((each) => ({ id, value: each as TaskValue })),
  );
  // Validation knows text; the content itself goes around it.
  const contents = all.filter(({ value }) => value.kind === 'complex');
  const request = validateRequest(
    {
      process,
      mode: 'auto',
      modeIsPreference: true,
      response: 'document',
      multipart: false,
      lineage: false,
      store: false,
      status: false,
      inputs: all.map(({ id, value }) => ({
        id,
        value: value.kind === 'complex' ? { kind: 'complex', data: '', format: value.format } : value,
      })),
      outputs: (options.outputs ?? []).map((id) => requestedOutput(id)),
    },
    description,
    ogcConfig.parse({}).processes,
  );
  const inputs = request.inputs.map(({ id, value }): TaskInput => {
    if (value.kind !== 'complex') return { id, value: value as TaskValue };
    const at = contents.findIndex((each) => each.id === id);
    // A default.
    if (at === -1 && 'data' in value) return { id, value: complex(value.data, value.format.mediaType) };
    const [content] = contents.splice(at, 1);
    return { id, value: { ...(content?.value as ComplexContent), format: value.format } };
  });
  return { process, inputs, outputs: request.outputs, scratch, limits: { ...limits, ...options.limits } };
}

async function filesIn(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw error;
  });
}

async function inMemory(output: TaskOutput): Promise<TaskOutput> {
  const { value } = output;
  if (value.kind !== 'complex' || value.content.at === 'memory') return output;
  const bytes = await readFile(value.content.path);
  return { ...output, value: { ...value, content: { at: 'memory', bytes } } };
}

/** The bytes of a complex output as text. */
export function textOf(ran: Ran, id: string): string {
  return Buffer.from(bytesOf(ran, id)).toString('utf8');
}

export function bytesOf(ran: Ran, id: string): Uint8Array {
  const value = ran.outputs.find((output) => output.id === id)?.value;
  if (value?.kind !== 'complex' || value.content.at !== 'memory') throw new Error(`no complex output ${id}`);
  return value.content.bytes;
}

/** The error that a run ends with, which must be one of the project's. */
export async function errorOf(
  promise: Promise<unknown>,
): Promise<GismeshError & { readonly locator?: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof GismeshError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
