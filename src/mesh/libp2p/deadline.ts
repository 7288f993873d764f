import type { Clock, Timer } from '../../platform/clock.ts';
import type { CallOptions } from '../../platform/network.ts';
import { cancelled, timedOut } from './errors.ts';

/** A caller's signal and time limit as one signal, whose reason is the error to throw. Dispose of it. */
export class Deadline {
  readonly signal: AbortSignal;
  readonly #timer: Timer;
  readonly #forget: () => void;

  constructor(clock: Clock, what: string, { signal, timeoutMs }: CallOptions) {
    const controller = new AbortController();
    const onAbort = () => controller.abort(cancelled(what, signal!));
    this.signal = controller.signal;
    this.#timer = clock.after(timeoutMs, () => controller.abort(timedOut(what, timeoutMs)));
    this.#forget = () => signal?.removeEventListener('abort', onAbort);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
  }

  /** Settles like `promise`, unless the time is up first. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this;
    signal.throwIfAborted();
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([promise, ended]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  dispose(): void {
    this.#timer.cancel();
    this.#forget();
  }
}
