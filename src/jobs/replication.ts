import * as pb from '../../protocols/jobs/jobs_pb.js';
import { GismeshError } from '../core/errors.ts';
import { isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import { type Connector, callMember } from '../platform/call-member.ts';
import { type Clock, sleep, type Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { AntiEntropy, type AntiEntropyOptions } from './anti-entropy.ts';
import { JobFinder, type JobFinderOptions } from './job-finder.ts';
import { News, type NewsOptions } from './news.ts';
import type { StatusMap } from './status-map.ts';
import { recordsFromWire, recordToWire, type StatusWrite, writing } from './wire.ts';

const PUT = 'jobs.put';

export interface ReplicationOptions extends JobFinderOptions {
  /** Other peers that hold a record on their disks before it counts as safe. */
  readonly copies: number;
  /** Peers asked to hold a record, at most: when some do not answer, the next of the order are asked. */
  readonly maxCandidates: number;
  /** Who does not answer within this is not the only one asked any more. */
  readonly impatienceMs: number;
  /** Statuses live for so long after they were last written, ms. */
  readonly ttlMs: number;
  /** Expired statuses are removed this often. */
  readonly sweepMs: number;
  /** Published records being written at a time; more are left to the comparison of digests. */
  readonly maxIncoming: number;
  readonly news: NewsOptions;
  readonly antiEntropy: AntiEntropyOptions;
}

export interface ReplicationParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly map: StatusMap;
  /** Living members that take part in jobs, without this peer. */
  readonly members: () => readonly PeerId[];
  /** None of them lives, nor is merely suspected not to. */
  readonly isAlone: () => boolean;
  /** Connects to a member where a large mesh has no standing connection; rejects when that fails. */
  readonly ensureConnected: (peer: PeerId) => Promise<void>;
  readonly options: ReplicationOptions;
}

/** What became of a write that was to be held by others. */
export interface Replicated {
  /** The record as this peer holds it now; another writing may have won. */
  readonly record: StatusRecord;
  /** Peers that have it on their disks, besides this one. */
  readonly acknowledged: readonly PeerId[];
}

interface Pushed {
  /** Peers that have it on their disks. */
  readonly acknowledged: PeerId[];
  /** What others hold instead. */
  readonly overruling: StatusWrite[];
}

/** Spreads job statuses over the mesh. `protocols/jobs` describes what goes over the wire. */
export class Replication {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #map: StatusMap;
  readonly #members: () => readonly PeerId[];
  readonly #isAlone: () => boolean;
  readonly #connector: Connector;
  readonly #options: ReplicationOptions;
  readonly #news: News;
  readonly #antiEntropy: AntiEntropy;
  readonly #finder: JobFinder;
  #timer: Timer | undefined;
  #incoming = 0;
  #stopped = true;

  constructor(parts: ReplicationParts) {
    const { network, clock, random, log, map, options } = parts;
    this.#network = network;
    this.#clock = clock;
    this.#log = log;
    this.#map = map;
    this.#members = parts.members;
    this.#isAlone = parts.isAlone;
    this.#connector = parts;
    this.#options = options;
    const peers = () => this.#members().length + 1;
    this.#news = new News({ network, clock, peers, options: options.news });
    this.#finder = new JobFinder(parts);
    this.#antiEntropy = new AntiEntropy({ network, clock, random, log }, map, options.antiEntropy);
    this.#news.listen((payload) => this.#heard(payload));
    this.#antiEntropy.listen();
    network.onCall(PUT, (payload) => this.#answerPut(payload));
  }

  /** Begins; the map is open. */
  start(): void {
    this.#stopped = false;
    this.#antiEntropy.start();
    this.#scheduleSweep();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#news.stop();
    this.#antiEntropy.stop();
  }

  /**
   * Living peers in the order in which they stand by for a job, this one included. `except`: those who cannot, such
   * as the owner.
   */
  standbys(job: string, except: readonly PeerId[] = [], limit = this.#options.copies): PeerId[] {
    const peers = [...this.#members(), this.#network.self].filter((peer) => !except.includes(peer));
    return rendezvousOrder(job, peers, limit);
  }

  /** Writes here and tells everyone; nobody's answer is waited for. For progress. */
  async record(status: JobStatus): Promise<StatusRecord | undefined> {
    const changed = await this.#map.write({ record: this.#writing(status) });
    if (changed) this.#news.changed(changed);
    return changed;
  }

  /**
   * Writes here durably, has the submitter, the owner and `copies` standbys do so as well, and tells everyone. Fewer
   * acknowledge when there are not so many, or they do not answer in time: the caller decides what that means.
   * `request` goes along to the standbys. Throws what writing here throws. With `isDurable` false only the others have it
   * on their disks for certain.
   */
  async replicate(
    status: JobStatus,
    options: { readonly copies?: number; readonly request?: Uint8Array; readonly isDurable?: boolean } = {},
  ): Promise<Replicated> {
    const write: StatusWrite = {
      record: this.#writing(status),
      ...(options.request && { request: options.request }),
    };
    const changed = await this.#map.write(write, { durable: options.isDurable ?? true });
    if (changed) this.#news.changed(changed);
    const record = changed ?? (await this.#map.get(status.id)) ?? write.record;
    const copies = options.copies ?? this.#options.copies;
    const { acknowledged, overruling } = await this.#push(status, { ...write, record }, copies);
    if (overruling.length > 0) await this.#map.take(overruling);
    return { record, acknowledged };
  }

  /**
   * The same, but others hold it before it counts here. For the end of a job: a peer that dies in between and comes back
   * later would else tell of an end that nobody heard of, beside that of its successor. Where another end came first, that
   * is what it resolves to. Rejects `NETWORK_UNREACHABLE`, with nothing written here, when others live, or may live, and
   * none took it.
   */
  async commit(status: JobStatus): Promise<StatusRecord> {
    const record = this.#writing(status);
    const { acknowledged, overruling } = await this.#push(status, { record }, this.#options.copies);
    if (overruling.length > 0) {
      const { changed } = await this.#map.take(overruling, { durable: true });
      // Those that were asked keep what overruled this for as long as this: the others do not know of it.
      for (const each of changed) this.#news.changed(each);
    }
    const held = await this.#map.get(status.id);
    if (held && isTerminal(held.status.state) && overruling.length > 0) return held;
    if (acknowledged.length === 0 && !this.#isAlone()) {
      throw new GismeshError('NETWORK_UNREACHABLE', `no other peer took the news of job ${status.id}`);
    }
    // It is safe already: nobody else has to wait for this disk.
    this.#news.changed(record);
    const changed = await this.#map.write({ record }, { durable: true });
    return changed ?? (await this.#map.get(status.id)) ?? record;
  }

  /** What is known of a job anywhere near: here, or at the peers that stand by for it. */
  find(id: string): Promise<StatusRecord | undefined> {
    return this.#finder.find(id);
  }

  /** The same, asked of those who know first, whatever is known here. */
  refresh(id: string): Promise<StatusRecord | undefined> {
    return this.#finder.refresh(id);
  }

  /** A job's request, from here or from whoever holds it. */
  request(id: string): Promise<Uint8Array | undefined> {
    return this.#finder.request(id);
  }

  #writing(status: JobStatus): StatusRecord {
    return writing(status, this.#clock.wallTime() + this.#options.ttlMs);
  }

  // --- pushing ---

  async #push(status: JobStatus, write: StatusWrite, copies: number): Promise<Pushed> {
    const payload = encodeMessage(pb.PutRequestSchema, { records: [recordToWire(write)] });
    const members = new Set(this.#members());
    const concerned = [...new Set([status.submitter, status.owner])].filter((peer) => members.has(peer));
    const others = [...members].filter((peer) => !concerned.includes(peer));
    const candidates = rendezvousOrder(status.id, others, this.#options.maxCandidates);
    const pushed: Pushed = { acknowledged: [], overruling: [] };
    const tell = async (peer: PeerId) => {
      const isKept = await this.#isKeptBy(peer, status.id, payload, pushed);
      if (isKept) pushed.acknowledged.push(peer);
      return isKept;
    };
    // Each of these walks on through the order until one candidate holds the record; who is late may still be one.
    const place = async () => {
      const late: Promise<boolean>[] = [];
      for (let peer = candidates.shift(); peer !== undefined && !this.#stopped; peer = candidates.shift()) {
        const telling = tell(peer);
        late.push(telling);
        if (await Promise.race([telling, sleep(this.#clock, this.#options.impatienceMs)])) return;
      }
      await Promise.all(late);
    };
    await Promise.all([...concerned.map(tell), ...Array.from({ length: copies }, place)]);
    return pushed;
  }

  async #isKeptBy(peer: PeerId, id: string, payload: Uint8Array, pushed: Pushed): Promise<boolean> {
    try {
      const { kept, overruling } = decodeMessage(pb.PutReplySchema, await this.#call(peer, PUT, payload));
      pushed.overruling.push(...recordsFromWire(overruling).filter(({ record }) => record.status.id === id));
      return kept.includes(id);
    } catch (error) {
      this.#log.debug({ peer, job: id, err: error }, 'a peer did not take a job status');
      return false;
    }
  }

  async #answerPut(payload: Uint8Array): Promise<Uint8Array> {
    const writes = recordsFromWire(decodeMessage(pb.PutRequestSchema, payload).records);
    const fresh: StatusWrite[] = [];
    const overruling: pb.Record[] = [];
    for (const write of writes) {
      const held = await this.#map.get(write.record.status.id);
      if (held && isOtherEnd(held.status, write.record.status))
        overruling.push(recordToWire({ record: held }));
      else fresh.push(write);
    }
    const { kept } = await this.#map.take(fresh, { durable: true });
    for (const { record } of fresh) {
      const held = isTerminal(record.status.state) ? undefined : await this.#map.get(record.status.id);
      if (held && isTerminal(held.status.state)) overruling.push(recordToWire({ record: held }));
    }
    return encodeMessage(pb.PutReplySchema, { kept: [...kept], overruling });
  }

  async #call(peer: PeerId, method: string, payload: Uint8Array): Promise<Uint8Array> {
    const { timeoutMs } = this.#options;
    return await callMember(this.#network, this.#connector, peer, { method, payload, timeoutMs });
  }

  // --- what comes by itself ---

  #heard(payload: Uint8Array): void {
    if (this.#stopped || this.#incoming >= this.#options.maxIncoming) return;
    const writes = recordsFromWire(decodeMessage(pb.NewsSchema, payload).records);
    this.#incoming += writes.length;
    this.#map
      .take(writes)
      .catch((error) => this.#log.warn({ err: error }, 'job statuses could not be written'))
      .finally(() => {
        this.#incoming -= writes.length;
      });
  }

  #scheduleSweep(): void {
    this.#timer = this.#clock.after(this.#options.sweepMs, () => {
      this.#scheduleSweep();
      this.#map
        .sweep()
        .catch((error) => this.#log.warn({ err: error }, 'job statuses could not be cleared up'));
    });
  }
}

/** Whether a job that has ended is to be ended once more: only who dismisses it may do that. */
function isOtherEnd(held: JobStatus, end: JobStatus): boolean {
  return (
    isTerminal(held.state) &&
    isTerminal(end.state) &&
    end.state !== 'dismissed' &&
    (held.state !== end.state || held.epoch !== end.epoch || held.owner !== end.owner)
  );
}
