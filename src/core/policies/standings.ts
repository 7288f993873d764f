import type { Bid } from '../placement.ts';

/** Weight of a new bid: follows a change within some five of them. */
const SMOOTHING = 0.2;
/** A bid counts as at most so many times the warm service, a declined one too: who was full is asked again. */
const WORST = 10;
const BEST = 0.2;
/** Most peers remembered; the one that has not bid for longest is forgotten. */
const MAX_PEERS = 1_024;

/**
 * How good the bids of each peer were lately, as one front door saw them. A slow machine, or one beside its owner,
 * seldom wins: to ask it as often as the others wastes two messages, and the place of one that might.
 */
export class Standings {
  /** Bids over the warm service, smoothed; those that bid last at the end. */
  readonly #ratios = new Map<string, number>();

  /** How readily to ask: 1 for one that is not known, the more the lower its bids are. */
  weightOf(peer: string): number {
    return 1 / (this.#ratios.get(peer) ?? 1);
  }

  learn(bids: readonly Bid[], warmMs: number): void {
    for (const { peer, kind, expectedMs } of bids) {
      if (kind !== 'draw') continue;
      const ratio = Math.min(WORST, Math.max(BEST, expectedMs / warmMs));
      const known = this.#ratios.get(peer) ?? 1;
      this.#ratios.delete(peer);
      this.#ratios.set(peer, known + SMOOTHING * (ratio - known));
    }
    for (const peer of this.#ratios.keys()) {
      if (this.#ratios.size <= MAX_PEERS) return;
      this.#ratios.delete(peer);
    }
  }
}
