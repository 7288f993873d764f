import * as pb from '../../protocols/membership/membership_pb.js';
import type { Clock, Timer } from '../platform/clock.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { NewsOptions } from './membership-options.ts';
import {
  claimsFromWire,
  claimToWire,
  recordFromWire,
  recordsFromWire,
  recordToWire,
} from './membership-wire.ts';
import { type Claim, loadPerSlot } from './offer.ts';
import type { Roster } from './roster.ts';

const NEWS_TOPIC = 'membership';

/** Of the records of newcomers in one message: a quarter of the largest. */
const MAX_INTRODUCTION_BYTES = 64 * 1024;

interface Waiting {
  readonly claim: Claim;
  /** Times that it still travels along. */
  left: number;
}

/**
 * What this peer tells everyone: its own offer when it changes, and what it saw of others' fates itself.
 * Published by gossip, never more often than the floors allow; claims also travel along with pings.
 * Nothing depends on the delivery of either.
 */
export class News {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #roster: Roster;
  readonly #options: NewsOptions;
  readonly #claims = new Map<PeerId, Waiting>();
  readonly #unpublished = new Set<PeerId>();
  /** Newcomers to tell of. */
  readonly #newcomers = new Set<PeerId>();
  /** Who published the newest fate of whom. */
  readonly #published = new Map<PeerId, { readonly claim: Claim; readonly by: Set<PeerId> }>();
  #offerDue = false;
  /** When the own offer was published, and when anything was. */
  #publishedMs = Number.NEGATIVE_INFINITY;
  #spokeMs = Number.NEGATIVE_INFINITY;
  #publishedLoad = 0;
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #stopped = false;

  constructor(
    world: { readonly network: Network; readonly clock: Clock; readonly random: Random },
    roster: Roster,
    options: NewsOptions,
  ) {
    this.#network = world.network;
    this.#clock = world.clock;
    this.#random = world.random;
    this.#roster = roster;
    this.#options = options;
  }

