import type { Timer } from '../src/platform/clock.ts';
import { EventHeap } from './event-heap.ts';
import { Callback, type Delayed, type Happening, Lane } from './happening.ts';

/**
 * Moments lie on a grid of a binary fraction of a millisecond: sums of them are exact, and however short a
 * delay, time moves on. Otherwise a due time that rounding puts just after now would be waited for for ever.
 */
const TICKS_PER_MS = 1024;

/** The first moment of the grid that is not before. */
export function onGrid(ms: number): number {
  return Math.ceil(ms * TICKS_PER_MS) / TICKS_PER_MS;
}

/** Lanes at most: of delays that hardly anything has, none is kept. */
const MAX_LANES = 256;

/** Turns of Node's event loop that are asked for at once. */
const TURNS = 64;

/**
 * The one time of a simulated world: a heap of events, and a loop that takes the earliest, moves time there
 * and runs it. Promises that an event settles run to their end before the next event, so the order of all
 * code is a function of the events alone. Nothing in a simulated world may wait for real I/O.
 */
export class VirtualTime {
  readonly #heap = new EventHeap<Happening | Lane>();
  /** By delay, ms. */
  readonly #lanes = new Map<number, Lane>();
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
    const event = new Callback(callback);
    this.add(atMs, event);
    return event;
  }

  /** Lets an event, that is not scheduled, happen. */
  add(atMs: number, event: Happening): void {
    this.#number(event, atMs);
    this.#heap.push(event);
    this.#wake();
  }

  /** As `add`, for what comes after a whole number of ms: timeouts and periods, of which many are alike. */
  addAfter(delayMs: number, event: Delayed): void {
    const lane = this.#laneOf(delayMs);
    if (!lane) {
      this.add(this.#nowMs + delayMs, event);
      return;
    }
    this.#number(event, this.#nowMs + delayMs);
    lane.push(event);
    if (!lane.isQueued) this.#queue(lane, event);
    this.#wake();
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

  #run(untilMs: number, condition: () => boolean): Promise<boolean> {
    if (this.#running) return Promise.reject(new Error('virtual time is already running'));
    this.#running = true;
    return eachTurn(() => {
      if (condition()) return true;
      const event = this.#next(untilMs);
      if (event === undefined) return false;
      this.#nowMs = event.atMs;
      this.#processed += 1;
      event.happen();
      return undefined;
    }).finally(() => {
      this.#running = false;
    });
  }

  /** Takes the next event that is not cancelled, if it is due by then. */
  #next(untilMs: number): Happening | undefined {
    for (;;) {
      const event = this.#heap.peek();
      if (event === undefined || event.atMs > untilMs) return undefined;
      this.#heap.pop();
      if (event instanceof Lane) {
        const due = event.takeDue();
        if (event.first) this.#queue(event, event.first);
        if (due) return due;
      } else if (!event.isCancelled) return event;
    }
  }

  #number(event: Happening, atMs: number): void {
    event.atMs = Math.max(onGrid(atMs), this.#nowMs);
    event.order = this.#scheduled;
    this.#scheduled += 1;
  }

  #wake(): void {
    if (this.#live && !this.#running) void this.#drain();
  }

  #laneOf(delayMs: number): Lane | undefined {
    if (!Number.isInteger(delayMs)) return undefined;
    let lane = this.#lanes.get(delayMs);
    if (!lane && this.#lanes.size < MAX_LANES) {
      lane = new Lane();
      this.#lanes.set(delayMs, lane);
    }
    return lane;
  }

  #queue(lane: Lane, first: Delayed): void {
    lane.queue(first);
    this.#heap.push(lane);
  }
}

/** A macrotask: it begins when no microtask is left. */
function afterMicrotasks(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * Calls `step` in turn after turn, each of which begins when no microtask is left, until it gives an outcome or
 * throws. Node runs the microtasks between two immediates also when both were asked for before, so asking for
 * many at once saves most of what a turn costs.
 */
function eachTurn<T>(step: () => T | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    let left = 0;
    let over = false;
    const turn = () => {
      left -= 1;
      if (over) return;
      try {
        const outcome = step();
        if (outcome !== undefined) {
          over = true;
          resolve(outcome);
        }
      } catch (error) {
        over = true;
        reject(error);
      }
      if (left === 0 && !over) ask();
    };
    const ask = () => {
      left = TURNS;
      for (let i = 0; i < TURNS; i += 1) setImmediate(turn);
    };
    ask();
  });
}
