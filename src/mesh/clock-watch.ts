import type { Clock, Timer } from '../platform/clock.ts';
import type { ClockWatchOptions } from './membership-options.ts';

export interface ClockWatchListener {
  /** The machine slept, or its wall clock was set: `byMs` is how far the clocks moved apart. */
  jumped(byMs: number): void;
  /** This process did not run for about `byMs`. */
  stalled(byMs: number): void;
  /** A regular check is over. */
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
  #seenMs = 0;
  #seenWallMs = 0;

  constructor(clock: Clock, options: ClockWatchOptions, listener: ClockWatchListener) {
    this.#clock = clock;
    this.#options = options;
    this.#listener = listener;
  }

  start(): void {
    this.#look();
    this.#schedule();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** Looks at the clocks now: before a judgement that depends on time. */
  check(): void {
    const { checkMs, jumpMs, stallMs } = this.#options;
    const { passedMs, apartMs } = this.#look();
    if (Math.abs(apartMs) >= jumpMs) this.#listener.jumped(apartMs);
    else if (passedMs - checkMs >= stallMs) this.#listener.stalled(passedMs - checkMs);
  }

  /** How far the monotonic clock went since the last look, and how much farther the wall clock. */
  #look(): { passedMs: number; apartMs: number } {
    const nowMs = this.#clock.now();
    const wallMs = this.#clock.wallTime();
    const passedMs = nowMs - this.#seenMs;
    const apartMs = wallMs - this.#seenWallMs - passedMs;
    this.#seenMs = nowMs;
    this.#seenWallMs = wallMs;
    return { passedMs, apartMs };
  }

  #schedule(): void {
    this.#timer = this.#clock.after(this.#options.checkMs, () => {
      this.#schedule();
      this.check();
      this.#listener.checked();
    });
  }
}
