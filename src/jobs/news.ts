import * as pb from '../../protocols/jobs/jobs_pb.js';
import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import { encodeMessage } from '../platform/messages.ts';
import type { Network } from '../platform/network.ts';
import { recordToWire } from './wire.ts';

const NEWS_TOPIC = 'jobs';

export interface NewsOptions {
  /** Between publications: what changes meanwhile is gathered. */
  readonly gatherMs: number;
  /** Between publications of a job that merely made progress, for up to `progressPeers` peers. */
  readonly progressFloorMs: number;
  /** In a larger mesh the floor grows in proportion. */
  readonly progressPeers: number;
  /** Bytes of one publication. */
  readonly maxBytes: number;
  /** Jobs waiting to be published; beyond it the oldest are left to the comparison of digests. */
  readonly maxWaiting: number;
}

interface Published {
  readonly phase: string;
  readonly atMs: number;
}

/** Tells everyone of changes that this peer made. Nothing depends on the delivery. */
export class News {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #options: NewsOptions;
  readonly #peers: () => number;
  readonly #waiting = new Map<string, StatusRecord>();
  /** What was last published of jobs that go on. */
  readonly #published = new Map<string, Published>();
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #publishedMs = Number.NEGATIVE_INFINITY;
  #stopped = false;

  /** `peers`: how many there are. */
  constructor(parts: { network: Network; clock: Clock; peers: () => number; options: NewsOptions }) {
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#peers = parts.peers;
    this.#options = parts.options;
  }

  /** Calls `take` with the payload of each publication. */
  listen(take: (payload: Uint8Array) => void): void {
    this.#network.subscribe(NEWS_TOPIC, take);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  changed(record: StatusRecord): void {
    const { id } = record.status;
    this.#waiting.set(id, record);
    if (this.#waiting.size > this.#options.maxWaiting) this.#waiting.delete(firstOf(this.#waiting));
    this.#wakeAt(this.#dueMs(record, this.#clock.now()));
  }

  /** When a change may be published: progress alone not too often. */
  #dueMs(record: StatusRecord, nowMs: number): number {
    const soonMs = Math.max(nowMs, this.#publishedMs + this.#options.gatherMs);
    const last = this.#published.get(record.status.id);
    if (!last || last.phase !== phaseOf(record)) return soonMs;
    const { progressFloorMs, progressPeers } = this.#options;
    const floorMs = progressFloorMs * Math.max(1, this.#peers() / progressPeers);
    return Math.max(soonMs, last.atMs + floorMs);
  }

  #wakeAt(dueMs: number): void {
    if (this.#stopped || dueMs >= this.#timerDueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    this.#timer = this.#clock.after(dueMs - this.#clock.now(), () => this.#publish());
  }

  #publish(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.now();
    const records: pb.Record[] = [];
    let bytes = 0;
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [id, record] of this.#waiting) {
      // What could go a little later goes along.
      const dueMs = this.#dueMs(record, nowMs) - this.#options.gatherMs;
      const fits = bytes + record.body.length <= this.#options.maxBytes || records.length === 0;
      if (dueMs > nowMs || !fits) {
        nextMs = Math.min(nextMs, Math.max(dueMs, nowMs) + this.#options.gatherMs);
        continue;
      }
      bytes += record.body.length;
      records.push(recordToWire({ record }));
      this.#waiting.delete(id);
      this.#remember(record, nowMs);
    }
    if (records.length > 0) {
      this.#publishedMs = nowMs;
      this.#network.publish(NEWS_TOPIC, encodeMessage(pb.NewsSchema, { records }));
    }
    this.#wakeAt(nextMs);
  }

  #remember(record: StatusRecord, atMs: number): void {
    const { id, state } = record.status;
    this.#published.delete(id);
    if (isTerminal(state)) return;
    this.#published.set(id, { phase: phaseOf(record), atMs });
    if (this.#published.size > this.#options.maxWaiting) this.#published.delete(firstOf(this.#published));
  }
}

function phaseOf({ status }: StatusRecord): string {
  return `${status.epoch} ${status.owner} ${status.state}`;
}

function firstOf(map: ReadonlyMap<string, unknown>): string {
  return map.keys().next().value as string;
}
