import type { PeerId } from '../src/platform/network.ts';

/** The way between two sites, the same in each direction. */
export interface SiteLink {
  /** On top of the network's own, ms. */
  readonly latencyMs: number;
  readonly bandwidthBytesPerMs: number;
}

/** Rooms or buildings; between every two of them is one link that all share who send across. */
export class Sites {
  readonly #siteOf: ReadonlyMap<PeerId, string>;
  readonly #link: SiteLink;
  /** When the last byte given to a link has left, by site and site: asked for every message, no text is made for it. */
  readonly #freeMs = new Map<string | undefined, Map<string | undefined, number>>();

  constructor(siteOf: ReadonlyMap<PeerId, string>, link: SiteLink) {
    this.#siteOf = siteOf;
    this.#link = link;
  }

  latencyMs(from: PeerId, to: PeerId): number {
    return this.#siteOf.get(from) === this.#siteOf.get(to) ? 0 : this.#link.latencyMs;
  }

  /**
   * When so many bytes, given to the link between the two at `nowMs` and sent at `atMs`, are through; at once within a
   * site. What waits to be sent again has its turn now: a link that stood idle until then would hold back everyone.
   */
  throughMs(from: PeerId, to: PeerId, bytes: number, nowMs: number, atMs: number = nowMs): number {
    const here = this.#siteOf.get(from);
    const there = this.#siteOf.get(to);
    if (here === there) return atMs;
    const ways = this.#freeMs.get(here) ?? new Map<string | undefined, number>();
    this.#freeMs.set(here, ways);
    const takesMs = bytes / this.#link.bandwidthBytesPerMs;
    const freeMs = Math.max(nowMs, ways.get(there) ?? 0) + takesMs;
    ways.set(there, freeMs);
    return Math.max(freeMs, atMs + takesMs);
  }
}
