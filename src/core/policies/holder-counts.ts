export interface HolderCountOptions {
  /** Holders of a project that is new or rare. */
  readonly min: number;
  readonly maxGroups: number;
}

/** Wins inside the circle of holders that take back the growth of one win outside. */
const WINS_PER_STEP = 20;

/**
 * How many peers each project should be kept open on, as one front door learns it: one more whenever a peer
 * outside the circle makes the best bid, slowly fewer while the circle suffices. It settles where about one
 * request in `WINS_PER_STEP` is better served outside.
 */
export class HolderCounts {
  readonly #options: HolderCountOptions;
  /** In order of last use, oldest first. */
  readonly #counts = new Map<string, number>();

  constructor(options: HolderCountOptions) {
    this.#options = options;
  }

  of(group: string): number {
    return Math.floor(this.#counts.get(group) ?? this.#options.min);
  }

  wonInside(group: string): void {
    const count = this.#counts.get(group);
    if (count !== undefined) this.#set(group, Math.max(this.#options.min, count - 1 / WINS_PER_STEP));
  }

  wonOutside(group: string, peers: number): void {
    this.#set(group, Math.min(peers, (this.#counts.get(group) ?? this.#options.min) + 1));
  }

  #set(group: string, count: number): void {
    this.#counts.delete(group);
    this.#counts.set(group, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#options.maxGroups && oldest !== undefined) this.#counts.delete(oldest);
  }
}
