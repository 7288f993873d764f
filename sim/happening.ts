import type { Timer } from '../src/platform/clock.ts';
import type { ScheduledEvent } from './event-heap.ts';

/** Something that will happen in virtual time, and the handle of whoever scheduled it; scheduled once at most. */
export abstract class Happening implements ScheduledEvent, Timer {
  atMs = 0;
  /** Among all of one moment. */
  order = 0;
  isCancelled = false;

  abstract happen(): void;

  cancel(): void {
    this.isCancelled = true;
  }
}

/** What only calls back. */
export class Callback extends Happening {
  /** Gone once cancelled: what it holds need not wait for its time to be let go. */
  #callback: (() => void) | undefined;

  constructor(callback: () => void) {
    super();
    this.#callback = callback;
  }

  happen(): void {
    this.#callback?.();
  }

  override cancel(): void {
    super.cancel();
    this.#callback = undefined;
  }
}

/** What happens after a delay that many have: it waits in their lane. */
export abstract class Delayed extends Happening {
  lane: Lane | undefined;
  ahead: Delayed | undefined;
  behind: Delayed | undefined;

  override cancel(): void {
    super.cancel();
    this.lane?.remove(this);
  }
}

/**
 * All that waits for equally long, in the order of its time, which is that of its scheduling; only the first takes part
 * in the order of all events. Nearly every timeout is cancelled a moment after it began: in a lane that costs two
 * pointers, and nothing of it is left.
 */
export class Lane implements ScheduledEvent {
  atMs = 0;
  order = 0;
  #first: Delayed | undefined;
  #last: Delayed | undefined;
  /** Stands in the heap, at the time of who was the first, or of one that was before it. */
  isQueued = false;

  get first(): Delayed | undefined {
    return this.#first;
  }

  /** Appends what happens no earlier than all that is in the lane. */
  push(event: Delayed): void {
    event.lane = this;
    event.ahead = this.#last;
    if (this.#last) this.#last.behind = event;
    else this.#first = event;
    this.#last = event;
  }

  remove(event: Delayed): void {
    const { ahead, behind } = event;
    if (ahead) ahead.behind = behind;
    else this.#first = behind;
    if (behind) behind.ahead = ahead;
    else this.#last = ahead;
    event.lane = undefined;
    event.ahead = undefined;
    event.behind = undefined;
  }

  /** Takes part in the order of all events with the time of its first. */
  queue(first: Delayed): void {
    this.atMs = first.atMs;
    this.order = first.order;
    this.isQueued = true;
  }

  /** Takes the first out when this is its time; undefined when what was to happen now has been cancelled. */
  takeDue(): Delayed | undefined {
    this.isQueued = false;
    const first = this.#first;
    if (first?.order !== this.order) return undefined;
    this.remove(first);
    return first;
  }
}
