import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from './clock.ts';
import type { Random } from './random.ts';

/** The longest delay that `setTimeout` takes; it turns a longer one into 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(delayMs, callback): Timer {
    let handle: NodeJS.Timeout;
    const arm = (remainingMs: number) => {
      const slice = Math.min(remainingMs, LONGEST_TIMEOUT_MS);
      handle = setTimeout(() => (remainingMs > slice ? arm(remainingMs - slice) : callback()), slice);
      handle.unref();
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  },
};

/** The machine's own randomness: `bytes` from the operating system, `next` from the fast generator. */
export const systemRandom: Random = {
  next: () => Math.random(),
  bytes: (length) => new Uint8Array(randomBytes(length)),
};
