import { GismeshError } from '../core/errors.ts';
import type { TaskContext } from './process.ts';

/** The runs of a provider: so many at once, and all ended when it stops. */
export class Runs {
  readonly #maxRuns: number;
  readonly #underWay = new Map<AbortController, Promise<unknown>>();
  #stopped = false;

  constructor(maxRuns: number) {
    this.#maxRuns = maxRuns;
  }

  /** Rejects `CANCELLED`, `PROCESS_UNAVAILABLE` or `BUSY` instead of beginning; otherwise as `work` does. */
  async run<T>(context: TaskContext, work: (context: TaskContext) => Promise<T>): Promise<T> {
    if (context.signal.aborted) throw new GismeshError('CANCELLED', 'The run was cancelled');
    if (this.#stopped) throw new GismeshError('PROCESS_UNAVAILABLE', 'The peer is stopping');
    if (this.#underWay.size >= this.#maxRuns) {
      throw new GismeshError('BUSY', `${this.#maxRuns} programs are running already`);
    }
    const stop = new AbortController();
    const running = work({
      clock: context.clock,
      signal: AbortSignal.any([context.signal, stop.signal]),
      suspension: context.suspension,
      onProgress: context.onProgress.bind(context),
      log: context.log.bind(context),
    });
    this.#underWay.set(
      stop,
      running.catch(() => {}),
    );
    try {
      return await running;
    } finally {
      this.#underWay.delete(stop);
    }
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of this.#underWay.keys()) stop.abort();
    await Promise.all(this.#underWay.values());
  }
}
