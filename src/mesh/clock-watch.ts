import type { Clock, Timer } from '../platform/clock.ts';
import type { ClockWatchOptions } from './membership-options.ts';

export interface ClockWatchListener {
  /** The machine slept, or its wall clock was set: `byMs` is how far the clocks moved apart. */
  jumped(byMs: number): void;
  /** This process did not run for about `byMs`. */
  stalled(byMs: number): void;
  /** A regular check, the clocks being in order. */
  checked(): void;
}

/**
 * Notices that this peer did not take part for a while. A closed lid stops the monotonic clock on some
 * systems and not on others, so both signs are looked for: the wall clock running away from the monotonic
 * one, and a timer that fires far too late.
 */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #options: ClockWatchOptions;
  readonly #listener: ClockWatchListener;
  #timer: Timer | undefined;

  constructor(clock: Clock, options: ClockWatchOptions, listener: ClockWatchListener) {
    this.#clock = clock;
    this.#options = options;
    this.#listener = listener;
  }

  start(): void {
    const { checkMs, jumpMs, stallMs } = this.#options;
    const nowMs = this.#clock.now();
    const wallMs = this.#clock.wallTime();
    this.#timer = this.#clock.after(checkMs, () => {
      const passedMs = this.#clock.now() - nowMs;
      const apartMs = this.#clock.wallTime() - wallMs - passedMs;
      this.start();
      if (Math.abs(apartMs) >= jumpMs) this.#listener.jumped(apartMs);
      else if (passedMs - checkMs >= stallMs) this.#listener.stalled(passedMs - checkMs);
      else this.#listener.checked();
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }
}
