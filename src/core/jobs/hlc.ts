/**
 * Hybrid logical clock (Kulkarni and others, "Logical Physical Clocks", 2014): wall time that never goes back
 * and that is always later than what was heard. For the order and display of job statuses, never for leases.
 */
export interface HlcTime {
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
  /** Orders what happened within one millisecond; at most `HLC_MAX_COUNTER`. */
  readonly counter: number;
}

export const HLC_MAX_COUNTER = 0xffff;

export class HybridClock {
  readonly #maxDriftMs: number;
  #last: HlcTime = { wallMs: 0, counter: 0 };

  /** `maxDriftMs`: how far another peer's clock may be ahead of this one's and still be followed. */
  constructor(maxDriftMs: number) {
    this.#maxDriftMs = maxDriftMs;
  }

  /** The time of an own event: later than all before, and than all received. */
  tick(wallMs: number): HlcTime {
    this.#last = successor(this.#last, wallMs);
    return this.#last;
  }

  /** Takes note of a time that another peer gave. False, and no effect, when it is too far in the future. */
  receive(time: HlcTime, wallMs: number): boolean {
    if (time.wallMs > wallMs + this.#maxDriftMs) return false;
    if (compareHlc(time, this.#last) > 0) this.#last = time;
    return true;
  }
}

/** Negative when `a` is earlier. */
export function compareHlc(a: HlcTime, b: HlcTime): number {
  return a.wallMs - b.wallMs || a.counter - b.counter;
}

function successor(last: HlcTime, wallMs: number): HlcTime {
  if (wallMs > last.wallMs) return { wallMs, counter: 0 };
  if (last.counter >= HLC_MAX_COUNTER) return { wallMs: last.wallMs + 1, counter: 0 };
  return { wallMs: last.wallMs, counter: last.counter + 1 };
}
