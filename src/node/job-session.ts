import { Artifacts } from '../artifacts/artifacts.ts';
import type { Config } from '../config.ts';
import type { OwnerAllowance } from '../core/owner-policy.ts';
import type { Workshop } from '../jobs/bench.ts';
import { JobService } from '../jobs/job-service.ts';
import { JOBS_PROTOCOL, jobPeersOf } from '../jobs/member-peers.ts';
import { Replication } from '../jobs/replication.ts';
import { StatusMap } from '../jobs/status-map.ts';
import type { StatusStore } from '../jobs/status-store.ts';
import type { Membership } from '../mesh/membership.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { ArtifactOutputs } from './artifact-outputs.ts';
import type { JobMachine } from './job-machine.ts';

export interface JobSessionParts {
  readonly config: Config;
  readonly network: Network;
  /** Not started yet, or running. */
  readonly membership: Membership;
  readonly machine: Omit<JobMachine, 'workshop'> & { readonly workshop: Workshop };
  /** Statuses of this mesh's jobs; closed with the session. */
  readonly store: StatusStore;
  /** Whether somebody is at this machine; without it nobody ever is. */
  readonly owner?: OwnerAllowance;
  /** Nothing but jobs may be under way here: the disk may be looked through. Absent: it never is. */
  readonly isIdle?: () => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A peer's life in one mesh, as far as jobs go. */
export class JobSession {
  readonly service: JobService;
  readonly artifacts: Artifacts;
  readonly #store: StatusStore;
  readonly #replication: Replication;
  readonly #endListening: Array<() => void> = [];

  private constructor(parts: JobSessionParts, map: StatusMap) {
    const { config, network, membership, machine, store, clock, random, log } = parts;
    const peers = jobPeersOf(membership);
    const reach = {
      members: () => peers.others().map(({ peer }) => peer),
      isAlone: () => peers.isAlone(),
      ensureConnected: peers.ensureConnected,
    };
    this.#store = store;
    const world = { network, clock, random, log };
    this.#replication = new Replication({ ...world, ...reach, map, options: config.jobs.replication });
    this.artifacts = new Artifacts({
      ...world,
      ...reach,
      store: machine.artifacts,
      isIdle: parts.isIdle && (() => this.service.load.running === 0 && parts.isIdle?.() === true),
      options: config.artifacts,
    });
    peers.onChange((peer, isThere) => {
      if (!isThere) this.artifacts.peerGone(peer);
    });
    this.service = new JobService({
      ...world,
      map,
      replication: this.#replication,
      peers,
      provider: machine.processes,
      workshop: machine.workshop,
      ...(parts.owner && { owner: parts.owner }),
      outputs: new ArtifactOutputs(this.artifacts, config.artifacts.store),
      limits: config.ogc.processes,
      runLimits: config.processes.limits,
      options: {
        ...config.jobs,
        execution: { ...config.jobs.execution, slots: machine.slots },
      },
    });
    const offer = () => membership.update({ processes: this.service.processes.digest });
    this.#endListening.push(
      machine.processes.onChange(() => {
        this.service.processes.refresh();
        offer();
      }),
      // What is known of a job goes together: when its status is forgotten or void, its outputs are let go.
      map.onChange(({ status }) => {
        if (status.state === 'dismissed') void this.artifacts.releaseOwner(status.id).catch(() => {});
      }),
    );
    membership.update({
      protocols: [
        ...membership.self.offer.protocols.filter(({ name }) => name !== JOBS_PROTOCOL.name),
        JOBS_PROTOCOL,
      ],
      processes: this.service.processes.digest,
    });
  }

  /** Opens what the disk holds and begins; leaves nothing behind when that fails. */
  static async open(parts: JobSessionParts): Promise<JobSession> {
    const { config, store, clock, log } = parts;
    let session: JobSession | undefined;
    try {
      const map = new StatusMap({ store, clock, log, options: config.jobs.statuses });
      await map.open();
      session = new JobSession(parts, map);
      session.#replication.start();
      session.artifacts.start();
      await session.service.start();
      return session;
    } catch (error) {
      await (session ?? store).close();
      throw error;
    }
  }

  get busy(): boolean {
    return this.service.busy;
  }

  async close(): Promise<void> {
    for (const end of this.#endListening) end();
    this.service.stop();
    this.artifacts.stop();
    this.#replication.stop();
    await this.#store.close();
  }
}
