import { open } from 'node:fs/promises';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import type {
  ComplexContent,
  Content,
  ProcessExpectation,
  ProcessProvider,
  ProcessTask,
  TaskContext,
  TaskOutput,
} from './process.ts';
import { checkZip, type ZipLimits } from './zip-check.ts';

/** How a zip begins: with a file, or with its directory when it is empty. */
const SIGNATURES = ['PK\x03\x04', 'PK\x05\x06'];
const SIGNATURE_BYTES = 4;
const ZIP_TYPE = /^application\/(?:zip|x-zip|x-zip-compressed|x-zipped-shp|x-shapefile)\b/i;

/**
 * Looks into the zips among the inputs of a task before a provider gets them: a program that unpacks one, or reads its
 * directory, need not be written with hostile ones in mind. Rejects `input-invalid` that names the input.
 */
export class ArchiveGate implements ProcessProvider {
  readonly #provider: ProcessProvider;
  readonly #limits: ZipLimits;

  constructor(provider: ProcessProvider, limits: ZipLimits) {
    this.#provider = provider;
    this.#limits = limits;
  }

  get name(): string {
    return this.#provider.name;
  }

  list(): readonly ProcessDescription[] {
    return this.#provider.list();
  }

  expectation(process: string): ProcessExpectation | undefined {
    return this.#provider.expectation(process);
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    for (const { id, value } of task.inputs) if (value.kind === 'complex') await this.#check(id, value);
    return await this.#provider.run(task, context);
  }

  onChange(listener: () => void): () => void {
    return this.#provider.onChange(listener);
  }

  stop(): Promise<void> {
    return this.#provider.stop();
  }

  async #check(id: string, { format, content }: ComplexContent): Promise<void> {
    const isZip = SIGNATURES.includes(await beginningOf(content));
    if (!isZip && !ZIP_TYPE.test(format.mediaType)) return;
    try {
      await checkZip(content, this.#limits);
    } catch (cause) {
      const message = `Input ${quote(id)} is no zip that is taken: ${(cause as Error).message}`;
      throw new ProcessError('input-invalid', message, id, { cause });
    }
  }
}

async function beginningOf(content: Content): Promise<string> {
  if (content.at === 'memory') {
    return Buffer.from(content.bytes.subarray(0, SIGNATURE_BYTES)).toString('latin1');
  }
  await using file = await open(content.path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0, SIGNATURE_BYTES, 0);
  return buffer.toString('latin1', 0, bytesRead);
}
