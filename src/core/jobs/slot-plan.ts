/** What a job asks of the slots of a peer. */
export interface SlotDemand {
  /** A whole run, or the rest of one, ms. */
  readonly serviceMs: number;
  /** Long jobs leave one slot to the others. */
  readonly isLong: boolean;
  /** Slots that it takes at a time, at least 1; all that it may have when there are fewer. */
  readonly slots: number;
}

/**
 * When the jobs of one peer begin and end, by list scheduling: each in turn takes the slots that are free first
 * (Graham 1969). Times are ms from now on.
 */
export class SlotPlan {
  readonly #freeAtMs: number[];
  /** Of those that long jobs may have at a time. */
  readonly #freeForLongMs: number[];

  constructor(slots: number) {
    this.#freeAtMs = new Array<number>(slots).fill(0);
    this.#freeForLongMs = new Array<number>(slotsFor(true, slots)).fill(0);
  }

  /** Until one more job could begin; infinite without slots. */
  waitMs({ isLong, slots }: Pick<SlotDemand, 'isLong' | 'slots'>): number {
    const width = this.#width({ isLong, slots });
    const waitMs = freeAt(this.#freeAtMs, width);
    return isLong ? Math.max(waitMs, freeAt(this.#freeForLongMs, width)) : waitMs;
  }

  /** The next job in turn, or one that runs already, with what it still takes. When it ends. */
  add({ serviceMs, isLong, slots }: SlotDemand): number {
    const width = this.#width({ isLong, slots });
    const endMs = this.waitMs({ isLong, slots }) + Math.max(0, serviceMs);
    occupy(this.#freeAtMs, width, endMs);
    if (isLong) occupy(this.#freeForLongMs, width, endMs);
    return endMs;
  }

  #width({ isLong, slots }: Pick<SlotDemand, 'isLong' | 'slots'>): number {
    return widthOf({ isLong, slots }, this.#freeAtMs.length);
  }
}

/** How many of the slots of a peer such a job takes at a time. */
export function widthOf({ isLong, slots }: Pick<SlotDemand, 'isLong' | 'slots'>, all: number): number {
  return Math.max(1, Math.min(slots, slotsFor(isLong, all)));
}

/** How many of all slots long jobs, or others, may have at a time. */
export function slotsFor(isLong: boolean, all: number): number {
  return isLong && all > 1 ? all - 1 : all;
}

/** When so many of them are free; infinite where there are not so many. */
function freeAt(freeAtMs: readonly number[], count: number): number {
  return freeAtMs.toSorted((a, b) => a - b)[count - 1] ?? Infinity;
}

/** Those that are free first. */
function occupy(freeAtMs: number[], count: number, untilMs: number): void {
  if (freeAtMs.length === 0) return;
  freeAtMs.sort((a, b) => a - b);
  freeAtMs.fill(untilMs, 0, count);
}
