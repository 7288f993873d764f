/** Something to happen at a moment of virtual time; among equals the one scheduled first comes first. */
export interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

/** A binary min-heap of events. */
export class EventHeap {
  readonly #events: ScheduledEvent[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): ScheduledEvent | undefined {
    return this.#events[0];
  }

  push(event: ScheduledEvent): void {
    const events = this.#events;
    let index = events.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent]!)) break;
      events[index] = events[parent]!;
      index = parent;
    }
    events[index] = event;
  }

  pop(): ScheduledEvent | undefined {
    const events = this.#events;
    const first = events[0];
    const last = events.pop();
    if (last !== undefined && events.length > 0) this.#sink(last);
    return first;
  }

  #sink(event: ScheduledEvent): void {
    const events = this.#events;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1]!, events[child]!)) child += 1;
      if (!isBefore(events[child]!, event)) break;
      events[index] = events[child]!;
      index = child;
    }
    events[index] = event;
  }
}

function isBefore(a: ScheduledEvent, b: ScheduledEvent): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
