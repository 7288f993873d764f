import { setImmediate } from 'node:timers/promises';
import type { Clock, Timer } from '../../../src/platform/clock.ts';

/** Time that passes only when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly dueMs: number; callback(): void }>();

  now(): number {
    return this.#nowMs;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.#nowMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** Runs what falls due on the way, in order. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    while (this.#runNext(endMs));
    this.#nowMs = endMs;
  }

  /** The same; whatever each timer sets off is finished before the next one runs. */
  async advanceSettled(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    do await settled();
    while (this.#runNext(endMs));
    this.#nowMs = endMs;
  }

  #runNext(endMs: number): boolean {
    const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
    if (next === undefined || next.dueMs > endMs) return false;
    this.#timers.delete(next);
    this.#nowMs = next.dueMs;
    next.callback();
    return true;
  }
}

/** Every promise that can go on without time or the outside world has done so. */
export async function settled(): Promise<void> {
  await setImmediate();
}
