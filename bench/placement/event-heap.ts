/** Virtual time: callbacks in order of their time, those of the same time in order of their scheduling. */
export class EventHeap {
  #nowMs = 0;
  #sequence = 0;
  readonly #heap: Event[] = [];

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Runs `action` once, `delayMs` from now. */
  after(delayMs: number, action: () => void): void {
    const event = { atMs: this.#nowMs + delayMs, sequence: this.#sequence, action };
    this.#sequence += 1;
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!before(event, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = event;
  }

  /** Runs events until none is left. */
  run(): void {
    for (let event = this.#pop(); event !== undefined; event = this.#pop()) {
      this.#nowMs = event.atMs;
      event.action();
    }
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child += 1;
      if (!before(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

interface Event {
  readonly atMs: number;
  readonly sequence: number;
  readonly action: () => void;
}

function before(a: Event, b: Event): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}
