import type { Clock } from '../platform/clock.ts';
import type { Network } from '../platform/network.ts';
import type { Roster } from './roster.ts';

/** Connections of who is cut off close one after the other, each when its own silence has lasted long enough, ms. */
const CUT_OFF_WITHIN_MS = 120_000;

export interface SolitudeParts {
  readonly network: Pick<Network, 'connected'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly roster: Pick<Roster, 'size' | 'suspectAll' | 'reprieve'>;
}

/**
 * A peer of a large mesh that has lost every connection. Most members were others' to watch, and nobody is left
 * to hear of them from: all are suspects then, and dead when their time is over. But it is likelier that this
 * peer was cut off than that all others went: once it meets somebody again, it asks instead of telling.
 */
export class Solitude {
  readonly #parts: SolitudeParts;
  /** Members from which on not everyone is connected to everyone. The dead count: some are the last neighbours. */
  readonly #largeFrom: number;
  #sinceMs: number | undefined;

  constructor(parts: SolitudeParts, largeFrom: number) {
    this.#parts = parts;
    this.#largeFrom = largeFrom;
  }

  /** A connection opened; to be told before anything is said over it. */
  connected(): void {
    if (this.#sinceMs === undefined) return;
    this.#parts.roster.reprieve(this.#sinceMs - CUT_OFF_WITHIN_MS);
    this.#sinceMs = undefined;
  }

  /** A connection closed, and its member's standing has followed. */
  disconnected(): void {
    const { network, clock, roster } = this.#parts;
    if (network.connected().length > 0 || roster.size < this.#largeFrom) return;
    this.#sinceMs ??= clock.now();
    roster.suspectAll('unconnected');
  }
}
