import { type Config, configSchema } from '../src/config.ts';
import type { PlacementPolicy } from '../src/core/placement.ts';
import type { Member } from '../src/mesh/offer.ts';
import type { ProjectBundle } from '../src/projects/project.ts';
import type { Condition } from './engine/condition.ts';
import { SimulatedEngine } from './engine/simulated-engine.ts';
import { Work } from './engine/work.ts';
import { jobPlaceFor } from './jobs/places.ts';
import { layOut, type PeerPlan } from './layout.ts';
import { omniscientPolicy } from './omniscient.ts';
import { Projects, SimulatedCatalogue } from './projects.ts';
import type { ContenderName } from './result.ts';
import type { RunEvent } from './run-event.ts';
import type { Scenario } from './scenario/schema.ts';
import { type Life, type Release, SimulatedPeer } from './simulated-peer.ts';
import { Sites } from './sites.ts';
import { World } from './world.ts';

/** The next version of the program: what `versions` of a scenario brings in. */
export const NEXT_RELEASE: Release = { version: '0.2.0', maps: 2 };

/** Bytes per ms of a link of so many megabits per second. */
const BYTES_PER_MS_AND_MBIT = 125;
/** No time at all, where none is not allowed. */
const HARDLY_MS = 0.001;

/** A machine of the room, with what the scenario says of it. */
export interface Seat {
  readonly number: number;
  readonly site: string;
  readonly peer: SimulatedPeer<SimulatedEngine>;
  readonly condition: Condition;
  readonly plan: PeerPlan;
}

/** The peers of a scenario in their world; who drives it decides what happens to them. */
export class Room {
  readonly scenario: Scenario;
  readonly world: World;
  readonly work: Work;
  readonly projects = new Projects();
  readonly config: Config;
  readonly seats: readonly Seat[];
  readonly #byName: ReadonlyMap<string, Seat>;
  readonly #observers: Array<(event: RunEvent) => void> = [];
  readonly #arrivalObservers: Array<(peer: string) => void> = [];
  /** Highest version of each project so far. */
  readonly #versions = new Map<number, number>();
  #suspicions = 0;

