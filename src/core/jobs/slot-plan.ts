/**
 * When the jobs of one peer begin and end, by list scheduling: each in turn takes the slot that is free first
 * (Graham 1969). Long jobs leave one slot to the others. Times are ms from now on.
 */
export class SlotPlan {
  readonly #freeAtMs: number[];
  /** Of those that long jobs may have at a time. */
  readonly #freeForLongMs: number[];

  constructor(slots: number) {
    this.#freeAtMs = new Array<number>(slots).fill(0);
    this.#freeForLongMs = new Array<number>(slots > 1 ? slots - 1 : slots).fill(0);
  }

  /** Until one more job could begin; infinite without slots. */
  waitMs(isLong: boolean): number {
    const waitMs = least(this.#freeAtMs);
    return isLong ? Math.max(waitMs, least(this.#freeForLongMs)) : waitMs;
  }

  /** The next job in turn, or one that runs already, with what it still takes. When it ends. */
  add(serviceMs: number, isLong: boolean): number {
    const endMs = this.waitMs(isLong) + Math.max(0, serviceMs);
    occupy(this.#freeAtMs, endMs);
    if (isLong) occupy(this.#freeForLongMs, endMs);
    return endMs;
  }
}

function least(values: readonly number[]): number {
  return Math.min(...values);
}

function occupy(freeAtMs: number[], untilMs: number): void {
  if (freeAtMs.length > 0) freeAtMs[freeAtMs.indexOf(least(freeAtMs))] = untilMs;
}
