import type { Clock } from '../../../src/platform/clock.ts';
import { systemClock } from '../../../src/platform/system.ts';

/** The machine's time, whose timers keep the test's process alive. */
export const liveClock: Clock = {
  now: () => systemClock.now(),
  wallTime: () => systemClock.wallTime(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};
