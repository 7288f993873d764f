import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import { type ConfinementOptions, runConfined } from '../sandbox/confined-run.ts';
import { findProgram } from '../sandbox/find-program.ts';
import type { Launch, Sandbox } from '../sandbox/launch.ts';
import { type Algorithm, algorithmSchema, listSchema } from './algorithm.ts';
import { QGIS_ENVIRONMENT } from './command-of.ts';

const MEBIBYTE = 1024 * 1024;
/** Of all algorithms: a few kilobytes each. */
const MAX_OUTPUT_BYTES = 64 * MEBIBYTE;
/** QGIS makes a profile in each new home. */
const LIMITS = { memoryBytes: 2048 * MEBIBYTE, scratchBytes: 256 * MEBIBYTE };
/** What it says is for nobody who waits. */
const NICENESS = 19;

/** Debian's `qgis_process` is a script that gives the program an option it does not know. */
const NAMES = ['qgis_process.bin', 'qgis_process'];

/** The absolute path of `qgis_process`; `wish` is a name or a path, '' for the usual names. */
export function findQgis(wish: string, searchPath: string): string | undefined {
  const names = wish === '' ? NAMES : [wish];
  return names.map((name) => findProgram(name, searchPath)).find((program) => program !== undefined);
}

/** What QGIS says of itself. Every question rejects `PROCESS_UNAVAILABLE` where the answer makes no sense. */
export class QgisProgram {
  readonly #program: string;
  readonly #python: string | undefined;
  readonly #script: string;
  readonly #sandbox: Sandbox;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #options: ConfinementOptions;
  readonly #timeoutMs: number;

  /**
   * @param parts.python with the modules of QGIS, if any
   * @param parts.script path of `describe.py`
   * @param parts.folder for scratch folders, which are removed
   */
  constructor(parts: {
    readonly program: string;
    readonly python: string | undefined;
    readonly script: string;
    readonly sandbox: Sandbox;
    readonly folder: string;
    readonly clock: Clock;
    readonly options: ConfinementOptions;
    readonly timeoutMs: number;
  }) {
    this.#program = parts.program;
    this.#python = parts.python;
    this.#script = parts.script;
    this.#sandbox = parts.sandbox;
    this.#folder = parts.folder;
    this.#clock = parts.clock;
    this.#options = { ...parts.options, niceness: NICENESS, maxOutputBytes: MAX_OUTPUT_BYTES };
    this.#timeoutMs = parts.timeoutMs;
  }

  /** The version, and the ids of all algorithms that may run without a window. */
  async list(signal: AbortSignal): Promise<{ readonly version: string; readonly ids: string[] }> {
    const said = await this.#say(this.#program, ['--json', 'list'], signal);
    const { qgis_version: version, providers } = read(said, listSchema);
    return { version, ids: Object.values(providers).flatMap(({ algorithms }) => Object.keys(algorithms)) };
  }

  async describe(id: string, signal: AbortSignal): Promise<Algorithm> {
    return read(await this.#say(this.#program, ['--json', 'help', id], signal), algorithmSchema);
  }

  /** Those that the Python of QGIS knows, in the time of two or three; none of what makes no sense. */
  async describeAll(version: string, signal: AbortSignal): Promise<Algorithm[]> {
    if (this.#python === undefined) throw unavailable('there is no Python with the modules of QGIS');
    const said = await this.#say(this.#python, [this.#script], signal, [this.#script]);
    const [head, ...lines] = said.split('\n').filter((line) => line.startsWith('{'));
    if (JSON.parse(head ?? '{}').qgis_version !== version)
      throw unavailable('its Python is of another version');
    return lines.flatMap((line) => {
      const { success, data } = algorithmSchema.safeParse(JSON.parse(line));
      return success ? [data] : [];
    });
  }

  /** What a program writes to stdout; `files` are those of its words that it reads, at the paths where they are. */
  async #say(
    program: string,
    words: readonly string[],
    signal: AbortSignal,
    files: readonly string[] = [],
  ): Promise<string> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const scratch = await mkdtemp(path.join(this.#folder, 'ask-'));
    const inside = (file: string) => path.join(this.#sandbox.scratchPath(scratch), path.basename(file));
    const launch: Launch = {
      program,
      arguments: words.map((word) => (files.includes(word) ? inside(word) : word)),
      environment: QGIS_ENVIRONMENT,
      network: false,
      scratch,
      files: files.map((from) => ({ from, to: path.join(scratch, path.basename(from)) })),
    };
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    try {
      const { code } = await runConfined({
        launch,
        sandbox: this.#sandbox,
        limits: { ...LIMITS, timeoutMs: this.#timeoutMs },
        options: this.#options,
        clock: this.#clock,
        signal,
        onOutput: (stream, chunk) => (stream === 'stdout' ? stdout : stderr).push(chunk),
      });
      if (code !== 0) {
        const last = Buffer.concat(stderr).toString('utf8').trim().split('\n').at(-1) ?? '';
        throw unavailable(`${path.basename(program)} ended with exit code ${code}: ${last.slice(0, 300)}`);
      }
      return Buffer.concat(stdout).toString('utf8');
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }
}

/** Plugins may have written something before the document. */
function read<T extends z.ZodType>(said: string, schema: T): z.output<T> {
  try {
    return schema.parse(JSON.parse(said.slice(Math.max(0, said.indexOf('{')))));
  } catch (cause) {
    throw unavailable(`its answer makes no sense: ${(cause as Error).message.slice(0, 300)}`, cause);
  }
}

function unavailable(reason: string, cause?: unknown): GismeshError {
  return new GismeshError('PROCESS_UNAVAILABLE', `QGIS does not tell what it has: ${reason}`, { cause });
}
