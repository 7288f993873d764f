import { isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import { type LeaseOptions, LeaseTable, TAKEN_OVER, type WatchedLease } from '../core/jobs/lease.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { Timer } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';
import type { Executor } from './executor.ts';
import type { JobPeers } from './job-peers.ts';
import { type HeldJob, holderOf, LeaseRenewals } from './lease-renewals.ts';
import {
  type Placement,
  PlacementQueue,
  type PlacementQueueOptions,
  type PlacementQueueParts,
} from './placement-queue.ts';
import type { Rebalancer } from './rebalancer.ts';

/** How often leases are looked at. */
const TICK_MS = 250;

/** A tick that comes so late tells that the machine slept. */
const SLEPT_MS = 5000;

/** Requests fetched at a time by a peer that became the standby of their jobs. */
const MAX_FETCHING = 4;

interface KeeperOptions extends LeaseOptions, PlacementQueueOptions {
  /** A peer that was started again waits so long for others before it executes what it had. */
  readonly settleMs: number;
  /** Longest wait for an answer to a renewal. */
  readonly timeoutMs: number;
}

export interface KeeperParts extends Omit<PlacementQueueParts, 'onPlaced' | 'onOvertaken' | 'options'> {
  readonly peers: JobPeers;
  readonly executor: Executor;
  readonly rebalancer: Rebalancer;
  readonly options: KeeperOptions;
}

/**
 * Sees to it that every accepted job comes to an end: has the leases renewed of what is executed or placed here, watches
 * those of others as their standby, and has jobs placed again whose peer is gone.
 *
 * A job that nobody has claimed is leased to its submitter, with epoch 0.
 */
export class Keeper {
  readonly #parts: KeeperParts;
  readonly #leases: LeaseTable;
  readonly #queue: PlacementQueue;
  readonly #renewals: LeaseRenewals;
  /** Every job that goes on, as last heard. */
  readonly #open = new Map<string, JobStatus>();
  /** This peer's place among the standbys of a job with that owner, -1 for none, in the mesh of that generation. */
  readonly #ranks = new Map<
    string,
    { readonly rank: number; readonly generation: number; readonly owner: PeerId }
  >();
  /** Jobs that this peer stands by for whose request is on its disk, or on its way there. */
  readonly #provided = new Set<string>();
  #fetching = 0;
  /** Grows whenever a peer comes or goes. */
  #generation = 0;
  #timer: Timer | undefined;
  #startedMs = 0;
  #tickedMs = 0;
  #stopped = true;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    const { map, peers, clock, options } = parts;
    this.#leases = new LeaseTable(options);
    this.#queue = new PlacementQueue({
      ...parts,
      onPlaced: (status) => this.#placed(status),
      onOvertaken: (job, record) => (record ? this.#heard(record) : this.#forget(job)),
    });
    this.#renewals = new LeaseRenewals({
      ...parts,
      onRenewed: (lease, holder) => this.#renewed(lease, holder),
    });
    map.onChange((record) => this.#heard(record));
    peers.onChange((peer, isThere) => {
      this.#generation += 1;
      if (isThere) this.#leases.ownerBack(peer);
      else this.#leases.ownerGone(peer, clock.now());
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
    this.#startedMs = clock.now();
    this.#tickedMs = this.#startedMs;
    this.#schedule();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#queue.stop();
  }

  /** Has a job placed by this peer, now. */
  place({ status }: StatusRecord, placement: Placement): void {
    this.#open.set(status.id, status);
    this.#queue.add(status, placement);
    this.#queue.placeDue();
  }

  /** Whether jobs of the process wait here that nobody takes. */
  isStuck(process: string): boolean {
    return this.#queue.isStuck(process);
  }

  /** A job that was to be placed goes on here. */
  keep(job: string): void {
    this.#queue.delete(job);
  }

  /** Jobs that wait to be placed by this peer. */
  get waiting(): number {
    return this.#queue.size;
  }

  /** Jobs for which this peer seeks somebody right now. */
  get placing(): number {
    return this.#queue.placing;
  }

  #heard({ status }: StatusRecord): void {
    const { id, epoch } = status;
    if (isTerminal(status.state)) {
      this.#forget(id);
      this.#queue.jobEnded(id);
      return;
    }
    this.#open.set(id, status);
    this.#queue.wentOn(id, epoch);
    if (holderOf(status) === this.#parts.network.self) this.#leases.released(id);
    else this.#leases.heardOf(id, epoch, holderOf(status), this.#parts.clock.now());
  }

  #forget(id: string): void {
    this.#open.delete(id);
    this.#ranks.delete(id);
    this.#provided.delete(id);
    this.#queue.delete(id);
    this.#leases.released(id);
  }

  // --- time ---

  #schedule(): void {
    this.#timer = this.#parts.clock.after(TICK_MS, () => {
      if (this.#stopped) return;
      this.#schedule();
      const nowMs = this.#parts.clock.now();
      if (nowMs - this.#tickedMs > SLEPT_MS) this.#leases.slept(nowMs);
      this.#tickedMs = nowMs;
      this.#parts.executor.yieldToOwner();
      this.#parts.rebalancer.look();
      this.#claimDue(nowMs);
      this.#takeUpOwn(nowMs);
      this.#provideRequests(nowMs);
      this.#queue.placeDue();
      this.#renewals.renewDue(() => this.#held());
    });
  }

  /** What others left behind. */
  #claimDue(nowMs: number): void {
    for (const lease of this.#leases.due(nowMs, (each) => this.#rankOf(each, nowMs))) {
      const status = this.#open.get(lease.job);
      if (!status || this.#queue.has(lease.job)) continue;
      const { job, epoch, owner } = lease;
      const why = TAKEN_OVER[lease.reason];
      this.#parts.log.info({ job, epoch, owner, reason: why }, 'a job is taken over');
      this.#queue.add({ ...status, epoch }, { reason: epoch === 0 ? '' : why, except: [owner] });
    }
  }

  /** What this peer itself did before it was started again. Others may have taken it over: they are waited for. */
  #takeUpOwn(nowMs: number): void {
    const { network, executor, peers, options } = this.#parts;
    if (peers.others().length === 0 && nowMs - this.#startedMs < options.settleMs) return;
    for (const [id, status] of this.#open) {
      if (holderOf(status) !== network.self || executor.attempt(id)) continue;
      if (this.#queue.has(id) || this.#queue.isPlacing(id)) continue;
      this.#queue.add(status, { reason: status.epoch === 0 ? '' : 'its peer was started again' });
    }
  }

  /** A standby that was none when the job was accepted needs its request: those who have it may all go. */
  #provideRequests(nowMs: number): void {
    for (const [id, status] of this.#open) {
      if (this.#fetching >= MAX_FETCHING) return;
      if (this.#provided.has(id) || this.#queue.has(id)) continue;
      const lease = { job: id, epoch: status.epoch, owner: holderOf(status), heardMs: nowMs };
      if (this.#rankOf(lease, nowMs) === undefined) continue;
      this.#provided.add(id);
      this.#fetching += 1;
      void this.#parts.replication
        .request(id)
        .then((request) => {
          if (!request) this.#provided.delete(id);
        })
        .catch((error) =>
          this.#parts.log.warn({ job: id, err: error }, 'the request of a job could not be fetched'),
        )
        .finally(() => {
          this.#fetching -= 1;
        });
    }
  }

  /** Undefined for who is no standby. Who becomes one begins to watch: it has not heard the renewals before. */
  #rankOf({ job, epoch, owner }: WatchedLease, nowMs: number): number | undefined {
    const { replication, network } = this.#parts;
    const generation = this.#generation;
    const known = this.#ranks.get(job);
    if (known?.generation === generation && known.owner === owner)
      return known.rank < 0 ? undefined : known.rank;
    const rank = replication.standbys(job, [owner]).indexOf(network.self);
    this.#ranks.set(job, { rank, generation, owner });
    if (known !== undefined && known.rank < 0 && rank >= 0) this.#leases.heardOf(job, epoch, owner, nowMs);
    return rank < 0 ? undefined : rank;
  }

  // --- leases ---

  *#held(): Iterable<HeldJob> {
    const { executor, network } = this.#parts;
    const told = new Set<string>();
    for (const { id, status } of executor.attempts()) {
      told.add(id);
      yield { job: id, epoch: status.epoch };
    }
    for (const id of this.#queue.jobs()) {
      const status = this.#open.get(id);
      if (status && holderOf(status) === network.self && !told.has(id))
        yield { job: id, epoch: status.epoch };
    }
  }

  #renewed({ job, epoch }: HeldJob, holder: PeerId): boolean {
    // A claim that this peer is about to make would go ahead of the renewal: who asks hears of it next time.
    if (this.#queue.isPlacing(job)) return false;
    const status = this.#open.get(job);
    if (status && holderOf(status) === holder) this.#queue.delete(job);
    this.#leases.renewed(job, epoch, holder, this.#parts.clock.now());
    return true;
  }

  #placed(status: JobStatus): void {
    const { network, clock } = this.#parts;
    if (isTerminal(status.state) || status.owner === network.self) return;
    this.#leases.heardOf(status.id, status.epoch, holderOf(status), clock.now());
  }
}
