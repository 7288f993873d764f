import { backoffMs } from '../core/backoff.ts';
import { GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerAddress, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { type DialTarget, DialTargets } from './dial-targets.ts';
import type { DialOptions } from './membership-options.ts';
import type { PeerBook } from './peer-book.ts';
import type { Roster } from './roster.ts';
import type { Seed } from './seed.ts';
import { WantedNeighbours } from './wanted-neighbours.ts';

/** Changes that come together are looked at together. */
const GATHER_MS = 20;

type Rank =
  /** Belongs to the connections that this peer wants. */
  | 'wanted'
  /** Would bring back a part of the mesh that was lost: tried slowly, for ever. */
  | 'reunion'
  | 'unneeded';

export interface DialerParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly roster: Roster;
  readonly book: PeerBook;
  readonly log: Log;
  /** Tells a peer that its connection to this one is about to be closed on purpose. */
  part(peer: PeerId): Promise<void>;
}

/**
 * Keeps this peer connected: to seeds, to remembered and discovered peers, and to the members that it wants.
 * Every place has its own exponential backoff with full jitter, which starts anew when something speaks for
 * success: a new address, a discovery, a wake-up, another network.
 */
export class Dialer {
  readonly #parts: DialerParts;
  readonly #options: DialOptions;
  readonly #targets: DialTargets;
  readonly #wanted: WantedNeighbours;
  /** When a connection that this peer made was last of use; monotonic ms. */
  readonly #used = new Map<PeerId, number>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #idleTimer: Timer | undefined;
  #running = false;

  constructor(parts: DialerParts, options: DialOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#targets = new DialTargets(parts, options);
    this.#wanted = new WantedNeighbours(parts.roster, options);
  }

