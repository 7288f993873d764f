import { GismeshError } from '../../core/errors.ts';
import { Turnstile } from '../../core/turnstile.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import { unknownProcess } from '../catalogue.ts';
import {
  MAX_WAITING_RUNS,
  type ProcessExpectation,
  type ProcessProvider,
  type ProcessTask,
  type TaskContext,
  type TaskOutput,
} from '../process.ts';
import type { Sandbox } from '../sandbox/launch.ts';
import { type ApplicationOptions, type ApplicationParts, HostedApplication } from './application.ts';
import type { ApplicationSettings } from './launch.ts';

export interface PywpsOptions extends ApplicationOptions {
  /** Runs at once, of all applications together; more wait for their turn. */
  readonly maxRuns: number;
}

/** Applications of PyWPS as processes. Where two have a process of the same id, the one named first runs it. */
export class PywpsProcesses implements ProcessProvider {
  readonly name = 'pywps';
  readonly #applications: readonly HostedApplication[];
  readonly #turnstile: Turnstile;
  readonly #listeners = new Set<() => void>();
  #stopped = false;

  /**
   * @param parts.applications nothing waits for them: what they have is offered when they are loaded
   * @param parts.sandbox undefined where there is none and programs may not run without: nothing is offered then
   */
  constructor({
    applications,
    sandbox,
    options,
    ...parts
  }: Omit<ApplicationParts, 'settings' | 'sandbox' | 'onChange' | 'options'> & {
    readonly applications: readonly ApplicationSettings[];
    readonly sandbox: Sandbox | undefined;
    readonly options: PywpsOptions;
  }) {
    this.#turnstile = new Turnstile(options.maxRuns, MAX_WAITING_RUNS);
    const onChange = () => {
      for (const listener of this.#listeners) listener();
    };
    this.#applications =
      sandbox === undefined
        ? []
        : applications.map(
            (settings) => new HostedApplication({ ...parts, sandbox, options, settings, onChange }),
          );
  }

  list(): readonly ProcessDescription[] {
    const offered = new Map<string, ProcessDescription>();
    for (const application of this.#applications) {
      for (const [id, description] of application.offered) {
        if (!offered.has(id)) offered.set(id, description);
      }
    }
    return [...offered.values()];
  }

  expectation(process: string): ProcessExpectation | undefined {
    const application = this.#find(process);
    if (application === undefined) return undefined;
    const { seconds, cores, memoryMiB } = application.settings.expected;
    return {
      cores,
      ...(seconds === undefined ? {} : { durationMs: seconds * 1000 }),
      ...(memoryMiB === undefined ? {} : { memoryBytes: memoryMiB * 2 ** 20 }),
    };
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const application = this.#find(task.process);
    if (application === undefined) throw unknownProcess(task.process);
    return await this.#turnstile.pass(context.signal, async () => {
      if (this.#stopped) throw new GismeshError('PROCESS_UNAVAILABLE', 'The peer is stopping');
      return await application.run(task, context);
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#applications.map((application) => application.stop()));
  }

  #find(process: string): HostedApplication | undefined {
    return this.#applications.find(({ offered }) => offered.has(process));
  }
}
