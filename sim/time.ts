import type { Timer } from '../src/platform/clock.ts';
import type { ScheduledEvent } from './event-heap.ts';
import { EventHeap } from './event-heap.ts';

/**
 * Moments lie on a grid of a binary fraction of a millisecond: sums of them are exact, and however short a
 * delay, time moves on. Otherwise a due time that rounding puts just after now would be waited for for ever.
 */
const TICKS_PER_MS = 1024;

/**
 * The one time of a simulated world: a heap of events, and a loop that takes the earliest, moves time there
 * and runs it. Promises that an event settles run to their end before the next event, so the order of all
 * code is a function of the events alone. Nothing in a simulated world may wait for real I/O.
 */
export class VirtualTime {
  readonly #heap = new EventHeap();
  #nowMs = 0;
  #scheduled = 0;
  #running = false;
  #live = false;
  #processed = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events run so far. */
  get processed(): number {
    return this.#processed;
  }

  at(atMs: number, callback: () => void): Timer {
    const event: ScheduledEvent = {
      atMs: Math.max(Math.ceil(atMs * TICKS_PER_MS) / TICKS_PER_MS, this.#nowMs),
      order: this.#scheduled,
      callback,
      cancelled: false,
    };
    this.#scheduled += 1;
    this.#heap.push(event);
    if (this.#live && !this.#running) void this.#drain();
    return {
      cancel: () => {
        event.cancelled = true;
      },
    };
  }

  /** Runs everything that happens within the next `durationMs`. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await this.#run(untilMs, () => false);
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Runs until `condition` holds, looked at after every event; false when it did not within `limitMs`. */
  async until(condition: () => boolean, limitMs: number): Promise<boolean> {
    if (condition()) return true;
    return this.#run(this.#nowMs + limitMs, condition);
  }

  /** Runs until the promise is settled and gives its outcome; throws when it is not within `limitMs`. */
  async settle<T>(promise: Promise<T>, limitMs: number): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    await afterMicrotasks();
    if (!(await this.until(() => settled, limitMs))) {
      throw new Error(`nothing settled the promise within ${limitMs} ms of virtual time`);
    }
    return promise;
  }

  /** Resolves when nothing is scheduled any more; only where events run by themselves. */
  async idle(): Promise<void> {
    do await afterMicrotasks();
    while (this.#running || this.#heap.size > 0);
  }

  /** From now on events run by themselves as soon as they are scheduled: for code that cannot drive the loop. */
  runByItself(): void {
    this.#live = true;
    if (!this.#running) void this.#drain();
  }

  async #drain(): Promise<void> {
    // First let the code that scheduled the event finish its turn.
    this.#running = true;
    await afterMicrotasks();
    this.#running = false;
    await this.#run(Number.POSITIVE_INFINITY, () => false);
  }

  async #run(untilMs: number, condition: () => boolean): Promise<boolean> {
    if (this.#running) throw new Error('virtual time is already running');
    this.#running = true;
    try {
      await afterMicrotasks();
      for (;;) {
        if (condition()) return true;
        const event = this.#heap.peek();
        if (event === undefined || event.atMs > untilMs) return false;
        this.#heap.pop();
        if (event.cancelled) continue;
        this.#nowMs = event.atMs;
        this.#processed += 1;
        event.callback();
        await afterMicrotasks();
      }
    } finally {
      this.#running = false;
    }
  }
}

/** A macrotask: it begins when no microtask is left. */
function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