  start(): void {
    this.#running = true;
    // The last seen first: they are the likeliest to be there.
    for (const address of [...this.#parts.book.peers()].reverse()) this.#learn(address, this.#jitter());
    this.#closeIdle();
    this.#review();
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#idleTimer?.cancel();
  }

  addSeeds(seeds: readonly Seed[]): void {
    const own = new Set(this.#parts.network.addresses());
    for (const seed of seeds) {
      if (this.#targets.seedCount >= this.#options.maxSeeds) {
        this.#parts.log.warn({ seed: seed.text }, 'too many seeds: this one is left out');
      } else if (!own.has(seed.address)) {
        this.#targets.addSeed(seed, this.#jitter());
      }
    }
    this.#wake();
  }

  /** A peer announced itself nearby. */
  discovered(address: PeerAddress): void {
    if (this.#parts.network.isConnected(address.peer)) return;
    this.#learn(address, this.#jitter());
    this.#wake();
  }

  /** A member came, went, or has other addresses. */
  memberChanged(peer: PeerId): void {
    const { network, roster } = this.#parts;
    this.#wanted.changed(peer);
    const record = roster.record(peer);
    if (!record || peer === network.self || network.isConnected(peer)) return;
    // Of the living only those are dialled that the plan wants, or the next one.
    const isKept = this.#wanted.isCurrent && this.#wanted.has(peer);
    if (this.#targets.has(peer) || !roster.isLiving(peer) || isKept)
      this.#learn(record, this.#politeness(peer));
    else if (this.#wanted.isCurrent) return;
    this.#wake();
  }

  /** A member that seemed gone is there after all. */
  memberRevived(peer: PeerId): void {
    this.memberChanged(peer);
    const target = this.#targets.get(peer);
    if (target) this.#targets.encourage(target, this.#politeness(peer));
    this.#wake();
  }

  forgotten(peer: PeerId): void {
    this.#wanted.changed(peer);
    if (this.#parts.book.addresses(peer).length === 0) this.#targets.delete(peer);
  }

  connected(peer: PeerId): void {
    const target = this.#targets.get(peer);
    if (target) this.#succeed(target);
  }

  disconnected(peer: PeerId): void {
    this.#used.delete(peer);
    const addresses = this.#parts.roster.member(peer)?.addresses ?? this.#parts.book.addresses(peer);
    this.#learn({ peer, addresses }, this.#politeness(peer));
    this.#wake();
  }

  /** The connection is of use now. */
  used(peer: PeerId): void {
    if (this.#used.has(peer)) this.#used.set(peer, this.#parts.clock.now());
  }

  /** Circumstances changed: every place is worth a try at once. */
  reset(): void {
    for (const [, target] of this.#targets.entries()) this.#targets.encourage(target, this.#jitter());
    this.#wake();
  }

  /**
   * Connects to a member on demand, whatever its backoff says.
   * Rejects with `NETWORK_UNREACHABLE`, `NETWORK_REFUSED` or `NETWORK_TIMEOUT`.
   */
  async ensureConnected(peer: PeerId, timeoutMs: number): Promise<void> {
    if (this.#parts.network.isConnected(peer)) {
      this.used(peer);
      return;
    }
    const addresses = this.#parts.roster.member(peer)?.addresses ?? this.#parts.book.addresses(peer);
    this.#learn({ peer, addresses }, 0);
    const target = this.#targets.get(peer);
    if (!target) throw new GismeshError('NETWORK_UNREACHABLE', `no address of ${peer} is known`);
    await (target.dialing ?? this.#dial(target, Math.min(timeoutMs, this.#options.timeoutMs)));
    this.used(peer);
  }

  // --- what to dial ---

  #learn({ peer, addresses }: PeerAddress, delayMs: number): void {
    if (peer === this.#parts.network.self || addresses.length === 0) return;
    this.#targets.addPeer(peer, addresses, delayMs);
  }

  /** Of two members that learn of each other, the one that came later dials at once, the other waits a while. */
  #politeness(peer: PeerId): number {
    const { roster } = this.#parts;
    const theirs = roster.record(peer)?.sequence ?? 0;
    const { sequence, peer: self } = roster.own;
    const first = sequence > theirs || (sequence === theirs && self > peer);
    return this.#jitter() + (first ? 0 : this.#options.yieldMs);
  }

  #jitter(): number {
    return this.#parts.random.next() * this.#options.startJitterMs;
  }

  #rank(target: DialTarget): Rank {
    const { network, roster } = this.#parts;
    if (target.peer !== undefined) {
      if (network.isConnected(target.peer)) return 'unneeded';
      if (roster.isLiving(target.peer)) return this.#wanted.has(target.peer) ? 'wanted' : 'unneeded';
      if (roster.claimOn(target.peer).standing === 'left') return 'unneeded';
    }
    const connections = network.connected().length;
    const lonely = connections < Math.min(this.#options.degree, this.#options.fullMesh - 1);
    const worthATry = connections === 0 || (lonely && (target.seed !== undefined || target.failures === 0));
    return worthATry ? 'wanted' : 'reunion';
  }

  /** Living and not wanted: should that change, the plan finds its addresses in the roster. */
  #isSuperfluous({ peer, seed, dialing }: DialTarget): boolean {
    if (peer === undefined || seed || dialing || this.#wanted.has(peer)) return false;
    return this.#parts.roster.isLiving(peer);
  }

  #plan(): void {
    const { network, roster } = this.#parts;
    const chosen = this.#wanted.choose() ?? [];
    for (const peer of chosen) {
      if (this.#targets.has(peer) || network.isConnected(peer)) continue;
      this.#learn(roster.record(peer)!, this.#politeness(peer));
    }
  }

  // --- dialling ---

  #wake(): void {
    this.#wakeAt(this.#parts.clock.now() + GATHER_MS);
  }

  #wakeAt(dueMs: number): void {
    if (!this.#running || dueMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = this.#parts.clock.after(dueMs - this.#parts.clock.now(), () => this.#review());
  }

  #review(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#plan();
    const now = this.#parts.clock.now();
    const running = { all: 0, reunion: 0 };
    const due: Array<{ target: DialTarget; rank: Rank }> = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, target] of this.#targets.entries()) {
      const rank = this.#rank(target);
      if (this.#isSuperfluous(target)) this.#targets.delete(key);
      else if (target.dialing) {
        running.all += 1;
        if (rank === 'reunion') running.reunion += 1;
      } else if (rank !== 'unneeded') {
        if (target.dueMs <= now) due.push({ target, rank });
        else nextMs = Math.min(nextMs, target.dueMs);
      }
    }
    due.sort((one, other) => Number(one.rank === 'reunion') - Number(other.rank === 'reunion'));
    for (const { target, rank } of due) {
      if (running.all >= this.#options.concurrency) break;
      if (rank === 'reunion' && running.reunion >= this.#options.reunionConcurrency) break;
      running.all += 1;
      if (rank === 'reunion') running.reunion += 1;
      this.#dial(target, this.#options.timeoutMs).catch(() => {});
    }
    // Those left over are looked at again when a dial ends.
    this.#wakeAt(nextMs);
  }

  #dial(target: DialTarget, timeoutMs: number): Promise<PeerId> {
    const dialing = this.#attempt(target, timeoutMs).finally(() => {
      target.dialing = undefined;
      this.#wake();
    });
    target.dialing = dialing;
    return dialing;
  }

  async #attempt(target: DialTarget, timeoutMs: number): Promise<PeerId> {
    const { network, clock, random, log } = this.#parts;
    const { addresses } = target;
    try {
      // Whoever of the mesh lives at a seed's address is welcome: the peer there may have begun anew.
      const expected = target.seed || target.peer === undefined ? {} : { peer: target.peer };
      const peer = await network.connect({ ...expected, addresses }, { timeoutMs });
      if (target.seed) target.peer = peer;
      this.#used.set(peer, clock.now());
      this.#succeed(target);
      return peer;
    } catch (error) {
      target.failures += 1;
      const { backoff, reunion } = this.#options;
      const options = this.#rank(target) === 'wanted' ? backoff : reunion;
      target.dueMs = clock.now() + backoffMs(options, target.failures, random.next());
      const level = target.seed && target.failures === 1 ? 'warn' : 'debug';
      log[level](
        { peer: target.peer, addresses, err: error, failures: target.failures },
        'a peer was not reached',
      );
      throw error;
    }
  }

  #succeed(target: DialTarget): void {
    target.failures = 0;
    target.dueMs = this.#parts.clock.now();
  }

  /** In a large mesh, closes the connections that this peer made and neither wants nor uses. */
  #closeIdle(): void {
    this.#idleTimer = this.#parts.clock.after(this.#options.idleMs / 2, () => {
      this.#plan();
      const oldest = this.#parts.clock.now() - this.#options.idleMs;
      const { network, roster } = this.#parts;
      const isLarge = roster.livingCount >= this.#options.fullMesh;
      const surplus = isLarge ? network.connected().length - this.#options.degree : 0;
      const idle = [...this.#used].filter(([peer, usedMs]) => usedMs < oldest && !this.#wanted.has(peer));
      for (const [peer] of idle.slice(0, Math.max(0, surplus))) {
        this.#used.delete(peer);
        void this.#parts.part(peer);
      }
      this.#closeIdle();
    });
  }
}
