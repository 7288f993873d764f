import * as pb from '../../protocols/jobs/jobs_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import {
  differingSums,
  GROUPS,
  type IndexEntry,
  LEAVES,
  LEAVES_PER_GROUP,
  SUM_BYTES,
} from '../core/jobs/status-index.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { StatusMap } from './status-map.ts';
import { entriesFromWire, malformed, recordsFromWire, recordToWire } from './wire.ts';

const COMPARE = 'jobs.compare';
const PULL = 'jobs.pull';

export interface AntiEntropyOptions {
  /** A random peer is compared with after a time between these two. */
  readonly minPeriodMs: number;
  readonly maxPeriodMs: number;
  /** A new connection is compared over after a random time up to this. */
  readonly connectJitterMs: number;
  /** A peer that is busy itself is asked again after this. */
  readonly retryMs: number;
  /** One call. */
  readonly timeoutMs: number;
  /** Records asked for at a time. */
  readonly recordsPerPull: number;
  /** Bytes of records in one answer. */
  readonly bytesPerPull: number;
  /** With so many differing leaves this peer lets nobody compare until it has caught up. */
  readonly largeDifference: number;
  /** Pulls answered at a time. */
  readonly maxServed: number;
}

/**
 * Makes this peer's statuses equal to those of others: compares hash trees on connect and on a timer, and pulls what
 * differs. Each peer pulls for itself, from one peer at a time; who answers and sees that it is behind pulls as well.
 */
export class AntiEntropy {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #map: StatusMap;
  readonly #options: AntiEntropyOptions;
  /** Peers to pull from, in order. */
  readonly #wanted = new Set<PeerId>();
  /**
   * When the last pull from a connected peer began. That a peer holds something otherwise is no reason to pull from it
   * again at once: two of which one refuses what the other holds would ask each other without end.
   */
  readonly #pulledMs = new Map<PeerId, number>();
  #timer: Timer | undefined;
  #pulling = false;
  #catchingUp = false;
  #served = 0;
  #stopped = true;

  constructor(
    world: { network: Network; clock: Clock; random: Random; log: Log },
    map: StatusMap,
    options: AntiEntropyOptions,
  ) {
    this.#network = world.network;
    this.#clock = world.clock;
    this.#random = world.random;
    this.#log = world.log;
    this.#map = map;
    this.#options = options;
  }

