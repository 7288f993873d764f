import type { FabricOptions } from '../../../sim/fabric.ts';
import type { Machine } from '../../../sim/machine.ts';
import { World } from '../../../sim/world.ts';
import { membershipConfig } from '../../../src/config/membership.ts';
import { Membership, type MembershipParts } from '../../../src/mesh/membership.ts';
import type { MembershipOptions } from '../../../src/mesh/membership-options.ts';
import type { Offer } from '../../../src/mesh/offer.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { PeerId } from '../../../src/platform/network.ts';

export const defaultOptions: MembershipOptions = membershipConfig.parse({});

export function offerNamed(name: string): Offer {
  return {
    name,
    version: '0.1.0',
    protocols: [{ name: 'membership', version: 1 }],
    engines: [{ name: 'mapnik', version: '4.2.1', fonts: 'f00d' }],
    projects: [{ id: 'world', hash: 'ab'.repeat(32) }],
    cores: 4,
    slots: 3,
    load: { running: 0, queued: 0 },
    ownerState: 'away',
  };
}

/** A false alarm: a peer that was running and reachable was called suspect or dead. */
export interface Alarm {
  readonly atMs: number;
  readonly by: PeerId;
  readonly of: PeerId;
  readonly state: 'suspect' | 'dead';
}

/** A simulated room of machines that run nothing but the membership. */
export class Classroom {
  readonly world: World;
  readonly alarms: Alarm[] = [];
  readonly memberships = new Map<PeerId, Membership>();

  constructor(seed: number, options: Partial<FabricOptions> = {}) {
    this.world = new World(seed, options);
  }

  /** Adds a machine and starts it. `seeds` are addresses of others. */
  async join(seeds: readonly string[] = [], extra: Partial<MembershipParts> = {}): Promise<Machine> {
    const machine = this.world.addMachine();
    await this.boot(machine, seeds, extra);
    return machine;
  }

  async boot(
    machine: Machine,
    seeds: readonly string[] = [],
    extra: Partial<MembershipParts> = {},
  ): Promise<Membership> {
    const { clock, random, network, storage } = machine.boot();
    await network.start();
    const membership = new Membership({
      network,
      clock,
      random,
      storage,
      seeds,
      options: defaultOptions,
      offer: offerNamed(`host of ${machine.peer}`),
      log: silentLog,
      ...extra,
    });
    this.memberships.set(machine.peer, membership);
    membership.on('change', ({ peer, state }) => {
      this.world.trace.record(this.world.time.nowMs, machine.peer, peer, state);
      if (state === 'suspect' || state === 'dead') {
        this.alarms.push({ atMs: this.world.time.nowMs, by: machine.peer, of: peer, state });
      }
    });
    await this.world.time.settle(membership.start(), 1000);
    return membership;
  }

  /** A room of `count` machines, all but the first with the first as their only seed. */
  async fill(count: number): Promise<Machine[]> {
    const first = await this.join();
    for (let i = 1; i < count; i += 1) await this.join(first.addresses);
    return [...this.world.machines];
  }

  kill(machine: Machine): void {
    machine.kill();
    this.memberships.delete(machine.peer);
  }

  of(machine: Machine): Membership {
    return this.memberships.get(machine.peer)!;
  }

  /** How one machine sees another. */
  state(observer: Machine, observed: Machine) {
    return this.of(observer).member(observed.peer)?.state;
  }

  /** Whether every running machine holds exactly the others that run for alive, with their newest offers. */
  isConverged(): boolean {
    const running = this.world.machines.filter((machine) => machine.isRunning);
    return running.every((observer) =>
      this.world.machines.every((observed) => {
        if (observed === observer) return true;
        const member = this.of(observer).member(observed.peer);
        if (!observed.isRunning) return member?.state !== 'alive' && member?.state !== 'suspect';
        return (
          member?.state === 'alive' && member.offer.ownerState === this.of(observed).self.offer.ownerState
        );
      }),
    );
  }

  /** Runs until the room has converged; false when it has not within `limitMs`. */
  async converge(limitMs: number): Promise<boolean> {
    for (let passedMs = 0; passedMs < limitMs; passedMs += 50) {
      if (this.isConverged()) return true;
      await this.world.time.advance(50);
    }
    return this.isConverged();
  }
}
