import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { GismeshError } from '../../core/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Algorithm } from './algorithm.ts';
import type { QgisProgram } from './qgis-program.ts';

/** Raised when what is kept of an algorithm changes. */
const FORMAT = 1;
const PREFIX = 'algorithms-';

/** More would be an attack; QGIS with all its plugins has a thousand. */
const MAX_ALGORITHMS = 3000;
/** Algorithms asked for one by one between two lines of the log. */
const LOG_EVERY = 50;

const headSchema = z.object({ version: z.string(), ids: z.array(z.string()).max(MAX_ALGORITHMS) });

/** A line of the file. It was checked before it was written, and half a line is no JSON. */
type Entry = Algorithm | { readonly failed: string };

/**
 * The algorithms of an installed QGIS. Asking for them takes seconds, at worst many minutes; what is known is kept in a
 * file, a line for each as soon as it is known, so that a peer that was stopped goes on from there.
 */
export class QgisListing {
  readonly #program: QgisProgram;
  readonly #folder: string;
  readonly #file: string;
  readonly #log: Log;
  readonly #onAlgorithms: (algorithms: readonly Algorithm[], version: string) => void;
  #head: z.output<typeof headSchema> | undefined;
  #missing = new Set<string>();

  /** @param parts.signature of the installed files: with others there is another list */
  constructor(parts: {
    readonly program: QgisProgram;
    readonly folder: string;
    readonly signature: string;
    readonly log: Log;
    readonly onAlgorithms: (algorithms: readonly Algorithm[], version: string) => void;
  }) {
    this.#program = parts.program;
    this.#folder = parts.folder;
    this.#file = path.join(parts.folder, `${PREFIX}${FORMAT}-${parts.signature}.jsonl`);
    this.#log = parts.log;
    this.#onAlgorithms = parts.onAlgorithms;
  }

  get isComplete(): boolean {
    return this.#head !== undefined && this.#missing.size === 0;
  }

  /** Tells what the file holds. */
  async load(): Promise<void> {
    const [first, ...lines] = (await readFile(this.#file, 'utf8').catch(() => '')).split('\n').map(parsed);
    const head = headSchema.safeParse(first).data;
    if (head === undefined) return;
    this.#head = head;
    this.#missing = new Set(head.ids);
    const entries = lines.filter((line): line is Entry => typeof line === 'object' && line !== null);
    const algorithms = entries.filter((entry) => 'algorithm_details' in entry);
    for (const { algorithm_details } of algorithms) this.#missing.delete(algorithm_details.id);
    for (const entry of entries) if ('failed' in entry) this.#missing.delete(entry.failed);
    this.#onAlgorithms(algorithms, head.version);
  }

  /** Asks for what is missing. Rejects `CANCELLED`, or `PROCESS_UNAVAILABLE` for a QGIS that tells nothing. */
  async learn(signal: AbortSignal): Promise<void> {
    if (this.isComplete) return;
    const head = this.#head ?? (await this.#begin(signal));
    await this.#learnAll(head.version, signal);
    for (const [asked, id] of [...this.#missing].entries()) {
      if (asked % LOG_EVERY === 0) {
        const known = head.ids.length - this.#missing.size;
        this.#log.info({ known, of: head.ids.length }, 'the algorithms of QGIS are asked for one by one');
      }
      await this.#learnOne(id, head.version, signal);
    }
    this.#log.info(
      { version: head.version, algorithms: head.ids.length },
      'the algorithms of QGIS are known',
    );
  }

  async #begin(signal: AbortSignal): Promise<z.output<typeof headSchema>> {
    const { version, ids } = await this.#program.list(signal);
    const head = { version, ids: ids.slice(0, MAX_ALGORITHMS) };
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const old = (await readdir(this.#folder)).filter((name) => name.startsWith(PREFIX));
    await Promise.all(old.map((name) => rm(path.join(this.#folder, name), { force: true })));
    await writeFile(this.#file, `${JSON.stringify(head)}\n`, { mode: 0o600 });
    this.#head = head;
    this.#missing = new Set(head.ids);
    return head;
  }

  async #learnAll(version: string, signal: AbortSignal): Promise<void> {
    try {
      const all = await this.#program.describeAll(version, signal);
      await this.#keep(
        all.filter(({ algorithm_details: { id } }) => this.#missing.has(id)),
        version,
      );
    } catch (error) {
      if (!(error instanceof GismeshError) || error.code === 'CANCELLED') throw error;
      this.#log.info({ reason: error.message }, 'QGIS does not tell its algorithms at once');
    }
  }

  async #learnOne(id: string, version: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#keep([await this.#program.describe(id, signal)], version);
    } catch (error) {
      if (!(error instanceof GismeshError) || error.code === 'CANCELLED') throw error;
      this.#log.info({ algorithm: id, reason: error.message }, 'an algorithm of QGIS is not offered');
      await appendFile(this.#file, `${JSON.stringify({ failed: id })}\n`);
    }
    this.#missing.delete(id);
  }

  async #keep(algorithms: readonly Algorithm[], version: string): Promise<void> {
    // Begins with the end of a line: the last one may be torn.
    await appendFile(this.#file, algorithms.map((each) => `\n${JSON.stringify(each)}\n`).join(''));
    for (const { algorithm_details } of algorithms) this.#missing.delete(algorithm_details.id);
    this.#onAlgorithms(algorithms, version);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
