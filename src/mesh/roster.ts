import { DIGEST_BUCKETS, differingBuckets, digestBucket, RunningDigest } from '../core/digest.ts';
import { Liveness, type LivenessOptions, type Standing, type StandingChange } from '../core/liveness.ts';
import type { Clock } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import { type Claim, type Load, type Member, type Offer, offersDiffer, type PeerRecord } from './offer.ts';
import { Seat } from './seat.ts';

export interface RosterListener {
  /** Something about a member that others can see has changed. */
  changed(peer: PeerId): void;
  /** A member is so long gone that nothing is known of it any more. */
  forgotten(peer: PeerId): void;
  /** A member's standing changed; `first-hand`: by what this peer itself saw. */
  stood(change: StandingChange, hand: 'first-hand' | 'second-hand'): void;
  /** Others say that this member is in trouble, and this peer can find out. */
  verify(claim: Claim): void;
  /** Others held wrong things of this peer; its sequence is above theirs now. */
  refuted(claim: Claim): void;
}

/** Everyone this peer knows of: their offers, how alive they are, and this peer's own record. */
export class Roster {
  readonly #clock: Clock;
  readonly #liveness: Liveness;
  readonly #listener: RosterListener;
  readonly #isConnected: (peer: PeerId) => boolean;
  readonly #seats = new Map<PeerId, Seat>();
  #own: PeerRecord;
  readonly #ownSince: number;
  #changedMs: number;
  readonly #digest = new RunningDigest();
  /** Kept until somebody comes or goes. */
  #living: readonly PeerId[] | undefined;

  constructor(
    own: PeerRecord,
    options: LivenessOptions,
    world: { clock: Clock; isConnected(peer: PeerId): boolean },
    listener: RosterListener,
  ) {
    this.#own = own;
    this.#digest.add(own.peer, own.sequence);
    this.#clock = world.clock;
    this.#isConnected = world.isConnected;
    this.#liveness = new Liveness(options);
    this.#listener = listener;
    this.#ownSince = world.clock.wallTime();
    this.#changedMs = world.clock.now();
  }

  // --- looking ---

  get own(): PeerRecord {
    return this.#own;
  }

  /** When a record, a standing or this peer's own record last changed; monotonic ms. */
  get changedMs(): number {
    return this.#changedMs;
  }

