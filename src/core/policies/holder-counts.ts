export interface HolderCountOptions {
  /** Holders of a project that is new or rare. */
  readonly min: number;
  /** Most projects remembered; the one unused for longest is forgotten. */
  readonly maxGroups: number;
}

/** Share by which a win of a peer that is no holder widens the circle of holders. */
const GROWTH = 0.15;
/** Wins by holders that take back the growth of one win by another peer. */
const WINS_PER_STEP = 20;

/**
 * On how many peers each project should be kept open, as one front door learns it: on more whenever a peer
 * that is no holder makes the best bid, slowly on fewer while the holders suffice. It settles where about one
 * request in `WINS_PER_STEP` is better served elsewhere.
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

  /** A request of `group` was won by one of its holders, or not, among `peers` candidates. */
  won(group: string | undefined, byHolder: boolean, peers: number): void {
    if (group === undefined) return;
    const count = this.#counts.get(group) ?? this.#options.min;
    const step = Math.max(1, GROWTH * count);
    const next = byHolder ? count - step / WINS_PER_STEP : Math.min(peers, count + step);
    this.#counts.delete(group);
    this.#counts.set(group, Math.max(this.#options.min, next));
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#options.maxGroups && oldest !== undefined) this.#counts.delete(oldest);
  }
}
