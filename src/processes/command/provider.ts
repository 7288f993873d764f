import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import { unknownProcess } from '../catalogue.ts';
import type {
  ProcessExpectation,
  ProcessProvider,
  ProcessTask,
  TaskContext,
  TaskOutput,
} from '../process.ts';
import { Runs } from '../runs.ts';
import type { ConfinementOptions } from '../sandbox/confined-run.ts';
import { findProgram } from '../sandbox/find-program.ts';
import type { Sandbox } from '../sandbox/launch.ts';
import { runCommand } from './command-run.ts';
import { describeCommand } from './describe.ts';
import type { Command } from './schema.ts';

export interface CommandOptions extends ConfinementOptions {
  /** Runs at once; more wait for their turn. */
  readonly maxRuns: number;
  /** Between looks for programs that were installed or removed, and for descriptions that were changed. */
  readonly rescanMs: number;
}

interface Offered {
  readonly command: Command;
  readonly description: ProcessDescription;
  readonly program: string;
}

/** Programs of this machine as processes. */
export class CommandProcesses implements ProcessProvider {
  readonly name = 'command';
  readonly #readAgain: (() => Promise<readonly Command[]>) | undefined;
  readonly #sandbox: Sandbox | undefined;
  readonly #clock: Clock;
  readonly #options: CommandOptions;
  readonly #searchPath: string;
  readonly #listeners = new Set<() => void>();
  readonly #runs: Runs;
  #commands: readonly Command[];
  #offered: ReadonlyMap<string, Offered>;
  #timer: Timer | undefined;
  #stopped = false;

  /**
   * @param parts.commands the first of an id counts
   * @param parts.readAgain the commands as they are later; undefined: they stay
   * @param parts.sandbox undefined where there is none and programs may not run without: nothing is offered then
   * @param parts.searchPath what PATH holds
   */
  constructor(parts: {
    readonly commands: readonly Command[];
    readonly readAgain?: () => Promise<readonly Command[]>;
    readonly sandbox: Sandbox | undefined;
    readonly clock: Clock;
    readonly options: CommandOptions;
    readonly searchPath: string;
  }) {
    this.#commands = parts.commands;
    this.#readAgain = parts.readAgain;
    this.#sandbox = parts.sandbox;
    this.#clock = parts.clock;
    this.#options = parts.options;
    this.#runs = new Runs(parts.options.maxRuns);
    this.#searchPath = parts.searchPath;
    this.#offered = this.#scan();
    this.#scheduleScan();
  }

  list(): readonly ProcessDescription[] {
    return [...this.#offered.values()].map(({ description }) => description);
  }

  expectation(process: string): ProcessExpectation | undefined {
    const offered = this.#offered.get(process);
    if (offered === undefined) return undefined;
    const { seconds, cores, memoryMiB } = offered.command.expected;
    return {
      cores,
      ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
      ...(memoryMiB === undefined ? {} : { memoryBytes: memoryMiB * 2 ** 20 }),
    };
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const offered = this.#offered.get(task.process);
    if (offered === undefined || this.#sandbox === undefined) throw unknownProcess(task.process);
    const runnable = { ...offered, sandbox: this.#sandbox, options: this.#options };
    return this.#runs.run(context, (inner) => runCommand(runnable, task, inner));
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#runs.stop();
  }

  #scan(): ReadonlyMap<string, Offered> {
    const offered = new Map<string, Offered>();
    if (this.#sandbox === undefined) return offered;
    for (const command of this.#commands) {
      const found = [command.program, ...command.needs].map((name) => findProgram(name, this.#searchPath));
      const [program] = found;
      if (offered.has(command.id) || program === undefined || found.includes(undefined)) continue;
      offered.set(command.id, { command, description: describeCommand(command), program });
    }
    return offered;
  }

  #scheduleScan(): void {
    this.#timer = this.#clock.after(this.#options.rescanMs, () => void this.#rescan());
  }

  async #rescan(): Promise<void> {
    if (this.#readAgain) this.#commands = await this.#readAgain();
    if (this.#stopped) return;
    const before = JSON.stringify(this.list());
    this.#offered = this.#scan();
    if (JSON.stringify(this.list()) !== before) for (const listener of this.#listeners) listener();
    this.#scheduleScan();
  }
}
