/** A pending timer; `cancel` is idempotent. */
export interface Timer {
  cancel(): void;
}

/** Time as the product sees it: the machine's in production, virtual in the simulator. */
export interface Clock {
  /** Monotonic milliseconds (fractions allowed) from an arbitrary start; never goes backwards. */
  now(): number;
  /** Milliseconds since the Unix epoch; may jump when the machine slept or its clock was set. */
  wallTime(): number;
  /** Runs `callback` once after `delayMs`. A timer never keeps the process alive. */
  after(delayMs: number, callback: () => void): Timer;
}

/** Resolves after `delayMs`, or rejects with the signal's reason when aborted first. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