  listen(): void {
    this.#network.onCall(COMPARE, (payload) => this.#answerCompare(payload));
    this.#network.onCall(PULL, (payload, { peer }) => this.#answerPull(payload, peer));
    this.#network.on('connect', (peer) =>
      this.#soon(peer, this.#options.connectJitterMs * this.#random.next()),
    );
    this.#network.on('disconnect', (peer) => {
      this.#wanted.delete(peer);
      this.#pulledMs.delete(peer);
    });
  }

  start(): void {
    this.#stopped = false;
    for (const peer of this.#network.connected()) {
      this.#soon(peer, this.#options.connectJitterMs * this.#random.next());
    }
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  // --- asking ---

  #schedule(): void {
    const { minPeriodMs, maxPeriodMs } = this.#options;
    this.#timer = this.#clock.after(minPeriodMs + (maxPeriodMs - minPeriodMs) * this.#random.next(), () => {
      this.#schedule();
      const peers = this.#network.connected();
      const peer = peers[Math.floor(this.#random.next() * peers.length)];
      if (peer !== undefined) this.#soon(peer, 0);
    });
  }

  #soon(peer: PeerId, delayMs: number): void {
    if (this.#stopped) return;
    this.#clock.after(delayMs, () => {
      if (this.#stopped || !this.#network.isConnected(peer)) return;
      this.#wanted.add(peer);
      if (!this.#pulling) void this.#pullAll();
    });
  }

  async #pullAll(): Promise<void> {
    this.#pulling = true;
    for (const peer of this.#wanted) {
      this.#wanted.delete(peer);
      if (this.#stopped) break;
      try {
        await this.#pull(peer);
      } catch (error) {
        this.#log.debug({ peer, err: error }, 'comparing job statuses failed');
        if (errorCode(error) === 'BUSY')
          this.#soon(peer, this.#options.retryMs * (0.5 + this.#random.next()));
      }
      this.#catchingUp = false;
    }
    this.#pulling = false;
  }

  async #pull(peer: PeerId): Promise<void> {
    this.#pulledMs.set(peer, this.#clock.now());
    const groups = this.#map.index.groupSums();
    const reply = decodeMessage(
      pb.CompareReplySchema,
      await this.#call(peer, COMPARE, encodeMessage(pb.CompareRequestSchema, { groups })),
    );
    const leaves = this.#differingLeaves(reply.differing);
    this.#catchingUp = leaves.size >= this.#options.largeDifference;
    let changed = 0;
    let storing: Promise<unknown> = Promise.resolve();
    for (const batch of this.#batches(leaves)) {
      // While one answer is written, the next is on its way.
      for (let more = true; more && !this.#stopped; ) {
        const answer = await this.#pullLeaves(peer, batch);
        await storing;
        const before = changed;
        const taking = this.#map.take(answer.writes).then((taken) => {
          changed += taken.changed.length;
        });
        storing = taking;
        // Marked as handled: it is awaited a little later.
        storing.catch(() => {});
        if (answer.more) await taking;
        more = answer.more && changed > before;
      }
    }
    await storing;
  }

  /** Leaves in which the other side has something that this one has not, and how many jobs it may be. */
  #differingLeaves(differing: readonly pb.GroupSums[]): Map<number, number> {
    const leaves = new Map<number, number>();
    for (const { group, leaves: theirs, counts } of differing) {
      if (
        group >= GROUPS ||
        theirs.length !== LEAVES_PER_GROUP * SUM_BYTES ||
        counts.length !== LEAVES_PER_GROUP
      ) {
        throw malformed('sums');
      }
      const own = this.#map.index.leafCounts(group);
      for (const at of differingSums(this.#map.index.leafSums(group), theirs)) {
        const count = counts[at] as number;
        if (count > 0) leaves.set(group * LEAVES_PER_GROUP + at, Math.max(count, own[at] as number));
      }
    }
    return leaves;
  }

  *#batches(leaves: ReadonlyMap<number, number>): Iterable<number[]> {
    let batch: number[] = [];
    let records = 0;
    for (const [leaf, count] of leaves) {
      if (batch.length > 0 && records + count > this.#options.recordsPerPull) {
        yield batch;
        batch = [];
        records = 0;
      }
      batch.push(leaf);
      records += count;
    }
    if (batch.length > 0) yield batch;
  }

  async #pullLeaves(peer: PeerId, leaves: readonly number[]) {
    const entries = leaves.flatMap((leaf) =>
      [...this.#map.index.entries(leaf)].map(([id, { fingerprint, expiresAt }]) => ({
        id,
        fingerprint: BigInt(fingerprint),
        expiresAt: BigInt(expiresAt),
      })),
    );
    const request = encodeMessage(pb.PullRequestSchema, { leaves: [...leaves], entries });
    const { records, more, behind } = decodeMessage(
      pb.PullReplySchema,
      await this.#call(peer, PULL, request),
    );
    return { writes: recordsFromWire(records), more, behind };
  }

  #call(peer: PeerId, method: string, payload: Uint8Array): Promise<Uint8Array> {
    return this.#network.call(peer, method, payload, { timeoutMs: this.#options.timeoutMs });
  }

  // --- answering ---

  #answerCompare(payload: Uint8Array): Uint8Array {
    if (this.#catchingUp || this.#stopped) throw new GismeshError('BUSY', 'this peer is catching up itself');
    const { groups } = decodeMessage(pb.CompareRequestSchema, payload);
    if (groups.length !== GROUPS * SUM_BYTES) throw malformed('sums');
    const { index } = this.#map;
    const differing = differingSums(index.groupSums(), groups).map((group) => ({
      group,
      leaves: index.leafSums(group),
      counts: index.leafCounts(group),
    }));
    return encodeMessage(pb.CompareReplySchema, { differing });
  }

  async #answerPull(payload: Uint8Array, peer: PeerId): Promise<Uint8Array> {
    if (this.#served >= this.#options.maxServed)
      throw new GismeshError('BUSY', 'too many peers catch up here');
    this.#served += 1;
    try {
      const request = decodeMessage(pb.PullRequestSchema, payload);
      const leaves = new Set(request.leaves);
      if ([...leaves].some((leaf) => leaf >= LEAVES)) throw malformed('leaf');
      const theirs = entriesFromWire(request.entries);
      const { unknown, behind } = this.#differences(leaves, theirs);
      if (behind && !this.#hasJustPulled(peer))
        this.#soon(peer, this.#options.connectJitterMs * this.#random.next());
      const { records, more } = await this.#fitting(unknown);
      return encodeMessage(pb.PullReplySchema, { records, more, behind });
    } finally {
      this.#served -= 1;
    }
  }

  /** The caller may compare because this peer did. */
  #hasJustPulled(peer: PeerId): boolean {
    const lastMs = this.#pulledMs.get(peer) ?? Number.NEGATIVE_INFINITY;
    return this.#clock.now() - lastMs < this.#options.minPeriodMs;
  }

  /** Jobs that this peer holds otherwise than the caller, and whether the caller holds some otherwise. */
  #differences(leaves: Iterable<number>, theirs: ReadonlyMap<string, IndexEntry>) {
    const unknown: string[] = [];
    let common = 0;
    for (const leaf of leaves) {
      for (const [id, own] of this.#map.index.entries(leaf)) {
        const their = theirs.get(id);
        if (their?.fingerprint === own.fingerprint && their.expiresAt === own.expiresAt) common += 1;
        else unknown.push(id);
      }
    }
    return { unknown, behind: common < theirs.size };
  }

  async #fitting(ids: readonly string[]): Promise<{ records: pb.Record[]; more: boolean }> {
    const records: pb.Record[] = [];
    let bytes = 0;
    for (let at = 0; at < ids.length; at += this.#options.recordsPerPull) {
      for (const record of await this.#map.getAll(ids.slice(at, at + this.#options.recordsPerPull))) {
        bytes += record.body.length + 32;
        if (bytes > this.#options.bytesPerPull && records.length > 0) return { records, more: true };
        records.push(recordToWire({ record }));
      }
    }
    return { records, more: false };
  }
}
