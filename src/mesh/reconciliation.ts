import * as pb from '../../protocols/membership/membership_pb.js';
import { backoffMs } from '../core/backoff.ts';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage, withRepeatedBytes } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { SyncOptions } from './membership-options.ts';
import {
  claimFromWire,
  claimsFromWire,
  claimToWire,
  recordFromWire,
  recordsFromWire,
  recordToWire,
  sameBytes,
} from './membership-wire.ts';
import type { Claim, PeerRecord } from './offer.ts';
import type { Roster } from './roster.ts';

const HELLO = 'membership.hello';
const SYNC = 'membership.sync';
const RECORDS = 'membership.records';

/** Who knows less than half of the members is told of them; for others, news and an exchange cost less. */
const NEWCOMER_FACTOR = 2;

/** A slower answer tells too little about the other clock. */
const MAX_COMPARED_ROUND_TRIP_MS = 1_000;

/** Bytes of a message that are neither records nor claims, generously. */
const FRAME_BYTES = 1024;

/**
 * Brings two peers' views of the mesh together: the hello on a new connection, after which a newcomer knows
 * everyone, and the exchange that follows when the digests in pings differ.
 */
export class Reconciliation {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #roster: Roster;
  readonly #options: SyncOptions;
  readonly #log: Log;
  readonly #introduce: (peer: PeerId) => void;
  /** Peers that a hello is under way to. */
  readonly #greeting = new Set<PeerId>();
  #syncedMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(
    world: { network: Network; clock: Clock; random: Random; log: Log; introduce(newcomer: PeerId): void },
    roster: Roster,
    options: SyncOptions,
  ) {
    this.#network = world.network;
    this.#clock = world.clock;
    this.#random = world.random;
    this.#log = world.log;
    this.#introduce = world.introduce;
    this.#roster = roster;
    this.#options = options;
  }

  listen(): void {
    this.#network.onCall(HELLO, (payload, { peer }) => this.#answerHello(payload, peer));
    this.#network.onCall(SYNC, (payload, { peer }) => this.#answerSync(payload, peer));
    this.#network.onNotice(RECORDS, (payload, peer) => {
      const records = recordsFromWire(decodeMessage(pb.RecordsSchema, payload).records);
      for (const record of records) this.#roster.take(record, peer);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  /**
   * Introduces this peer to one just connected, and again until that works or the connection is gone. Whether that
   * one tells all others of it.
   */
  async greet(peer: PeerId): Promise<boolean> {
    if (this.#greeting.has(peer)) return false;
    this.#greeting.add(peer);
    let introduced = false;
    for (let failures = 0; ; ) {
      try {
        introduced = await this.#hello(peer);
        break;
      } catch (error) {
        failures += 1;
        this.#log.debug({ peer, err: error, failures }, 'a hello failed');
      }
      const delayMs = backoffMs(this.#options.helloBackoff, failures, this.#random.next());
      await new Promise<void>((resolve) => {
        this.#clock.after(delayMs, resolve);
      });
      if (this.#stopped || !this.#network.isConnected(peer)) break;
    }
    this.#greeting.delete(peer);
    return introduced;
  }

  /** A peer showed its digest: looks into a difference, unless news under way will mend it. */
  compare(peer: PeerId, digest: Uint8Array): void {
    const now = this.#clock.now();
    if (this.#isSettled() || now - this.#syncedMs >= this.#options.patienceMs) this.#compareNow(peer, digest);
  }

  /** Nothing has changed for so long that no news can be under way. */
  #isSettled(): boolean {
    return this.#clock.now() - this.#roster.changedMs >= this.#options.settleMs;
  }

  #compareNow(peer: PeerId, digest: Uint8Array): void {
    if (sameBytes(digest, this.#roster.digest())) return;
    const now = this.#clock.now();
    if (now - this.#syncedMs < this.#options.floorMs) return;
    this.#syncedMs = now;
    this.#sync(peer, digest).catch((error) => this.#log.debug({ peer, err: error }, 'an exchange failed'));
  }

  async #hello(peer: PeerId): Promise<boolean> {
    const hello = {
      self: recordToWire(this.#roster.own),
      receiver: claimToWire(this.#roster.claimOn(peer)),
      digest: this.#roster.digest(),
      known: this.#roster.livingCount + 1,
    };
    const settled = this.#isSettled();
    const sent = { ms: this.#clock.now(), wallMs: this.#clock.wallTime() };
    const reply = decodeMessage(
      pb.HelloReplySchema,
      await this.#call(peer, HELLO, encodeMessage(pb.HelloSchema, hello), this.#options.helloTimeoutMs),
    );
    const self = ownRecord(reply.self, peer);
    const records = recordsFromWire(reply.records);
    const claims = claimsFromWire(reply.claims);
    this.#takeReceiver(reply.receiver, peer);
    this.#roster.take(self, peer);
    this.#takeAll(records, claims, peer);
    this.#roster.answeredAfter(peer, this.#clock.now() - sent.ms);
    this.#compareClocks(peer, Number(reply.wallTimeMs), sent);
    // What a hello leaves open, two parts of a mesh that meet again settle at once; during a boot news does.
    if (settled) this.#compareNow(peer, reply.digest);
    return reply.introduces;
  }

  #answerHello(payload: Uint8Array, peer: PeerId): Uint8Array {
    const hello = decodeMessage(pb.HelloSchema, payload);
    const self = ownRecord(hello.self, peer);
    // What was held of the caller until now, so that it can refute.
    const receiver = claimToWire(this.#roster.claimOn(peer));
    this.#takeReceiver(hello.receiver, peer);
    const members = this.#roster.livingCount + 1;
    const isSmall = members <= this.#options.tellAllMembers;
    const isNewcomer = hello.known * NEWCOMER_FACTOR < members;
    const held = isSmall || isNewcomer ? this.#roster.within(hello.digest) : [];
    this.#roster.take(self, peer);
    // At its first hello a newcomer knows nobody: later ones would have it introduced again and again.
    const introduces = hello.known === 1 && !isSmall;
    if (introduces) this.#introduce(peer);
    const others = held.filter(({ record }) => record.peer !== peer);
    const reply = encodeMessage(pb.HelloReplySchema, {
      self: recordToWire(this.#roster.own),
      receiver,
      digest: this.#roster.digest(),
      claims: others.filter((each) => !isLiving(each)).map(({ claim }) => claimToWire(claim)),
      introduces,
      wallTimeMs: BigInt(Math.max(0, Math.round(this.#clock.wallTime()))),
    });
    const records = this.#fitting(others.filter(isAlive).map(({ record }) => record));
    return withRepeatedBytes(reply, pb.HelloReplySchema.field.records.number, records);
  }

  /** Its clock showed `theirMs` about halfway between the call, `sent`, and now: right to half of a round trip. */
  #compareClocks(peer: PeerId, theirMs: number, sent: { ms: number; wallMs: number }): void {
    if (theirMs === 0) return;
    const roundTripMs = this.#clock.now() - sent.ms;
    if (roundTripMs > MAX_COMPARED_ROUND_TRIP_MS) return;
    this.#roster.comparedClocks(peer, theirMs - (sent.wallMs + roundTripMs / 2));
  }

  async #sync(peer: PeerId, digest: Uint8Array): Promise<void> {
    const held = this.#roster.within(digest);
    const request = {
      digest: this.#roster.digest(),
      claims: held.map(({ claim }) => claimToWire(claim)),
    };
    const reply = decodeMessage(
      pb.SyncReplySchema,
      await this.#call(peer, SYNC, encodeMessage(pb.SyncRequestSchema, request), this.#options.timeoutMs),
    );
    this.#takeAll(recordsFromWire(reply.records), claimsFromWire(reply.claims), peer);
    const wanted = new Set(reply.wanted);
    const records = held.map(({ record }) => record).filter((record) => wanted.has(record.peer));
    if (records.length === 0) return;
    this.#network.notify(peer, RECORDS, encodeMessage(pb.RecordsSchema, { records: this.#fitting(records) }));
  }

  #answerSync(payload: Uint8Array, peer: PeerId): Uint8Array {
    const request = decodeMessage(pb.SyncRequestSchema, payload);
    const theirs = new Map(claimsFromWire(request.claims).map((claim) => [claim.peer, claim]));
    const held = this.#roster.within(request.digest);
    const better = held.filter((each) => {
      const { record, claim } = each;
      const their = theirs.get(record.peer);
      if (their === undefined) return isAlive(each);
      return isLiving(each)
        ? their.sequence < claim.sequence
        : their.sequence <= claim.sequence && isLivingClaim(their);
    });
    const wanted = [...theirs.values()].filter((their) => {
      const mine = this.#roster.record(their.peer);
      return mine === undefined
        ? their.standing === 'alive'
        : isLivingClaim(their) && mine.sequence < their.sequence;
    });
    for (const claim of theirs.values()) if (!isLivingClaim(claim)) this.#roster.takeClaim(claim, peer);
    const reply = {
      records: this.#fitting(better.filter(isLiving).map(({ record }) => record)),
      claims: better.filter((each) => !isLiving(each)).map(({ claim }) => claimToWire(claim)),
      wanted: wanted.map((claim) => claim.peer),
    };
    return encodeMessage(pb.SyncReplySchema, reply);
  }

  /** What the other side holds of this peer. */
  #takeReceiver(wire: pb.Claim | undefined, peer: PeerId): void {
    const claim = wire && claimFromWire(wire);
    if (claim) this.#roster.takeClaim(claim, peer);
  }

  #takeAll(records: readonly PeerRecord[], claims: readonly Claim[], source: PeerId): void {
    for (const record of records) this.#roster.take(record, source);
    for (const claim of claims) this.#roster.takeClaim(claim, source);
  }

  #call(peer: PeerId, method: string, payload: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return this.#network.call(peer, method, payload, { timeoutMs });
  }

  /** As many records as half a message holds; the rest follows when the digests still differ. */
  #fitting(records: readonly PeerRecord[]): Uint8Array[] {
    const fitting: Uint8Array[] = [];
    let bytes = FRAME_BYTES;
    for (const record of records) {
      const wire = recordToWire(record);
      bytes += wire.length + 8;
      if (bytes > this.#options.maxMessageBytes / 2) break;
      fitting.push(wire);
    }
    return fitting;
  }
}

function ownRecord(wire: Uint8Array, peer: PeerId): PeerRecord {
  const record = recordFromWire(wire);
  if (record.peer === peer) return record;
  throw new GismeshError('MESSAGE_MALFORMED', `${peer} introduced itself as another peer`);
}

/** Nobody is told of a suspect that is new there: it would be taken for alive. */
function isAlive({ claim }: { claim: Claim }): boolean {
  return claim.standing === 'alive';
}

function isLiving({ claim }: { claim: Claim }): boolean {
  return isLivingClaim(claim);
}

function isLivingClaim({ standing }: Claim): boolean {
  return standing === 'alive' || standing === 'suspect';
}
