import type { Clock } from '../../../src/platform/clock.ts';
import { systemClock } from '../../../src/platform/system.ts';

/** The machine's clock with timers that keep the test process alive, as the product's do not. */
export const liveClock: Clock = {
  ...systemClock,
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
