import { GismeshError } from '../src/core/errors.ts';
import type { Clock } from '../src/platform/clock.ts';
import type { CallOptions } from '../src/platform/network.ts';

/**
 * The promise that `begin` settles, unless the options' time is over or their signal aborts first; then
 * `onGivenUp` runs.
 */
export function within<T>(
  clock: Clock,
  options: CallOptions,
  what: string,
  begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  onGivenUp: () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const finish = (settle: () => void) => {
      timer.cancel();
      options.signal?.removeEventListener('abort', onAbort);
      settle();
    };
    const giveUp = (error: Error) => {
      finish(() => reject(error));
      onGivenUp();
    };
    const onAbort = () => giveUp(cancelled(options.signal));
    const timer = clock.after(options.timeoutMs, () => giveUp(tookTooLong(what, options)));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    begin(
      (value) => finish(() => resolve(value)),
      (error) => finish(() => reject(error)),
    );
  });
}

export function cancelled(signal: AbortSignal | undefined): GismeshError {
  return new GismeshError('CANCELLED', 'the caller gave up', { cause: signal?.reason });
}

export function tookTooLong(what: string, { timeoutMs }: CallOptions): GismeshError {
  return new GismeshError('NETWORK_TIMEOUT', `${what} took longer than ${timeoutMs} ms`);
}
