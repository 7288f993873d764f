/** Something to happen at a moment of virtual time; among equals the one scheduled first comes first. */
export interface ScheduledEvent {
  readonly atMs: number;
  readonly order: number;
}

/** Children of a node: flatter than a binary heap, so that a push touches less memory. */
const ARITY = 4;

/** A min-heap of events. Their times lie beside each other: comparing two of them follows no pointer. */
export class EventHeap<Event extends ScheduledEvent = ScheduledEvent> {
  readonly #events: Event[] = [];
  readonly #times: number[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): Event | undefined {
    return this.#events[0];
  }

  push(event: Event): void {
    const events = this.#events;
    const times = this.#times;
    const { atMs } = event;
    let index = events.length;
    events.push(event);
    times.push(atMs);
    while (index > 0) {
      const parent = ((index - 1) / ARITY) | 0;
      const parentMs = times[parent]!;
      if (parentMs < atMs || (parentMs === atMs && events[parent]!.order < event.order)) break;
      events[index] = events[parent]!;
      times[index] = parentMs;
      index = parent;
    }
    events[index] = event;
    times[index] = atMs;
  }

  pop(): Event | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    this.#times.pop();
    if (last !== undefined && this.#events.length > 0) this.#sink(last);
    return first;
  }

  #sink(event: Event): void {
    const events = this.#events;
    const times = this.#times;
    const { length } = events;
    const { atMs, order } = event;
    let index = 0;
    for (;;) {
      const begin = ARITY * index + 1;
      if (begin >= length) break;
      const end = Math.min(begin + ARITY, length);
      let least = begin;
      let leastMs = times[begin]!;
      for (let child = begin + 1; child < end; child += 1) {
        const childMs = times[child]!;
        if (childMs > leastMs) continue;
        if (childMs === leastMs && events[child]!.order > events[least]!.order) continue;
        least = child;
        leastMs = childMs;
      }
      if (atMs < leastMs || (atMs === leastMs && order < events[least]!.order)) break;
      events[index] = events[least]!;
      times[index] = leastMs;
      index = least;
    }
    events[index] = event;
    times[index] = atMs;
  }
}
