import type { PeerId } from '../platform/network.ts';

/** How many answers of this front door each peer drew. Bounded: the peer counted longest ago is forgotten. */
export class DrawnCounts {
  readonly #counts = new Map<PeerId, number>();
  readonly #maxPeers: number;

  constructor(maxPeers: number) {
    this.#maxPeers = maxPeers;
  }

  add(peer: PeerId): void {
    const count = this.of(peer) + 1;
    this.#counts.delete(peer);
    this.#counts.set(peer, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#maxPeers && oldest !== undefined) this.#counts.delete(oldest);
  }

  of(peer: PeerId): number {
    return this.#counts.get(peer) ?? 0;
  }
}
