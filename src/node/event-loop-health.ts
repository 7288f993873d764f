import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Coarse: the measurement itself wakes the process this often. */
const RESOLUTION_MS = 200;
const NANOSECONDS_PER_MS = 1e6;

/** How late this process's own event loop runs: a peer that is slow itself must be slow to suspect others. */
export class EventLoopHealth {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  constructor() {
    this.#histogram.enable();
  }

  /** Worst delay since the last question, ms. */
  worstDelayMs(): number {
    const worst = this.#histogram.max / NANOSECONDS_PER_MS - RESOLUTION_MS;
    this.#histogram.reset();
    return Number.isFinite(worst) ? Math.max(0, worst) : 0;
  }

  close(): void {
    this.#histogram.disable();
  }
}
