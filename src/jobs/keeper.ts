import * as pb from '../../protocols/jobs/jobs_pb.js';
import { backoffMs } from '../core/backoff.ts';
import { errorCode } from '../core/errors.ts';
import { isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import { LeaseTable, type Moment, type WatchedLease } from '../core/jobs/lease.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { claimed, ended } from '../core/jobs/transitions.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { type Chaining, dataOf } from './chaining.ts';
import type { Executor } from './executor.ts';
import type { JobPeers } from './job-peers.ts';
import { momentOf } from './lease-holder.ts';
import type { Placing } from './placing.ts';
import type { Replication } from './replication.ts';
import type { StatusMap } from './status-map.ts';
import { decodeSubmission, type Submission } from './submission.ts';
import { decode, encode, idFromWire, recordsFromWire, recordToWire } from './wire.ts';

const RENEW = 'jobs.renew';

/** Leases in one renewal, and overruling records in its answer. */
const MAX_LEASES = 1000;
const MAX_OVERRULING = 50;

/** How often leases are looked at. */
const TICK_MS = 250;

/** A tick that comes so late tells that the machine slept. */
const SLEPT_MS = 5000;

interface KeeperOptions {
  readonly renewMs: number;
  readonly expireMs: number;
  readonly staggerMs: number;
  readonly maxLeases: number;
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxPlacing: number;
  readonly patienceMs: number;
  readonly maxAttempts: number;
  /** Longest wait for an answer to a renewal. */
  readonly timeoutMs: number;
}

export interface KeeperParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly peers: JobPeers;
  readonly executor: Executor;
  readonly placing: Placing;
  readonly chaining: Chaining;
  readonly options: KeeperOptions;
}

/** A job to be placed. */
interface Task {
  /** Of the attempt that is to be replaced. */
  readonly epoch: number;
  readonly reason: string;
  readonly except: readonly PeerId[];
  failures: number;
  dueMs: number;
  /** Jobs that go on, whose outputs it takes. */
  waitsFor?: readonly string[];
}

