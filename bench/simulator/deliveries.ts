import type { Delivery } from '../../sim/fabric.ts';

/** What arrived, by label. */
export class Deliveries {
  readonly #tallies = new Map<string, { label: string; count: number; bytes: number }>();

  count({ label, bytes }: Delivery): void {
    let tally = this.#tallies.get(label);
    if (!tally) {
      tally = { label, count: 0, bytes: 0 };
      this.#tallies.set(label, tally);
    }
    tally.count += 1;
    tally.bytes += bytes;
  }

  /** The most frequent first. */
  byLabel(): Array<{ readonly label: string; readonly count: number; readonly bytes: number }> {
    return [...this.#tallies.values()].map((tally) => ({ ...tally })).sort((a, b) => b.count - a.count);
  }
}
