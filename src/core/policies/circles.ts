/** On how many peers a project should be kept open. */
export interface Circle {
  readonly peers: number;
  /** Of two that differ the one of the higher version holds, of equal versions the wider; 0: nobody has said anything. */
  readonly version: number;
}

export interface CircleOptions {
  /** Holders of a project that is new or rare. */
  readonly min: number;
  /** Most projects remembered; the one unused for longest is forgotten. */
  readonly maxGroups: number;
  /** Share of a project's drawings that its holders may be too busy for before it gets more of them. */
  readonly shortShare: number;
  /** By which a circle is widened. */
  readonly growth: number;
  /** Between two widenings: time for the new holders to open the project and for others to hear of them, ms. */
  readonly widenEveryMs: number;
  /** Between two narrowings, ms. */
  readonly narrowEveryMs: number;
}

interface Entry {
  circle: Circle;
  /** When it was last changed or heard of for the first time. */
  sinceMs: number;
  /** Share of the drawings since then for which the holders were too busy; follows some ten of them. */
  short: number;
}

const SMOOTHING = 0.1;
/** A circle whose holders are too busy less often than this part of the bound may be narrowed. */
const AMPLE = 0.25;
/** By which a circle is narrowed. */
const NARROWING = 0.1;
/** What a peer may claim: beyond any mesh. */
const MAX_PEERS = 65_535;

/**
 * How wide the circles of holders are. Whoever draws for a project learns from those who ask whether its holders
 * were too busy, decides, and tells with every bid: where a project is drawn most of its requests are seen, while
 * each front door sees few of them. All who hear of a circle agree by its version, however they hear of it, so a
 * hot project has its holders within some round trips and not after each front door has learned it alone.
 */
export class Circles {
  readonly #options: CircleOptions;
  /** In order of last use, oldest first. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: CircleOptions) {
    this.#options = options;
  }

  /** Holders of a project that is new or rare. */
  get min(): number {
    return this.#options.min;
  }

  of(group: string): Circle {
    return this.#entries.get(group)?.circle ?? { peers: this.#options.min, version: 0 };
  }

  /** Another peer says how wide it is; whether that is news. */
  hear(group: string, circle: Circle, nowMs: number): boolean {
    const { version } = circle;
    const peers = Math.min(MAX_PEERS, Math.max(this.#options.min, circle.peers));
    const known = this.of(group);
    if (version < known.version || (version === known.version && peers <= known.peers)) return false;
    this.#keep(group, { circle: { peers, version }, sinceMs: nowMs, short: 0 });
    return true;
  }

  /** This peer draws for `group`; `short`: the holders asked were too busy while another peer had nothing to do. */
  drew(group: string, short: boolean, nowMs: number): void {
    const { min, shortShare, narrowEveryMs } = this.#options;
    const entry = this.#entryOf(group);
    entry.short += SMOOTHING * (Number(short) - entry.short);
    this.#keep(group, entry);
    const { peers } = entry.circle;
    const unchangedMs = nowMs - entry.sinceMs;
    if (entry.short > shortShare) this.#widen(entry, nowMs);
    else if (entry.short < shortShare * AMPLE && unchangedMs >= narrowEveryMs && peers > min) {
      this.#change(entry, Math.max(min, Math.floor(peers * (1 - NARROWING))), nowMs);
    }
  }

  #entryOf(group: string): Entry {
    return this.#entries.get(group) ?? { circle: this.of(group), sinceMs: -Infinity, short: 0 };
  }

  #widen(entry: Entry, nowMs: number): void {
    const { growth, widenEveryMs } = this.#options;
    if (nowMs - entry.sinceMs < widenEveryMs) return;
    this.#change(entry, Math.min(MAX_PEERS, Math.ceil(entry.circle.peers * (1 + growth))), nowMs);
  }

  #change(entry: Entry, peers: number, nowMs: number): void {
    entry.circle = { peers, version: entry.circle.version + 1 };
    entry.sinceMs = nowMs;
    entry.short = 0;
  }

  #keep(group: string, entry: Entry): void {
    this.#entries.delete(group);
    this.#entries.set(group, entry);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#options.maxGroups && oldest !== undefined) this.#entries.delete(oldest);
  }
}
