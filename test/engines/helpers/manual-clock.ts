import type { Clock, Timer } from '../../../src/platform/clock.ts';

/** Time that passes only when told to; whatever it sets off is finished before `advance` resolves. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #timers = new Map<symbol, { at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now;
  }

  after(delayMs: number, callback: () => void): Timer {
    const id = Symbol();
    this.#timers.set(id, { at: this.#now + delayMs, callback });
    return { cancel: () => this.#timers.delete(id) };
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settled();
    for (let due = this.#nextUntil(end); due !== undefined; due = this.#nextUntil(end)) {
      const [id, { at, callback }] = due;
      this.#timers.delete(id);
      this.#now = at;
      callback();
      await settled();
    }
    this.#now = end;
  }

  #nextUntil(end: number) {
    return [...this.#timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
  }
}

/** Every promise that can go on without time or the outside world has done so. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