/**
 * Sees to it that every accepted job comes to an end: renews the leases of what is executed or placed here, watches
 * those of others as their standby, and has jobs placed again whose peer is gone.
 *
 * A job that nobody has claimed is leased to its submitter, with epoch 0.
 */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #leases: LeaseTable;
  /** Every job that goes on, as last heard. */
  readonly #open = new Map<string, JobStatus>();
  /** This peer's place among the standbys of a job, -1 for none, in the mesh of that generation. */
  readonly #ranks = new Map<string, { readonly rank: number; readonly generation: number }>();
  /** Jobs that this peer has to have placed. */
  readonly #tasks = new Map<string, Task>();
  readonly #placing = new Set<string>();
  /** Grows whenever a peer comes or goes. */
  #generation = 0;
  #timer: Timer | undefined;
  #tickedMs = 0;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #renewing = false;
  #stopped = true;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#leases = new LeaseTable(parts.options);
    parts.map.onChange((record) => this.#heard(record));
    parts.network.onCall(RENEW, (payload, { peer }) => this.#answerRenew(payload, peer));
    parts.peers.onChange((peer, isThere) => {
      this.#generation += 1;
      if (isThere) this.#leases.ownerBack(peer);
      else this.#leases.ownerGone(peer, parts.clock.now());
    });
  }

  /** Takes up what the disk knows; the map is open. */
  async start(): Promise<void> {
    this.#stopped = false;
    const { map, clock } = this.#parts;
    for (let offset = 0; ; ) {
      const page = await map.list({ states: ['accepted', 'running'] }, undefined, { offset });
      for (const record of page.records) this.#heard(record);
      offset += page.records.length;
      if (offset >= page.total || page.records.length === 0) break;
    }
    this.#tickedMs = clock.now();
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Has a job placed by this peer, now; an attempt that could not begin here is placed elsewhere. */
  place(record: StatusRecord, reason = '', except: readonly PeerId[] = []): void {
    const { id } = record.status;
    this.#open.set(id, record.status);
    this.#task(record.status, reason, except);
    this.#placeDue();
  }

  /** Jobs that wait to be placed by this peer. */
  get waiting(): number {
    return this.#tasks.size;
  }

  #heard({ status }: StatusRecord): void {
    const { self } = this.#parts.network;
    const { id } = status;
    if (isTerminal(status.state)) {
      this.#open.delete(id);
      this.#ranks.delete(id);
      this.#tasks.delete(id);
      this.#leases.released(id);
      this.#sourceEnded(id);
      return;
    }
    this.#open.set(id, status);
    if (status.epoch > (this.#tasks.get(id)?.epoch ?? Infinity)) this.#tasks.delete(id);
    if (holderOf(status) === self) this.#leases.released(id);
    else this.#leases.renewed(id, status.epoch, holderOf(status), this.#parts.clock.now());
  }

  // --- time ---

  #schedule(): void {
    this.#timer = this.#parts.clock.after(TICK_MS, () => {
      if (this.#stopped) return;
      this.#schedule();
      const nowMs = this.#parts.clock.now();
      if (nowMs - this.#tickedMs > SLEPT_MS) this.#leases.slept(nowMs);
      this.#tickedMs = nowMs;
      this.#claimDue(nowMs);
      this.#placeDue();
      if (!this.#renewing && nowMs - this.#renewedMs >= this.#parts.options.renewMs / 2) {
        this.#renewing = true;
        this.#renewedMs = nowMs;
        void this.#renew()
          .catch((error) => this.#parts.log.warn({ err: error }, 'leases could not be renewed'))
          .finally(() => {
            this.#renewing = false;
          });
      }
    });
  }

  /** What others left behind, and what this peer itself did before it was started again. */
  #claimDue(nowMs: number): void {
    const { network, executor, log } = this.#parts;
    for (const lease of this.#leases.due(nowMs, (each) => this.#rankOf(each, nowMs))) {
      if (this.#tasks.has(lease.job)) continue;
      const reason =
        lease.reason === 'gone' ? 'its peer is gone' : 'its peer has not been heard of for too long';
      log.info({ job: lease.job, epoch: lease.epoch, owner: lease.owner, reason }, 'a job is taken over');
      this.#task({ id: lease.job, epoch: lease.epoch }, lease.epoch === 0 ? '' : reason, [lease.owner]);
    }
    for (const [id, status] of this.#open) {
      if (holderOf(status) !== network.self || this.#tasks.has(id) || executor.attempt(id)) continue;
      if (this.#placing.has(id)) continue;
      this.#task(status, status.epoch === 0 ? '' : 'its peer was started again', []);
    }
  }

  #task({ id, epoch }: Pick<JobStatus, 'id' | 'epoch'>, reason: string, except: readonly PeerId[]): void {
    this.#tasks.set(id, { epoch, reason, except, failures: 0, dueMs: this.#parts.clock.now() });
  }

  /** Undefined for who is no standby. Who becomes one begins to watch: it has not heard the renewals before. */
  #rankOf({ job, epoch, owner }: WatchedLease, nowMs: number): number | undefined {
    const { replication, network } = this.#parts;
    const generation = this.#generation;
    const known = this.#ranks.get(job);
    if (known?.generation === generation) return known.rank < 0 ? undefined : known.rank;
    const rank = replication.standbys(job, [owner]).indexOf(network.self);
    this.#ranks.set(job, { rank, generation });
    if (known !== undefined && known.rank < 0 && rank >= 0) {
      this.#leases.renewed(job, epoch, owner, nowMs);
      return undefined;
    }
    return rank < 0 ? undefined : rank;
  }

  // --- renewing ---

  /** Tells the standbys of all jobs held here that they still are. */
  async #renew(): Promise<void> {
    const { executor, replication, network, clock } = this.#parts;
    const at = momentOf(clock);
    const held = new Map<string, number>();
    for (const { id, status } of executor.attempts()) held.set(id, status.epoch);
    for (const id of this.#tasks.keys()) {
      const status = this.#open.get(id);
      if (status && holderOf(status) === network.self) held.set(id, status.epoch);
    }
    const byPeer = new Map<PeerId, Array<{ job: string; epoch: number }>>();
    for (const [job, epoch] of held) {
      const standbys = replication.standbys(job, [network.self]);
      // Nobody else lives: nobody can claim it.
      if (standbys.length === 0) executor.attempt(job)?.lease.renewed(at);
      for (const peer of standbys) byPeer.set(peer, [...(byPeer.get(peer) ?? []), { job, epoch }]);
    }
    await Promise.all(
      [...byPeer].map(([peer, leases]) => this.#renewAt(peer, leases.slice(0, MAX_LEASES), at)),
    );
  }

  async #renewAt(
    peer: PeerId,
    leases: ReadonlyArray<{ job: string; epoch: number }>,
    at: Moment,
  ): Promise<void> {
    const { network, peers, map, executor, log, options } = this.#parts;
    try {
      if (!network.isConnected(peer)) await peers.ensureConnected(peer);
      const answer = await network.call(
        peer,
        RENEW,
        encode(pb.RenewRequestSchema, { leases: leases.map((lease) => ({ ...lease })) }),
        { timeoutMs: options.timeoutMs },
      );
      const { renewed, overruling } = decode(pb.RenewReplySchema, answer);
      await map.take(recordsFromWire(overruling));
      for (const job of renewed) executor.attempt(job)?.lease.renewed(at);
    } catch (error) {
      log.debug({ peer, err: error }, 'a standby did not acknowledge leases');
    }
  }

  async #answerRenew(payload: Uint8Array, peer: PeerId): Promise<Uint8Array> {
    const { map, clock } = this.#parts;
    const { leases } = decode(pb.RenewRequestSchema, payload);
    const renewed: string[] = [];
    const overruling: pb.Record[] = [];
    for (const { job, epoch } of leases.slice(0, MAX_LEASES)) {
      const id = idFromWire(job);
      const record = await map.get(id);
      if (record && overrules(record.status, epoch, peer)) {
        if (overruling.length < MAX_OVERRULING) overruling.push(recordToWire({ record }));
        continue;
      }
      // A claim that this peer is about to make would go ahead of the renewal: who asks hears of it next time.
      if (this.#placing.has(id)) continue;
      if (this.#tasks.get(id)?.reason !== undefined && record && holderOf(record.status) === peer) {
        this.#tasks.delete(id);
      }
      this.#leases.renewed(id, epoch, peer, clock.now());
      renewed.push(id);
    }
    return encode(pb.RenewReplySchema, { renewed, overruling });
  }

  // --- placing ---

  #placeDue(): void {
    if (this.#stopped) return;
    const nowMs = this.#parts.clock.now();
    for (const [id, task] of this.#tasks) {
      if (this.#placing.size >= this.#parts.options.maxPlacing) return;
      if (task.dueMs > nowMs || this.#placing.has(id)) continue;
      this.#placing.add(id);
      void this.#placeOne(id, task).finally(() => {
        this.#placing.delete(id);
        if (!this.#stopped) this.#placeDue();
      });
    }
  }

  async #placeOne(id: string, task: Task): Promise<void> {
    const { map, replication, placing, chaining, clock, random, options, log, network } = this.#parts;
    try {
      const record = await map.get(id);
      if (!record || isTerminal(record.status.state) || record.status.epoch > task.epoch) {
        if (this.#tasks.get(id) === task) this.#tasks.delete(id);
        return;
      }
      const request = await replication.request(id);
      const submission = request && decodeSubmission(request);
      const sources = submission ? await chaining.sources(submission) : [];
      task.waitsFor = sources.filter(({ state }) => !isTerminal(state)).map((source) => source.id);
      if (task.waitsFor.length > 0) {
        task.dueMs = clock.now() + options.maxRetryMs;
        return;
      }
      const hopeless = this.#whyHopeless(record.status, submission, sources, task);
      if (hopeless !== undefined) {
        await this.#giveUp(record.status, hopeless, task);
        this.#tasks.delete(id);
        return;
      }
      if (!request) throw new Error('its request is held by nobody that lives');
      const placed = await placing.place(record, request, {
        ...task,
        data: dataOf(decodeSubmission(request), sources),
      });
      if (this.#tasks.get(id) === task) this.#tasks.delete(id);
      if (placed.status.owner !== network.self) {
        this.#leases.renewed(id, placed.status.epoch, holderOf(placed.status), clock.now());
      }
    } catch (error) {
      task.failures += 1;
      const retry = { baseMs: options.retryMs, maxMs: options.maxRetryMs };
      task.dueMs = clock.now() + backoffMs(retry, task.failures, 0.5 + random.next() / 2);
      const level = errorCode(error) === 'BUSY' ? 'debug' : 'warn';
      log[level]({ job: id, failures: task.failures, err: error }, 'a job could not be placed yet');
    }
  }

  /** Those that waited for its outputs are placed, or fail with the reason. */
  #sourceEnded(id: string): void {
    for (const task of this.#tasks.values()) {
      if (task.waitsFor?.includes(id)) task.dueMs = this.#parts.clock.now();
    }
  }

  #whyHopeless(
    status: JobStatus,
    submission: Submission | undefined,
    sources: readonly JobStatus[],
    task: Task,
  ): string | undefined {
    const { maxAttempts, patienceMs } = this.#parts.options;
    const { epoch, state, attempts } = status;
    if (epoch >= maxAttempts) {
      const last = task.reason === '' ? '' : `; of the last one ${task.reason}`;
      return `given up after ${epoch} attempts at different peers${last}`;
    }
    const readyAt = Math.max(status.submittedAt, ...sources.map(({ finishedAt = 0 }) => finishedAt));
    const sinceMs = attempts.at(-1)?.claimedAt ?? readyAt;
    if (this.#parts.clock.wallTime() - sinceMs > patienceMs) return 'no peer could take it for too long';
    if (submission && state === 'running' && !submission.idempotent) {
      return `${task.reason || 'its attempt was broken off'}, and its process must not be run twice: submit it again if that does no harm`;
    }
    return undefined;
  }

  /** A last claim, so that the end stands above the attempts before it. */
  async #giveUp(status: JobStatus, message: string, task: Task): Promise<void> {
    const { map, network, replication } = this.#parts;
    const claim = claimed(status, network.self, map.time(), task.reason || undefined);
    await replication.replicate(
      ended(claim, { state: 'failed', failure: 'job-failed', message }, map.time()),
    );
  }
}

/** Who has to see to the job. */
function holderOf({ owner, submitter }: JobStatus): PeerId {
  return owner === '' ? submitter : owner;
}

/** Whether what is known of a job makes a lease void. */
function overrules(status: JobStatus, epoch: number, holder: PeerId): boolean {
  if (isTerminal(status.state) || status.epoch > epoch) return true;
  return status.epoch === epoch && holderOf(status) !== holder && holderOf(status) > holder;
}
