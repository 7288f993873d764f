import type { Clock } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import type { DialOptions } from './membership-options.ts';
import type { PeerBook } from './peer-book.ts';
import type { Roster } from './roster.ts';
import type { Seed } from './seed.ts';

/** One place that is dialled: a peer, or a seed whose peer is not known. */
export interface DialTarget {
  peer: PeerId | undefined;
  addresses: readonly string[];
  readonly seed: Seed | undefined;
  /** Dials in a row that failed. */
  failures: number;
  /** When to dial next; monotonic ms. */
  dueMs: number;
  dialing: Promise<PeerId> | undefined;
}

/** The places that may be dialled, each with its backoff; no more than `maxTargets`. */
export class DialTargets {
  readonly #clock: Clock;
  readonly #roster: Roster;
  readonly #book: PeerBook;
  readonly #options: Pick<DialOptions, 'maxTargets' | 'maxAddresses'>;
  readonly #targets = new Map<string, DialTarget>();

  constructor(
    parts: { readonly clock: Clock; readonly roster: Roster; readonly book: PeerBook },
    options: Pick<DialOptions, 'maxTargets' | 'maxAddresses'>,
  ) {
    this.#clock = parts.clock;
    this.#roster = parts.roster;
    this.#book = parts.book;
    this.#options = options;
  }

  get seedCount(): number {
    return [...this.#targets.values()].filter((target) => target.seed).length;
  }

  get(peer: PeerId): DialTarget | undefined {
    return this.#targets.get(peer);
  }

  has(peer: PeerId): boolean {
    return this.#targets.has(peer);
  }

  delete(key: string): void {
    this.#targets.delete(key);
  }

  /** With their keys. */
  entries(): IterableIterator<[string, DialTarget]> {
    return this.#targets.entries();
  }

  addPeer(peer: PeerId, addresses: readonly string[], delayMs: number): void {
    this.#add(peer, { peer, addresses, seed: undefined }, delayMs);
  }

  addSeed(seed: Seed, delayMs: number): void {
    this.#add(`seed ${seed.address}`, { peer: seed.peer, addresses: [seed.address], seed }, delayMs);
  }

  /** Something speaks for success: the backoff starts anew. */
  encourage(target: DialTarget, delayMs: number): void {
    target.failures = 0;
    target.dueMs = Math.min(target.dueMs, this.#clock.now() + delayMs);
  }

  #add(key: string, place: Pick<DialTarget, 'peer' | 'addresses' | 'seed'>, delayMs: number): void {
    const { maxTargets, maxAddresses } = this.#options;
    const { addresses } = place;
    const known = this.#targets.get(key);
    if (!known) {
      if (this.#targets.size >= maxTargets && !this.#makeRoom()) return;
      const dueMs = this.#clock.now() + delayMs;
      const bounded = addresses.slice(0, maxAddresses);
      this.#targets.set(key, { ...place, addresses: bounded, failures: 0, dueMs, dialing: undefined });
      return;
    }
    if (addresses.every((address) => known.addresses.includes(address))) return;
    // The newest first: they are the likeliest.
    const others = known.addresses.filter((address) => !addresses.includes(address));
    known.addresses = [...addresses, ...others].slice(0, maxAddresses);
    this.encourage(known, delayMs);
  }

  /** Anyone nearby can announce any number of peers: those that never proved to be any go first. */
  #makeRoom(): boolean {
    for (const [key, { peer, seed, dialing }] of this.#targets) {
      const proven =
        seed ||
        dialing ||
        peer === undefined ||
        this.#roster.member(peer) ||
        this.#book.addresses(peer).length > 0;
      if (!proven) return this.#targets.delete(key);
    }
    return false;
  }
}
