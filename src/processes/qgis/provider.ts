import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { GismeshError } from '../../core/errors.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import { type Clock, sleep, type Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import { unknownProcess } from '../catalogue.ts';
import { runCommand } from '../command/command-run.ts';
import { describeCommand } from '../command/describe.ts';
import type { CommandOptions } from '../command/provider.ts';
import type { Command } from '../command/schema.ts';
import type {
  ProcessExpectation,
  ProcessProvider,
  ProcessTask,
  TaskContext,
  TaskOutput,
} from '../process.ts';
import { Runs } from '../runs.ts';
import { findProgram } from '../sandbox/find-program.ts';
import type { Sandbox } from '../sandbox/launch.ts';
import type { Algorithm } from './algorithm.ts';
import { commandOf } from './command-of.ts';
import { QgisListing } from './listing.ts';
import { findQgis, QgisProgram } from './qgis-program.ts';

export interface QgisOptions extends CommandOptions {
  /** Name or path of `qgis_process`; '' for the usual names. */
  readonly program: string;
  /** From the start to the first question: a peer that begins has better things to do. */
  readonly listDelayMs: number;
  /** Between two times that others are told of newly known algorithms. */
  readonly announceMs: number;
  /** For one question to QGIS. */
  readonly describeTimeoutMs: number;
}

interface QgisParts {
  /** Undefined: nothing is offered. */
  readonly sandbox: Sandbox | undefined;
  /** What PATH holds. */
  readonly searchPath: string;
  /** Path of `describe.py`. */
  readonly script: string;
  /** Of this peer alone: for questions to QGIS. */
  readonly folder: string;
  /** Where what is known of QGIS is kept; other peers may use the same. */
  readonly listFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly options: QgisOptions;
}

/** Python with the modules of QGIS, before any that somebody has put in front of it. */
const PYTHONS = ['/usr/bin/python3', 'python3'];

interface Offered {
  readonly command: Command;
  readonly description: ProcessDescription;
}

/** The algorithms of the QGIS of this machine as processes; they are asked for in the background. */
export class QgisProcesses implements ProcessProvider {
  readonly name = 'qgis';
  readonly #parts: QgisParts;
  readonly #runs: Runs;
  readonly #listeners = new Set<() => void>();
  readonly #offered = new Map<string, Offered>();
  #installed: { readonly program: string; readonly signature: string } | undefined;
  #learning = new AbortController();
  #learned: Promise<void> = Promise.resolve();
  #rescan: Timer | undefined;
  #announcement: Timer | undefined;
  #stopped = false;

  private constructor(parts: QgisParts) {
    this.#parts = parts;
    this.#runs = new Runs(parts.options.maxRuns);
  }

  /** Offers what is known from earlier starts. */
  static async open(parts: QgisParts): Promise<QgisProcesses> {
    // Of a peer that was killed while it asked.
    await rm(parts.folder, { recursive: true, force: true });
    const processes = new QgisProcesses(parts);
    await processes.#look();
    return processes;
  }

  list(): readonly ProcessDescription[] {
    return [...this.#offered.values()].map(({ description }) => description);
  }

  expectation(process: string): ProcessExpectation | undefined {
    const expected = this.#offered.get(process)?.command.expected;
    return expected && { cores: expected.cores, memoryBytes: (expected.memoryMiB ?? 0) * 2 ** 20 };
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const { sandbox, options } = this.#parts;
    const offered = this.#offered.get(task.process);
    if (offered === undefined || sandbox === undefined) throw unknownProcess(task.process);
    const program = this.#installed?.program;
    if (program === undefined || signatureOf(program) === undefined) {
      throw new GismeshError('PROCESS_UNAVAILABLE', 'QGIS is not installed here any more');
    }
    const runnable = { command: offered.command, program, sandbox, options };
    return this.#runs.run(context, (inner) => runCommand(runnable, task, inner));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rescan?.cancel();
    this.#announcement?.cancel();
    this.#learning.abort();
    await Promise.all([this.#learned, this.#runs.stop()]);
  }

  /** Whether QGIS was installed, replaced or removed. */
  async #look(): Promise<void> {
    const { sandbox, searchPath, options, clock } = this.#parts;
    const program = sandbox && findQgis(options.program, searchPath);
    const signature = program && signatureOf(program);
    if (signature !== this.#installed?.signature) {
      this.#learning.abort();
      await this.#learned;
      if (this.#offered.size > 0) this.#announce();
      this.#offered.clear();
      this.#installed = program && signature ? { program, signature } : undefined;
      if (sandbox && this.#installed) await this.#begin(sandbox, this.#installed);
    }
    if (!this.#stopped) this.#rescan = clock.after(options.rescanMs, () => void this.#look());
  }

  async #begin(
    sandbox: Sandbox,
    { program, signature }: { program: string; signature: string },
  ): Promise<void> {
    const { searchPath, script, folder, listFolder, clock, log, options } = this.#parts;
    const python = PYTHONS.map((name) => findProgram(name, searchPath)).find((found) => found !== undefined);
    const listing = new QgisListing({
      program: new QgisProgram({
        ...{ program, python, script, sandbox, clock, options },
        folder,
        timeoutMs: options.describeTimeoutMs,
      }),
      folder: listFolder,
      signature,
      log,
      onAlgorithms: (algorithms, version) => this.#offer(algorithms, version),
    });
    await listing.load();
    if (listing.isComplete || this.#stopped) return;
    this.#learning = new AbortController();
    this.#learned = this.#learn(listing, this.#learning.signal);
  }

  async #learn(listing: QgisListing, signal: AbortSignal): Promise<void> {
    const { clock, log, options } = this.#parts;
    try {
      await sleep(clock, options.listDelayMs, signal);
      // Another peer of this machine may have found it out meanwhile.
      await listing.load();
      await listing.learn(signal);
      this.#tell();
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ reason: (error as Error).message }, 'algorithms of QGIS are not offered');
    }
  }

  #offer(algorithms: readonly Algorithm[], version: string): void {
    for (const algorithm of algorithms) {
      const command = commandOf(algorithm, version);
      this.#offered.set(command.id, { command, description: describeCommand(command) });
    }
    if (algorithms.length > 0) this.#announce();
  }

  /** Not for each algorithm: the others of the mesh then ask for the whole list. */
  #announce(): void {
    if (this.#announcement !== undefined || this.#stopped || this.#listeners.size === 0) return;
    this.#announcement = this.#parts.clock.after(this.#parts.options.announceMs, () => this.#tell());
  }

  #tell(): void {
    this.#announcement?.cancel();
    this.#announcement = undefined;
    for (const listener of this.#listeners) listener();
  }
}

/** Of the installed program; undefined where it is gone. */
function signatureOf(program: string): string | undefined {
  const stats = statSync(program, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const text = `${program} ${stats.size} ${stats.mtimeMs}`;
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
