import * as pb from '../../protocols/jobs/jobs_pb.js';
import { isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import type { Moment } from '../core/jobs/lease.ts';
import { callMember } from '../platform/call-member.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Executor } from './executor.ts';
import type { JobPeers } from './job-peers.ts';
import { momentOf } from './lease-holder.ts';
import type { Replication } from './replication.ts';
import type { StatusMap } from './status-map.ts';
import { idFromWire, recordsFromWire, recordToWire } from './wire.ts';

const RENEW = 'jobs.renew';

/** Leases in one renewal, and overruling records in its answer. */
const MAX_LEASES = 1000;
const MAX_OVERRULING = 50;

export interface HeldJob {
  readonly job: string;
  readonly epoch: number;
}

interface LeaseRenewalsParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly peers: JobPeers;
  readonly executor: Executor;
  /** Whether this peer, as a standby, takes the renewal; when it is about to claim the job itself, it does not. */
  readonly onRenewed: (lease: HeldJob, holder: PeerId) => boolean;
  readonly options: {
    readonly renewMs: number;
    /** Longest wait for an answer. */
    readonly timeoutMs: number;
  };
}

/** Tells the standbys of all jobs held here that they still are, and hears the same of others. */
export class LeaseRenewals {
  readonly #parts: LeaseRenewalsParts;
  #renewedMs = Number.NEGATIVE_INFINITY;
  #renewing = false;

  constructor(parts: LeaseRenewalsParts) {
    this.#parts = parts;
    parts.network.onCall(RENEW, (payload, { peer }) => this.#answer(payload, peer));
  }

  /** Renews when that is due: twice per `renewMs`. */
  renewDue(held: () => Iterable<HeldJob>): void {
    const { clock, options, log } = this.#parts;
    if (this.#renewing || clock.now() - this.#renewedMs < options.renewMs / 2) return;
    this.#renewing = true;
    this.#renewedMs = clock.now();
    void this.#renew(held())
      .catch((error) => log.warn({ err: error }, 'leases could not be renewed'))
      .finally(() => {
        this.#renewing = false;
      });
  }

  async #renew(held: Iterable<HeldJob>): Promise<void> {
    const { executor, replication, network, clock, peers } = this.#parts;
    const at = momentOf(clock);
    const byPeer = new Map<PeerId, HeldJob[]>();
    for (const lease of held) {
      const standbys = replication.standbys(lease.job, [network.self]);
      // Nobody else lives: nobody can claim it.
      if (standbys.length === 0 && peers.isAlone()) executor.attempt(lease.job)?.lease.renewed(at);
      for (const peer of standbys) {
        const leases = byPeer.get(peer) ?? [];
        byPeer.set(peer, leases);
        leases.push(lease);
      }
    }
    await Promise.all(
      [...byPeer].map(([peer, leases]) => this.#renewAt(peer, leases.slice(0, MAX_LEASES), at)),
    );
  }

  async #renewAt(peer: PeerId, leases: readonly HeldJob[], at: Moment): Promise<void> {
    const { network, peers, map, executor, log, options } = this.#parts;
    try {
      const payload = encodeMessage(pb.RenewRequestSchema, { leases: leases.map((lease) => ({ ...lease })) });
      const { timeoutMs } = options;
      const answer = await callMember(network, peers, peer, { method: RENEW, payload, timeoutMs });
      const { renewed, overruling } = decodeMessage(pb.RenewReplySchema, answer);
      await map.take(recordsFromWire(overruling));
      for (const job of renewed) executor.attempt(job)?.lease.renewed(at);
    } catch (error) {
      log.debug({ peer, err: error }, 'a standby did not acknowledge leases');
    }
  }

  async #answer(payload: Uint8Array, peer: PeerId): Promise<Uint8Array> {
    const { map, onRenewed } = this.#parts;
    const { leases } = decodeMessage(pb.RenewRequestSchema, payload);
    const renewed: string[] = [];
    const overruling: pb.Record[] = [];
    for (const { job, epoch } of leases.slice(0, MAX_LEASES)) {
      const id = idFromWire(job);
      const record = await map.get(id);
      if (record && overrules(record.status, epoch, peer)) {
        if (overruling.length < MAX_OVERRULING) overruling.push(recordToWire({ record }));
      } else if (onRenewed({ job: id, epoch }, peer)) {
        renewed.push(id);
      }
    }
    return encodeMessage(pb.RenewReplySchema, { renewed, overruling });
  }
}

/** Who has to see to the job. */
export function holderOf({ owner, submitter }: JobStatus): PeerId {
  return owner === '' ? submitter : owner;
}

/** Whether what is known of a job makes a lease void. */
function overrules(status: JobStatus, epoch: number, holder: PeerId): boolean {
  if (isTerminal(status.state) || status.epoch > epoch) return true;
  return status.epoch === epoch && holderOf(status) !== holder && holderOf(status) > holder;
}
