import * as pb from '../../protocols/jobs/jobs_pb.js';
import type { JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { rendezvousOrder } from '../core/rendezvous.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { AntiEntropy, type AntiEntropyOptions } from './anti-entropy.ts';
import { News, type NewsOptions } from './news.ts';
import type { StatusMap } from './status-map.ts';
import {
  decode,
  encode,
  idFromWire,
  recordFromWire,
  recordsFromWire,
  recordToWire,
  type StatusWrite,
  writing,
} from './wire.ts';

const PUT = 'jobs.put';
const FIND = 'jobs.find';

export interface ReplicationOptions {
  /** Other peers that hold a record on their disks before it counts as safe. */
  readonly copies: number;
  /** One call. */
  readonly timeoutMs: number;
  /** Peers asked to hold a record, at most: when some do not answer, the next of the order are asked. */
  readonly maxCandidates: number;
  /** Peers asked for a job that is unknown here. */
  readonly findPeers: number;
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

/** Spreads job statuses over the mesh. `protocols/jobs` describes what goes over the wire. */
export class Replication {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #map: StatusMap;
  readonly #members: () => readonly PeerId[];
  readonly #ensureConnected: (peer: PeerId) => Promise<void>;
  readonly #options: ReplicationOptions;
  readonly #news: News;
  readonly #antiEntropy: AntiEntropy;
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
    this.#ensureConnected = parts.ensureConnected;
    this.#options = options;
    const peers = () => this.#members().length + 1;
    this.#news = new News({ network, clock, peers, options: options.news });
    this.#antiEntropy = new AntiEntropy({ network, clock, random, log }, map, options.antiEntropy);
    this.#news.listen((payload) => this.#heard(payload));
    this.#antiEntropy.listen();
    network.onCall(PUT, (payload) => this.#answerPut(payload));
    network.onCall(FIND, (payload) => this.#answerFind(payload));
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
   * `request` goes along to the standbys. Throws what writing here throws.
   */
  async replicate(
    status: JobStatus,
    options: { readonly copies?: number; readonly request?: Uint8Array } = {},
  ): Promise<Replicated> {
    const write: StatusWrite = {
      record: this.#writing(status),
      ...(options.request && { request: options.request }),
    };
    const changed = await this.#map.write(write, { durable: true });
    if (changed) this.#news.changed(changed);
    const record = changed ?? (await this.#map.get(status.id)) ?? write.record;
    const payload = encode(pb.PutRequestSchema, { records: [recordToWire({ ...write, record })] });
    const acknowledged = await this.#push(status, payload, options.copies ?? this.#options.copies);
    return { record, acknowledged };
  }

  /** What is known of a job anywhere near: here, or at the peers that stand by for it. */
  async find(id: string): Promise<StatusRecord | undefined> {
    return (await this.#map.get(id)) ?? (await this.#ask(id, false))?.record;
  }

  /** A job's request, from here or from the peers that stand by for it. */
  async request(id: string): Promise<Uint8Array | undefined> {
    return (await this.#map.request(id)) ?? (await this.#ask(id, true))?.request;
  }

  #writing(status: JobStatus): StatusRecord {
    return writing(status, this.#clock.wallTime() + this.#options.ttlMs);
  }

  // --- pushing ---

  async #push(status: JobStatus, payload: Uint8Array, copies: number): Promise<PeerId[]> {
    const members = new Set(this.#members());
    const concerned = [...new Set([status.submitter, status.owner])].filter((peer) => members.has(peer));
    const others = [...members].filter((peer) => !concerned.includes(peer));
    const candidates = rendezvousOrder(status.id, others, this.#options.maxCandidates);
    const acknowledged: PeerId[] = [];
    const tell = async (peer: PeerId) => {
      const isKept = await this.#isKeptBy(peer, status.id, payload);
      if (isKept) acknowledged.push(peer);
      return isKept;
    };
    // Each of these walks on through the order until one candidate holds the record.
    const place = async () => {
      for (let peer = candidates.shift(); peer !== undefined && !this.#stopped; peer = candidates.shift()) {
        if (await tell(peer)) return;
      }
    };
    await Promise.all([...concerned.map(tell), ...Array.from({ length: copies }, place)]);
    return acknowledged;
  }

  async #isKeptBy(peer: PeerId, id: string, payload: Uint8Array): Promise<boolean> {
    try {
      const { kept } = decode(pb.PutReplySchema, await this.#call(peer, PUT, payload));
      return kept.includes(id);
    } catch (error) {
      this.#log.debug({ peer, job: id, err: error }, 'a peer did not take a job status');
      return false;
    }
  }

  async #answerPut(payload: Uint8Array): Promise<Uint8Array> {
    const { records } = decode(pb.PutRequestSchema, payload);
    const { kept } = await this.#map.take(recordsFromWire(records), { durable: true });
    return encode(pb.PutReplySchema, { kept: [...kept] });
  }

  // --- asking ---

  async #ask(id: string, withRequest: boolean): Promise<StatusWrite | undefined> {
    const peers = rendezvousOrder(id, this.#members(), this.#options.findPeers);
    const payload = encode(pb.FindRequestSchema, { id, withRequest });
    const answers = await Promise.all(peers.map((peer) => this.#askOne(peer, id, payload)));
    const found = answers.filter((answer) => answer !== undefined);
    const { kept } = await this.#map.take(found);
    if (kept.length === 0) return undefined;
    const record = await this.#map.get(id);
    const request = found.find((answer) => answer.request)?.request;
    return record && { record, ...(request && { request }) };
  }

  async #askOne(peer: PeerId, id: string, payload: Uint8Array): Promise<StatusWrite | undefined> {
    try {
      const { record } = decode(pb.FindReplySchema, await this.#call(peer, FIND, payload));
      const found = record && recordFromWire(record);
      return found?.record.status.id === id ? found : undefined;
    } catch (error) {
      this.#log.debug({ peer, job: id, err: error }, 'a peer could not be asked for a job');
      return undefined;
    }
  }

  async #answerFind(payload: Uint8Array): Promise<Uint8Array> {
    const request = decode(pb.FindRequestSchema, payload);
    const id = idFromWire(request.id);
    const record = await this.#map.get(id);
    if (!record) return encode(pb.FindReplySchema, {});
    const kept = request.withRequest ? await this.#map.request(id) : undefined;
    return encode(pb.FindReplySchema, { record: recordToWire({ record, ...(kept && { request: kept }) }) });
  }

  async #call(peer: PeerId, method: string, payload: Uint8Array): Promise<Uint8Array> {
    if (!this.#network.isConnected(peer)) await this.#ensureConnected(peer);
    return this.#network.call(peer, method, payload, { timeoutMs: this.#options.timeoutMs });
  }

  // --- what comes by itself ---

  #heard(payload: Uint8Array): void {
    if (this.#stopped || this.#incoming >= this.#options.maxIncoming) return;
    const writes = recordsFromWire(decode(pb.NewsSchema, payload).records);
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
