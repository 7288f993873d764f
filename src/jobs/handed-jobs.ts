import type { PeerId } from '../platform/network.ts';

/** Most jobs remembered: more than are placed within the time of a bid. */
const MAX_HANDED = 1_000;

/**
 * What this peer gave to others a moment ago. Bids that were asked for before do not know of it: of jobs that are
 * submitted together each would go to the same peer, which promised the same to all.
 */
export class HandedJobs {
  readonly #rememberMs: number;
  /** The latest at the end. */
  #handed: Array<{ readonly peer: PeerId; readonly expectedMs: number; readonly atMs: number }> = [];

  /** @param rememberMs as long as bids are waited for */
  constructor(rememberMs: number) {
    this.#rememberMs = rememberMs;
  }

  add(peer: PeerId, expectedMs: number, nowMs: number): void {
    this.#handed.push({ peer, expectedMs, atMs: nowMs });
    const isOld = ({ atMs }: { atMs: number }) => atMs < nowMs - this.#rememberMs;
    if (this.#handed.length > MAX_HANDED || isOld(this.#handed[0]!)) {
      this.#handed = this.#handed.filter((each) => !isOld(each)).slice(-MAX_HANDED);
    }
  }

  /** Expected time, ms, of the jobs that the peer was given since then. */
  since(askedMs: number, peer: PeerId): number {
    let sum = 0;
    for (const handed of this.#handed) {
      if (handed.peer === peer && handed.atMs >= askedMs) sum += handed.expectedMs;
    }
    return sum;
  }
}
