import type { FabricOptions } from '../../../sim/fabric.ts';
import type { Machine } from '../../../sim/machine.ts';
import { SimulatedStatusDisk, SimulatedStatusStore } from '../../../sim/status-store.ts';
import { jobsConfig } from '../../../src/config/jobs.ts';
import type { JobStatus } from '../../../src/core/jobs/job-status.ts';
import { Replication } from '../../../src/jobs/replication.ts';
import { StatusMap } from '../../../src/jobs/status-map.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { PeerId } from '../../../src/platform/network.ts';
import { acceptedJob } from '../../core/jobs/helpers/statuses.ts';
import { Classroom } from '../../mesh/helpers/classroom.ts';

export type JobsConfig = ReturnType<typeof jobsConfig.parse>;

interface Desk {
  readonly map: StatusMap;
  readonly replication: Replication;
}

/** A simulated room whose machines hold and replicate job statuses. */
export class JobRoom {
  readonly classroom: Classroom;
  readonly config: JobsConfig;
  readonly #disks = new Map<PeerId, SimulatedStatusDisk>();
  readonly #desks = new Map<PeerId, Desk>();
  #jobs = 0;

  constructor(seed: number, fabric: Partial<FabricOptions> = {}, config: object = {}) {
    this.classroom = new Classroom(seed, fabric);
    this.config = jobsConfig.parse(config);
  }

  get world() {
    return this.classroom.world;
  }

  async fill(count: number): Promise<Machine[]> {
    for (let i = 0; i < count; i += 1) await this.start(this.world.addMachine());
    await this.classroom.converge(10_000);
    await this.world.time.advance(3000);
    return [...this.world.machines];
  }

  /** Boots a machine with its disk and starts everything on it. */
  async start(machine: Machine): Promise<void> {
    const first = this.world.machines[0] as Machine;
    const membership = await this.classroom.boot(machine, machine === first ? [] : first.addresses);
    const { clock, random, network } = machine.process;
    const store = new SimulatedStatusStore(this.disk(machine), clock);
    const map = new StatusMap({ store, clock, log: silentLog, options: this.config.statuses });
    const replication = new Replication({
      network,
      clock,
      random,
      log: silentLog,
      map,
      members: () =>
        membership
          .members()
          .filter(({ self, state }) => !self && state === 'alive')
          .map(({ peer }) => peer),
      isAlone: () =>
        !membership.members().some(({ self, state }) => !self && (state === 'alive' || state === 'suspect')),
      ensureConnected: (peer) => membership.ensureConnected(peer),
      options: this.config.replication,
    });
    await this.settle(map.open());
    replication.start();
    this.#desks.set(machine.peer, { map, replication });
  }

  kill(machine: Machine): void {
    this.classroom.kill(machine);
    this.#desks.delete(machine.peer);
  }

  losePower(machine: Machine): void {
    machine.losePower();
    this.disk(machine).losePower();
    this.classroom.memberships.delete(machine.peer);
    this.#desks.delete(machine.peer);
  }

  disk(machine: Machine): SimulatedStatusDisk {
    const known = this.#disks.get(machine.peer);
    if (known) return known;
    const disk = new SimulatedStatusDisk(this.world.random.split(`statuses of ${machine.peer}`));
    this.#disks.set(machine.peer, disk);
    return disk;
  }

  of(machine: Machine): Desk {
    return this.#desks.get(machine.peer) as Desk;
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.world.time.settle(promise, 60_000);
  }

  /** A new job, as accepted at the machine. */
  newJob(machine: Machine): JobStatus {
    this.#jobs += 1;
    const { map } = this.of(machine);
    const updated = map.time();
    return acceptedJob(`job-${this.#jobs}`, {
      submitter: machine.peer,
      submittedAt: updated.wallMs,
      updated,
    });
  }

  /** What a machine holds, as comparable lines. */
  view(machine: Machine): string[] {
    return [...this.disk(machine).content.records]
      .map(([id, { fingerprint, expiresAt }]) => `${id} ${fingerprint} ${expiresAt}`)
      .sort();
  }

  /** Whether every running machine holds the same, and its index says so. */
  isConverged(): boolean {
    const running = this.world.machines.filter((machine) => this.#desks.has(machine.peer));
    const sums = running.map((machine) => this.of(machine).map.index.groupSums().join());
    const views = running.map((machine) => this.view(machine).join('\n'));
    return new Set(sums).size === 1 && new Set(views).size === 1;
  }

  async converge(limitMs: number): Promise<void> {
    await this.until(() => this.isConverged(), limitMs, 200);
  }

  /** Milliseconds until the condition holds; throws when it does not within the limit. */
  async until(holds: () => boolean, limitMs: number, stepMs = 5): Promise<number> {
    const begunMs = this.world.time.nowMs;
    while (!holds()) {
      if (this.world.time.nowMs - begunMs > limitMs) throw new Error(`not within ${limitMs} ms`);
      await this.world.time.advance(stepMs);
    }
    return this.world.time.nowMs - begunMs;
  }
}
