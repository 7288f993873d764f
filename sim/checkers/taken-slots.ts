import type { RoomView } from './room-view.ts';

/** Between two looks, ms. */
const LOOK_MS = 1_000;

interface Look {
  readonly atMs: number;
  /** Numbers of the peers whose engine had a slot free. */
  readonly free: ReadonlySet<number>;
}

/** Whose engines had nothing free, at the looks of the last seconds: who draws all the time cannot draw more. */
export class TakenSlots {
  readonly #keepMs: number;
  #looks: Look[] = [];

  /** @param keepMs how far back it is asked for */
  constructor(keepMs: number) {
    this.#keepMs = keepMs + 2 * LOOK_MS;
  }

  look({ peers }: RoomView, nowMs: number): void {
    const free = new Set<number>();
    for (const [number, { life }] of peers.entries()) {
      const load = life?.engine.load();
      if (load && load.running < load.slots) free.add(number);
    }
    this.#looks = this.#looks.filter(({ atMs }) => nowMs - atMs <= this.#keepMs);
    this.#looks.push({ atMs: nowMs, free });
  }

  /** Whether all slots of the peer were taken at every look from the last one before `fromMs` on. */
  allTaken(peer: number, fromMs: number, untilMs: number): boolean {
    const looks = this.#looks.filter(({ atMs }) => atMs > fromMs - LOOK_MS && atMs <= untilMs);
    return looks.length > 0 && looks.every(({ free }) => !free.has(peer));
  }
}