  constructor(scenario: Scenario, seed: number, policy: ContenderName = scenario.policy) {
    const { network, link } = scenario;
    this.scenario = scenario;
    this.world = new World(seed, {
      latencyMs: network.latencyMs,
      jitterMs: network.jitterMs,
      processingMs: network.processingMs,
      bandwidthBytesPerMs: network.bandwidthMbit * BYTES_PER_MS_AND_MBIT,
      noticeLoss: network.loss,
      gossipLoss: network.loss,
    });
    // The same work and the same places for every policy.
    const random = this.world.random.split('room');
    this.work = new Work(scenario, random.split('work'));
    this.config = configOf(scenario, policy);
    const plans = layOut(scenario, random.split('layout'));
    const machines = plans.map(() => this.world.addMachine());
    if (scenario.sites.length > 1) {
      this.world.fabric.sites = new Sites(
        new Map(plans.map(({ site }, number) => [machines[number]!.peer, site])),
        { latencyMs: link.latencyMs, bandwidthBytesPerMs: link.bandwidthMbit * BYTES_PER_MS_AND_MBIT },
      );
    }
    const seeds = plans.flatMap((plan, index) => (plan.firstOfSite ? machines[index]!.addresses : []));
    const omniscient = policy === 'omniscient' ? omniscientPolicy(this) : undefined;
    this.seats = plans.map((plan, number) => this.#seat(plan, number, seeds, omniscient));
    this.#byName = new Map(this.seats.map((seat) => [seat.peer.name, seat]));
  }

  get nowMs(): number {
    return this.world.time.nowMs;
  }

  get peers(): readonly SimulatedPeer<SimulatedEngine>[] {
    return this.seats.map((seat) => seat.peer);
  }

  /** Times that a peer which ran and could be reached was called suspect or dead. */
  get falseSuspicions(): number {
    return this.#suspicions;
  }

  seatOf(peer: string): Seat | undefined {
    return this.#byName.get(peer);
  }

  /** Calls `observer` for every event, in the order of virtual time. */
  observe(observer: (event: RunEvent) => void): void {
    this.#observers.push(observer);
  }

  /** Calls `observer` with the peer for every drawing that reaches an engine. */
  observeArrivals(observer: (peer: string) => void): void {
    this.#arrivalObservers.push(observer);
  }

  emit(event: RunEvent): void {
    this.world.trace.record(JSON.stringify(event));
    for (const observer of this.#observers) observer(event);
  }

  /** Another version of a project, newer than any so far, appears on these machines. */
  changeProject(project: number, peers: readonly number[]): ProjectBundle {
    const version = (this.#versions.get(project) ?? 0) + 1;
    this.#versions.set(project, version);
    const bundle = this.projects.bundle(project, version);
    for (const number of peers) this.seats[number]?.peer.putProject(bundle);
    return bundle;
  }

  /** Whether each of the two runs and hears the other. */
  isReachable(one: string, other: string): boolean {
    const { fabric } = this.world;
    const runs = (peer: string) => this.#byName.get(peer)?.peer.life?.process.clock.running ?? false;
    return runs(one) && runs(other) && fabric.isOpen(one, other) && fabric.isOpen(other, one);
  }

  #seat(
    plan: PeerPlan,
    number: number,
    seeds: readonly string[],
    omniscient: PlacementPolicy | undefined,
  ): Seat {
    const machine = this.world.machines[number]!;
    const { projects, service } = this.scenario;
    const condition: Condition = {
      speed: plan.speed,
      slots: plan.slots,
      ownerFactor: this.scenario.owners.factor,
      ownerActive: false,
      slowFactor: 1,
      shortOfMemory: false,
      failureRate: 0,
    };
    const bundles = plan.projects.map((project) => this.projects.bundle(project));
    const catalogue = new SimulatedCatalogue(bundles);
    const peer = new SimulatedPeer<SimulatedEngine>({
      machine,
      config: this.config,
      seeds,
      catalogue,
      cores: plan.slots,
      jobs: jobPlaceFor(this, { number, machine, plan, condition }),
      engine: async ({ clock, random }) => {
        const engine = new SimulatedEngine({
          clock,
          random,
          condition,
          options: {
            queueLimit: this.config.engines.queueLimit,
            warmProjects: projects.warm,
            coldMs: projects.coldMs,
            tileBytes: service.tileBytes,
          },
          serviceMs: ({ description }, key) =>
            this.work.serviceMs(this.projects.numberOf(description.hash), key),
          onArrived: () => {
            for (const observer of this.#arrivalObservers) observer(machine.peer);
          },
          onDrawn: (drawn) => this.emit({ kind: 'drawn', atMs: this.nowMs, peer: machine.peer, ...drawn }),
        });
        for (const bundle of catalogue.list().slice(0, projects.warm)) engine.haveOpen(bundle);
        return engine;
      },
      ...(omniscient && { policy: () => omniscient }),
      onBoot: (life) => this.#watch(machine.peer, life),
      onStarted: () => this.emit({ kind: 'peer-started', atMs: this.nowMs, peer: machine.peer }),
      onEnded: () => this.emit({ kind: 'peer-ended', atMs: this.nowMs, peer: machine.peer }),
    });
    return { number, site: plan.site, peer, condition, plan };
  }

  /** Notes what a peer thinks of the others. */
  #watch(observer: string, { membership }: Life<SimulatedEngine>): void {
    /** Of those that are not alive. */
    const states = new Map<string, Member['state']>();
    membership.on('change', ({ peer, state, self }) => {
      if (self || (states.get(peer) ?? 'alive') === state) return;
      if (state === 'alive') states.delete(peer);
      else states.set(peer, state);
      if (state !== 'suspect' && state !== 'dead') return;
      const rightly = !this.isReachable(observer, peer);
      if (!rightly) this.#suspicions += 1;
      if (state !== 'dead') return;
      this.emit({ kind: 'declared-dead', atMs: this.nowMs, by: observer, peer, rightly });
    });
  }
}

function configOf({ settings, peers }: Scenario, policy: ContenderName): Config {
  const { placement } = settings;
  const asking = { candidates: peers, maxAsked: peers, maxAskedInVain: peers, questionsPerRequest: peers };
  switch (policy) {
    case 'ask-all':
      return configSchema.parse({
        ...settings,
        placement: {
          ...placement,
          policy: 'bid',
          bid: { ...placement.bid, ...asking },
          // Everyone may draw everything, and slots held for all who ask would leave none to offer.
          reservations: { ...placement.reservations, holdMs: HARDLY_MS },
          circles: { ...placement.circles, min: peers },
        },
      });
    case 'omniscient':
      return settings;
    default:
      return { ...settings, placement: { ...placement, policy } };
  }
}
