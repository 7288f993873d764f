import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import type { ProcessExpectation, ProcessProvider, ProcessTask, TaskContext, TaskOutput } from './process.ts';

/** Several providers as one. Where two offer a process of the same id, the one named first runs it. */
export class ProcessCatalogue implements ProcessProvider {
  readonly name = 'catalogue';
  readonly #providers: readonly ProcessProvider[];
  #owners: ReadonlyMap<string, Owned> | undefined;

  constructor(providers: readonly ProcessProvider[]) {
    this.#providers = providers;
    for (const provider of providers) {
      provider.onChange(() => {
        this.#owners = undefined;
      });
    }
  }

  list(): readonly ProcessDescription[] {
    return [...this.#known().values()].map(({ description }) => description);
  }

  find(process: string): ProcessDescription | undefined {
    return this.#known().get(process)?.description;
  }

  expectation(process: string): ProcessExpectation | undefined {
    return this.#known().get(process)?.provider.expectation(process);
  }

  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const owned = this.#known().get(task.process);
    if (owned === undefined) throw unknownProcess(task.process);
    return owned.provider.run(task, context);
  }

  onChange(listener: () => void): () => void {
    const ends = this.#providers.map((provider) => provider.onChange(listener));
    return () => {
      for (const end of ends) end();
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#providers.map((provider) => provider.stop()));
  }

  #known(): ReadonlyMap<string, Owned> {
    if (this.#owners === undefined) {
      const owners = new Map<string, Owned>();
      for (const provider of this.#providers) {
        for (const description of provider.list()) {
          if (!owners.has(description.id)) owners.set(description.id, { description, provider });
        }
      }
      this.#owners = owners;
    }
    return this.#owners;
  }
}

interface Owned {
  readonly description: ProcessDescription;
  readonly provider: ProcessProvider;
}

export function unknownProcess(id: string): ProcessError {
  return new ProcessError('process-unknown', `This peer offers no process ${quote(id)}`, id);
}
