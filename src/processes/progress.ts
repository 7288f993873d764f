import type { Clock } from '../platform/clock.ts';
import type { TaskContext } from './process.ts';
import type { Suspension } from './suspension.ts';

/** A context whose progress never goes back, whatever the work says of itself. */
export class RisingProgress implements TaskContext {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly suspension: Suspension | undefined;
  readonly #inner: TaskContext;
  #percent = 0;

  constructor(inner: TaskContext) {
    this.signal = inner.signal;
    this.clock = inner.clock;
    this.suspension = inner.suspension;
    this.#inner = inner;
  }

  onProgress(percent: number, message: string): void {
    if (!Number.isFinite(percent)) return;
    this.#percent = Math.min(100, Math.max(this.#percent, percent));
    this.#inner.onProgress(this.#percent, message);
  }

  log(line: string): void {
    this.#inner.log(line);
  }
}
