import type { Bid } from '../placement.ts';

export interface StandingsOptions {
  /** Weight of a new bid, 0 to 1. */
  readonly smoothing: number;
  /** A bid counts as at least and as most so many times the warm service, a declined one too. */
  readonly best: number;
  readonly worst: number;
  /** Most peers remembered; the one that has not bid for longest is forgotten. */
  readonly maxPeers: number;
}

/**
 * How good the bids of each peer were lately, as one front door saw them. A slow machine, or one beside its owner,
 * seldom wins: to ask it as often as the others wastes two messages, and the place of one that might.
 */
export class Standings {
  readonly #options: StandingsOptions;
  /** Bids over the warm service, smoothed; those that bid last at the end. */
  readonly #ratios = new Map<string, number>();

  constructor(options: StandingsOptions) {
    this.#options = options;
  }

  /** How readily to ask: 1 for one that is not known, the more the lower its bids are. */
  weightOf(peer: string): number {
    return 1 / (this.#ratios.get(peer) ?? 1);
  }

  /** `warmMs`: what is not a time above 0 teaches nothing. */
  learn(bids: readonly Bid[], warmMs: number): void {
    const { smoothing, best, worst, maxPeers } = this.#options;
    if (!(warmMs > 0)) return;
    for (const { peer, kind, expectedMs } of bids) {
      if (kind !== 'draw') continue;
      const ratio = Math.min(worst, Math.max(best, expectedMs / warmMs));
      const known = this.#ratios.get(peer) ?? 1;
      this.#ratios.delete(peer);
      this.#ratios.set(peer, known + smoothing * (ratio - known));
    }
    for (const peer of this.#ratios.keys()) {
      if (this.#ratios.size <= maxPeers) return;
      this.#ratios.delete(peer);
    }
  }
}