  listen(): void {
    this.#network.subscribe(NEWS_TOPIC, (payload, publisher) => {
      const news = decodeMessage(pb.NewsSchema, payload);
      const self = news.self.length > 0 ? recordFromWire(news.self) : undefined;
      const claims = claimsFromWire(news.claims);
      const introduced = recordsFromWire(news.introduced);
      if (self?.peer === publisher) this.#roster.take(self, publisher);
      for (const record of introduced) {
        this.#newcomers.delete(record.peer);
        this.#roster.take(record, publisher);
      }
      for (const claim of claims) {
        this.#note(claim, publisher);
        this.#roster.takeClaim(claim, publisher);
      }
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** The own offer changed so that others choose otherwise. */
  offerChanged(): void {
    this.#offerDue = true;
    this.#wakeAt(this.#publishedMs + this.#options.offerFloorMs);
  }

  /** Tells the others of a newcomer, together with those that come within a moment. */
  introduce(peer: PeerId): void {
    this.#newcomers.add(peer);
    this.#wakeAt(this.#clock.now() + this.#options.introduceMs);
  }

  /** Only the own load changed: news when it is a large change. */
  loadChanged(): void {
    const { load, slots } = this.#roster.own.offer;
    if (Math.abs(loadPerSlot(load, slots) - this.#publishedLoad) < this.#options.loadChange) return;
    this.#offerDue = true;
    const { loadFloorMs, loadSpacingMs } = this.#options;
    const members = this.#roster.livingCount + 1;
    this.#wakeAt(this.#publishedMs + Math.max(loadFloorMs, members * loadSpacingMs));
  }

  /** Spreads what this peer itself found out of another. */
  spread(claim: Claim): void {
    const living = this.#roster.livingCount;
    const left = Math.ceil(this.#options.repeats * Math.log2(living + 2));
    this.#claims.delete(claim.peer);
    this.#claims.set(claim.peer, { claim, left });
    if (this.#claims.size > this.#options.maxClaims) this.#drop(this.#claims.keys().next().value!);
    this.#unpublished.add(claim.peer);
    // Everyone who was connected sees a death at once: who is later by chance finds it said.
    this.#wakeAt(this.#clock.now() + this.#options.gatherMs * (0.5 + this.#random.next()));
  }

  /** The last that this peer publishes: that it leaves. */
  goodbye(): void {
    const claim: Claim = { ...this.#roster.claimOn(this.#network.self), standing: 'left' };
    this.#network.publish(NEWS_TOPIC, encodeMessage(pb.NewsSchema, { claims: [claimToWire(claim)] }));
  }

  /** The claims to travel along with the next message. */
  along(): Claim[] {
    const claims: Claim[] = [];
    for (const [peer, waiting] of this.#claims) {
      if (claims.length >= this.#options.claimsPerMessage) break;
      waiting.left -= 1;
      if (this.#holds(waiting.claim)) claims.push(waiting.claim);
      else waiting.left = 0;
      if (waiting.left <= 0) this.#drop(peer);
    }
    return claims;
  }

  /** Publishes at `wantedMs`, or when the floor of all publications allows it: what is due then goes in one. */
  #wakeAt(wantedMs: number): void {
    const dueMs = Math.max(wantedMs, this.#spokeMs + this.#options.floorMs);
    if (this.#stopped || dueMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.after(dueMs - this.#clock.now(), () => this.#publish());
  }

  #publish(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const claims = [...this.#unpublished]
      .map((peer) => this.#claims.get(peer)?.claim)
      .filter((claim) => claim !== undefined)
      .filter((claim) => this.#holds(claim) && !this.#isSaid(claim));
    this.#unpublished.clear();
    const record = this.#offerDue ? recordToWire(this.#roster.own) : undefined;
    const introduced = this.#introductions();
    if (!record && claims.length === 0 && introduced.length === 0) return;
    this.#spokeMs = this.#clock.now();
    if (record) {
      this.#offerDue = false;
      this.#publishedMs = this.#clock.now();
      const { load, slots } = this.#roster.own.offer;
      this.#publishedLoad = loadPerSlot(load, slots);
    }
    const news = { ...(record && { self: record }), claims: claims.map(claimToWire), introduced };
    this.#network.publish(NEWS_TOPIC, encodeMessage(pb.NewsSchema, news));
  }

  /** Records of newcomers for one message; those that it has no room for follow with the next. */
  #introductions(): Uint8Array[] {
    const records: Uint8Array[] = [];
    let bytes = 0;
    for (const peer of this.#newcomers) {
      const record = this.#roster.record(peer);
      const wire = record && recordToWire(record);
      bytes += wire?.length ?? 0;
      if (bytes > MAX_INTRODUCTION_BYTES && records.length > 0) {
        this.#wakeAt(this.#clock.now() + this.#options.introduceMs);
        break;
      }
      this.#newcomers.delete(peer);
      if (wire) records.push(wire);
    }
    return records;
  }

  /** Remembers who published a claim, while it is the newest on its peer. */
  #note(claim: Claim, publisher: PeerId): void {
    const known = this.#published.get(claim.peer);
    if (known && isSame(known.claim, claim)) {
      if (known.by.size < this.#options.publishers) known.by.add(publisher);
      return;
    }
    this.#published.delete(claim.peer);
    this.#published.set(claim.peer, { claim, by: new Set([publisher]) });
    if (this.#published.size > this.#options.maxClaims) {
      this.#published.delete(this.#published.keys().next().value!);
    }
  }

  /** Whether so many have published it that one more would tell nobody anything. */
  #isSaid(claim: Claim): boolean {
    const known = this.#published.get(claim.peer);
    return known !== undefined && isSame(known.claim, claim) && known.by.size >= this.#options.publishers;
  }

  /** Whether this peer still thinks so. */
  #holds(claim: Claim): boolean {
    return isSame(this.#roster.claimOn(claim.peer), claim);
  }

  #drop(peer: PeerId): void {
    this.#claims.delete(peer);
    this.#unpublished.delete(peer);
  }
}

/** Whether two claims on one peer say the same. */
function isSame(one: Claim, other: Claim): boolean {
  return one.sequence === other.sequence && one.standing === other.standing;
}
