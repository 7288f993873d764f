import { AnswerTime } from '../core/answer-time.ts';
import type { Standing } from '../core/liveness.ts';
import type { Load, Member, PeerRecord } from './offer.ts';

/** How fast a round trip's average follows: of the last few dozen measurements. */
const RTT_WEIGHT = 0.2;

/** What is known of one other peer, besides how alive it is. */
export class Seat {
  /** The record that the digest counts; undefined when it counts none. */
  counted: PeerRecord | undefined;
  #record: PeerRecord;
  /** Goes out of date before a next record. */
  #load: Load;
  #loadStamp: number;
  #rttMs: number | undefined;
  /** Of most peers of a large mesh none is ever asked for. */
  #answerTime: AnswerTime | undefined;
  #clockOffsetMs: number | undefined;
  #since: number;
  /** As last asked for; undefined when something has changed. */
  #member: Member | undefined;

  /** @param since wall time, ms */
  constructor(record: PeerRecord, since: number) {
    this.#record = record;
    this.#load = record.offer.load;
    this.#loadStamp = record.loadStamp;
    this.#since = since;
  }

  /** As the peer last said it. */
  get record(): PeerRecord {
    return this.#record;
  }

  /** Keeps a record unless the one held is as new; whether it was kept. Its load is for {@link takeLoad}. */
  takeRecord(record: PeerRecord): boolean {
    if (record.sequence <= this.#record.sequence) return false;
    this.#record = record;
    this.#member = undefined;
    return true;
  }

  /** Whether the load is another one than before; an older one than is held is not taken. */
  takeLoad(load: Load, stamp: number): boolean {
    if (stamp <= this.#loadStamp) return false;
    this.#loadStamp = stamp;
    const { running, queued } = this.#load;
    if (running === load.running && queued === load.queued) return false;
    this.#load = load;
    this.#member = undefined;
    return true;
  }

  /** Hardly any answer takes longer; 0 before the first, ms. */
  get answersWithinMs(): number {
    return this.#answerTime?.mostMs ?? 0;
  }

  /** It answered after so long, maybe long after it was given up. */
  answeredAfter(ms: number): void {
    this.#answerTime ??= new AnswerTime();
    this.#answerTime.measured(ms);
  }

  /** A round trip. Who stood still is not far away: late answers are none. */
  measured(rttMs: number): void {
    this.#member = undefined;
    this.#rttMs = this.#rttMs === undefined ? rttMs : this.#rttMs + RTT_WEIGHT * (rttMs - this.#rttMs);
  }

  /** Its wall clock is so far ahead of this peer's; undefined: that is not known any more. */
  comparedClocks(offsetMs: number | undefined): void {
    this.#member = undefined;
    this.#clockOffsetMs = offsetMs;
  }

  /** Its standing has changed, at this wall time, ms. */
  stood(since: number): void {
    this.#member = undefined;
    this.#since = since;
  }

  /** The peer as others see it, the same object each time; undefined when something has changed since it was made. */
  member(connected: boolean): Member | undefined {
    return this.#member?.connected === connected ? this.#member : undefined;
  }

  newMember(state: Standing, connected: boolean): Member {
    const { peer, offer, addresses } = this.#record;
    this.#member = {
      peer,
      self: false,
      state,
      offer: offer.load === this.#load ? offer : { ...offer, load: this.#load },
      addresses,
      connected,
      ...(this.#rttMs !== undefined && { rttMs: this.#rttMs }),
      ...(this.#clockOffsetMs !== undefined && { clockOffsetMs: this.#clockOffsetMs }),
      since: this.#since,
    };
    return this.#member;
  }
}