  self(): Member {
    const { peer, offer, addresses } = this.#own;
    return { peer, self: true, state: 'alive', offer, addresses, connected: true, since: this.#ownSince };
  }

  member(peer: PeerId): Member | undefined {
    if (peer === this.#own.peer) return this.self();
    const seat = this.#seats.get(peer);
    if (!seat) return undefined;
    const connected = this.#isConnected(peer);
    return seat.member(connected) ?? seat.newMember(this.#liveness.standing(peer)!, connected);
  }

  /** All but this peer itself, the longest known first. */
  *others(): Iterable<Member> {
    for (const peer of this.#seats.keys()) yield this.member(peer)!;
  }

  /** Peers that may be alive, without this one. */
  living(): readonly PeerId[] {
    this.#living ??= [...this.#seats.keys()].filter((peer) => this.isLiving(peer));
    return this.#living;
  }

  /** Peers that may be alive, without this one: their number. */
  get livingCount(): number {
    return this.#liveness.living;
  }

  /** Everyone known, the dead and departed as well, without this peer. */
  get size(): number {
    return this.#seats.size;
  }

  suspects(): PeerId[] {
    return [...this.#liveness.suspects];
  }

  /** Those of them whom this peer does not merely know by hearsay. */
  ownSuspects(): PeerId[] {
    return this.suspects().filter((peer) => this.#liveness.isOwnSuspect(peer, this.#own.peer));
  }

  isLiving(peer: PeerId): boolean {
    if (peer === this.#own.peer) return true;
    const standing = this.#liveness.standing(peer);
    return standing === 'alive' || standing === 'suspect';
  }

  /** Alive, and not even suspected. */
  isAlive(peer: PeerId): boolean {
    return peer === this.#own.peer || this.#liveness.standing(peer) === 'alive';
  }

  /** What this peer holds of another; at sequence 0 when it knows nothing. */
  claimOn(peer: PeerId): Claim {
    if (peer === this.#own.peer) return { peer, sequence: this.#own.sequence, standing: 'alive' };
    const held = this.#liveness.held(peer);
    return { peer, sequence: held?.sequence ?? 0, standing: held?.standing ?? 'alive' };
  }

  /** Whether anything has come from the peer itself since then, monotonic ms. */
  wasHeardSince(peer: PeerId, ms: number): boolean {
    return this.#liveness.wasHeardSince(peer, ms);
  }

  /** Hardly any answer of it takes longer; 0 where nothing is known, ms. */
  answersWithinMs(peer: PeerId): number {
    return this.#seats.get(peer)?.answersWithinMs ?? 0;
  }

  record(peer: PeerId): PeerRecord | undefined {
    return peer === this.#own.peer ? this.#own : this.#seats.get(peer)?.record;
  }

  /** Digest of the records of the living, this peer included; the same object until it changes. */
  digest(): Uint8Array {
    return this.#digest.bytes();
  }

  /** What is held of everyone, dead ones included, in the parts of the digest that differ from `other`. */
  within(other: Uint8Array): Array<{ record: PeerRecord; claim: Claim }> {
    const buckets = differingBuckets(this.digest(), other);
    const held: Array<{ record: PeerRecord; claim: Claim }> = [];
    if (buckets.size === 0) return held;
    const all = buckets.size === DIGEST_BUCKETS;
    const add = (record: PeerRecord, standing: Standing, sequence: number) => {
      const { peer } = record;
      if (all || buckets.has(digestBucket(peer))) held.push({ record, claim: { peer, sequence, standing } });
    };
    add(this.#own, 'alive', this.#own.sequence);
    for (const [peer, { record }] of this.#seats) {
      const { standing, sequence } = this.#liveness.held(peer)!;
      // Of the living the record is what counts: a claim may have run ahead of it.
      add(record, standing, isGone(standing) ? sequence : record.sequence);
    }
    return held;
  }

  // --- this peer itself ---

  /** Changes the own offer; `material` when others must learn of it under a new sequence. */
  offer(offer: Offer, addresses: readonly string[]): { material: boolean } {
    const before = this.#own;
    const material = offersDiffer(before.offer, offer) || before.addresses.join() !== addresses.join();
    const sequence = before.sequence + (material ? 1 : 0);
    this.#setOwn({ ...before, offer, addresses, sequence, loadStamp: before.loadStamp + 1 });
    this.#listener.changed(before.peer);
    return { material };
  }

  // --- evidence ---

  /** The peer itself spoke. */
  hear(peer: PeerId, sequence?: number): void {
    // Who has no seat is not in the table either, and not brought into it by a word.
    if (this.#liveness.held(peer) === undefined) return;
    this.#follow(this.#liveness.hear(peer, sequence, this.#clock.now()), 'first-hand');
  }

  connected(peer: PeerId, open: boolean): void {
    const change = this.#liveness.connection(peer, open, this.#clock.now());
    if (change) this.#follow(change, 'first-hand');
    else this.#announce(peer);
  }

  /** The last connection was closed on purpose. */
  parted(peer: PeerId): void {
    this.#liveness.parted(peer);
    this.#announce(peer);
  }

  /** Neither this peer nor those it asked could reach it. */
  doubt(peer: PeerId): void {
    this.#follow(this.#liveness.doubt(peer, this.#own.peer, this.#clock.now()), 'first-hand');
  }

  vouched(peer: PeerId): void {
    this.#follow(this.#liveness.vouch(peer, this.#clock.now()), 'second-hand');
  }

  measured(peer: PeerId, rttMs: number): void {
    this.#seats.get(peer)?.measured(rttMs);
  }

  /** The peer itself answered after so long, maybe long after it was given up. */
  answeredAfter(peer: PeerId, ms: number): void {
    this.#seats.get(peer)?.answeredAfter(ms);
  }

  /** The wall clock of a member is so far ahead of this peer's. */
  comparedClocks(peer: PeerId, offsetMs: number): void {
    this.#seats.get(peer)?.comparedClocks(offsetMs);
  }

  /** This peer's own clock was set: what was compared with it says nothing any more. */
  forgetClocks(): void {
    for (const seat of this.#seats.values()) seat.comparedClocks(undefined);
  }

  takeLoad(peer: PeerId, load: Load, stamp: number): void {
    if (this.#seats.get(peer)?.takeLoad(load, stamp)) this.#announce(peer);
  }

  /** A record from `source`, who may be the peer itself. */
  take(record: PeerRecord, source: PeerId): void {
    const { peer, sequence } = record;
    if (peer === this.#own.peer) {
      if (sequence > this.#own.sequence) this.#refute({ peer, sequence, standing: 'alive' });
      return;
    }
    const now = this.#clock.now();
    const change =
      source === peer
        ? this.#liveness.hear(peer, sequence, now)
        : this.#liveness.claim(peer, sequence, 'alive', source, now).change;
    if (this.#liveness.standing(peer) === undefined) return;
    const isNews = this.#seat(record);
    if (change) this.#follow(change, source === peer ? 'first-hand' : 'second-hand');
    else if (isNews) this.#announce(peer);
  }

  takeClaim(claim: Claim, source: PeerId): void {
    const { peer, sequence, standing } = claim;
    if (peer === this.#own.peer) {
      const wrong = standing !== 'alive' && sequence >= this.#own.sequence;
      if (wrong || sequence > this.#own.sequence) this.#refute(claim);
      return;
    }
    // An offer comes as a record; a mere claim adds nothing to what is known of the living.
    if (standing === 'alive' || !this.#seats.has(peer)) return;
    const outcome = this.#liveness.claim(peer, sequence, standing, source, this.#clock.now());
    this.#follow(outcome.change, 'second-hand');
    if (outcome.verify) this.#listener.verify(claim);
  }

  /** Lets time pass: `multiplier` is the local health's. */
  tick(multiplier: number): void {
    for (const change of this.#liveness.tick(this.#clock.now(), multiplier))
      this.#follow(change, 'first-hand');
  }

  excuse(byMs: number): void {
    this.#liveness.excuse(byMs);
  }

  /** What is known of all living members, of those with a connection, or of those without one, is old. */
  suspectAll(whom: 'all' | 'connected' | 'unconnected'): void {
    for (const change of this.#liveness.suspectAll(whom, this.#clock.now()))
      this.#follow(change, 'second-hand');
  }

  /** This peer was alone since then: whom it lost sight of meanwhile, others know better. */
  reprieve(sinceMs: number): void {
    for (const change of this.#liveness.reprieve(sinceMs, this.#clock.now()))
      this.#follow(change, 'second-hand');
  }

  /** What is known of those without a connection is older than what others remember of them. */
  forgetUnconnected(): void {
    for (const change of this.#liveness.forgetUnconnected()) this.#follow(change, 'second-hand');
  }

  // --- within ---

  /** Keeps a record unless a newer one is held; whether it was kept. */
  #seat(record: PeerRecord): boolean {
    const { peer, offer, loadStamp } = record;
    let seat = this.#seats.get(peer);
    if (!seat) {
      seat = new Seat(record, this.#clock.wallTime());
      this.#seats.set(peer, seat);
      if (this.#isConnected(peer)) this.#liveness.connection(peer, true, this.#clock.now());
    } else {
      const isNewer = seat.takeRecord(record);
      this.takeLoad(peer, offer.load, loadStamp);
      if (!isNewer) return false;
    }
    this.#count(peer, seat);
    this.#touch();
    return true;
  }

  /** Brings the digest in line with what is held of a peer. */
  #count(peer: PeerId, seat: Seat): void {
    const record = this.isLiving(peer) ? seat.record : undefined;
    const { counted } = seat;
    if (record === counted) return;
    if (record === undefined || counted === undefined) this.#living = undefined;
    if (counted) this.#digest.remove(peer, counted.sequence);
    if (record) this.#digest.add(peer, record.sequence);
    seat.counted = record;
  }

  #setOwn(own: PeerRecord): void {
    const before = this.#own;
    this.#own = own;
    if (own.sequence === before.sequence) return;
    this.#digest.remove(before.peer, before.sequence);
    this.#digest.add(own.peer, own.sequence);
    this.#touch();
  }

  #refute(claim: Claim): void {
    this.#setOwn({ ...this.#own, sequence: claim.sequence + 1 });
    this.#listener.refuted(claim);
  }

  #follow(change: StandingChange | undefined, hand: 'first-hand' | 'second-hand'): void {
    if (!change) return;
    const { peer, to } = change;
    this.#touch();
    const seat = this.#seats.get(peer);
    if (seat) {
      seat.stood(this.#clock.wallTime());
      this.#count(peer, seat);
    }
    if (to === undefined) {
      this.#seats.delete(peer);
      this.#listener.forgotten(peer);
      return;
    }
    this.#listener.stood(change, hand);
    this.#announce(peer);
  }

  #announce(peer: PeerId): void {
    if (this.#seats.has(peer)) this.#listener.changed(peer);
  }

  #touch(): void {
    this.#changedMs = this.#clock.now();
  }
}

function isGone(standing: Standing): boolean {
  return standing === 'dead' || standing === 'left';
}
