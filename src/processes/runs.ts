import { GismeshError } from '../core/errors.ts';
import { Turnstile } from '../core/turnstile.ts';
import { MAX_WAITING_RUNS, type TaskContext } from './process.ts';

/** The runs of a provider: so many at once, the others in turn, and all ended when it stops. */
export class Runs {
  readonly #turnstile: Turnstile;
  readonly #underWay = new Map<AbortController, Promise<unknown>>();
  #stopped = false;

  constructor(maxRuns: number) {
    this.#turnstile = new Turnstile(maxRuns, MAX_WAITING_RUNS);
  }

  /** Rejects `CANCELLED`, `PROCESS_UNAVAILABLE` or `BUSY` instead of beginning; otherwise as `work` does. */
  async run<T>(context: TaskContext, work: (context: TaskContext) => Promise<T>): Promise<T> {
    return await this.#turnstile.pass(context.signal, () => this.#runNow(context, work));
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const stop of this.#underWay.keys()) stop.abort();
    await Promise.all(this.#underWay.values());
  }

  async #runNow<T>(context: TaskContext, work: (context: TaskContext) => Promise<T>): Promise<T> {
    if (this.#stopped) throw new GismeshError('PROCESS_UNAVAILABLE', 'The peer is stopping');
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
}
