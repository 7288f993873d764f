import type { Config } from '../src/config.ts';
import type { OwnerAllowance, OwnerState } from '../src/core/owner-policy.ts';
import type { PlacementPolicy } from '../src/core/placement.ts';
import type { Engine } from '../src/engines/engine.ts';
import { PackCache } from '../src/maps/cache.ts';
import { Membership } from '../src/mesh/membership.ts';
import { ANNOUNCE_LOAD_MS, announceLoad, loadOf } from '../src/node/announce.ts';
import type { JobSession } from '../src/node/job-session.ts';
import { MeshSession } from '../src/node/mesh-session.ts';
import { sleep } from '../src/platform/clock.ts';
import { silentLog } from '../src/platform/log.ts';
import type { ProjectBundle } from '../src/projects/project.ts';
import type { JobPlace } from './jobs/job-place.ts';
import type { Machine, Process } from './machine.ts';
import type { SimulatedCatalogue } from './projects.ts';

const DRAIN_POLL_MS = 50;

/** A version of the program, as far as other peers can tell. */
export interface Release {
  readonly version: string;
  /** Of the protocol `maps`. */
  readonly maps: number;
}

const PRESENT_RELEASE: Release = { version: '0.1.0', maps: 1 };

export interface PeerParts<E extends Engine> {
  readonly machine: Machine;
  readonly config: Config;
  readonly seeds: readonly string[];
  readonly catalogue: SimulatedCatalogue;
  readonly cores: number;
  /** The engine of a new process; with the bundles preloaded that it begins with. */
  readonly engine: (process: Process) => Promise<E>;
  /** Whether somebody is at the machine; without it nobody ever is. */
  readonly owner?: OwnerAllowance & { readonly state: OwnerState };
  /** Left out: it takes no part in jobs. */
  readonly jobs?: JobPlace | undefined;
  /** In place of the configured policy. */
  readonly policy?: (process: Process) => PlacementPolicy;
  /** The process runs; its network and membership have not begun. */
  readonly onBoot?: (life: Life<E>) => void;
  readonly onStarted?: () => void;
  readonly onEnded?: () => void;
}

/** One process of a peer, from its start to its end. */
export interface Life<E extends Engine> {
  readonly process: Process;
  readonly engine: E;
  readonly membership: Membership;
  readonly session: MeshSession;
  /** From when its network has started, where it takes part in jobs. */
  jobs: JobSession | undefined;
}

/** The production peer on a simulated machine: what `src/node` puts together, with a simulated world below it. */
export class SimulatedPeer<E extends Engine = Engine> {
  readonly machine: Machine;
  readonly catalogue: SimulatedCatalogue;
  readonly #parts: PeerParts<E>;
  #release = PRESENT_RELEASE;
  #life: Life<E> | undefined;
  #draining = false;
  /** The plug is pulled. */
  #dark = false;

  constructor(parts: PeerParts<E>) {
    this.machine = parts.machine;
    this.catalogue = parts.catalogue;
    this.#parts = parts;
  }

  get name(): string {
    return this.machine.peer;
  }

  /** The running process; undefined while there is none. */
  get life(): Life<E> | undefined {
    return this.#life;
  }

  /** What its machine has for jobs, whether a process runs or not. */
  get jobs(): JobPlace | undefined {
    return this.#parts.jobs;
  }

  get session(): MeshSession {
    if (!this.#life) throw new Error(`${this.name} does not run`);
    return this.#life.session;
  }

  /** Runs, is not stopped or asleep, and takes requests. */
  get isServing(): boolean {
    return this.#life !== undefined && !this.#draining && this.#life.process.clock.running;
  }

  /** What its next process announces. */
  install(release: Release): void {
    this.#release = release;
  }

  // --- living ---

  /** Starts a process; does nothing while one runs. Resolves when it looks for its mesh. */
  async start(): Promise<void> {
    if (this.machine.isRunning) return;
    if (this.#dark) this.machine.plugIn();
    this.#dark = false;
    this.#draining = false;
    const process = this.machine.boot();
    const engine = await this.#parts.engine(process);
    const cache = new PackCache(process.storage, process.clock, this.#parts.config.maps.cache, silentLog);
    await cache.open();
    const life = this.#compose(process, engine, cache);
    this.#life = life;
    this.#parts.onBoot?.(life);
    await process.network.start();
    life.jobs = await this.jobs?.open(process, life.membership);
    if (this.#draining) life.jobs?.service.drain();
    await life.membership.start();
    this.#announce(life);
    this.#parts.onStarted?.();
  }

  /** kill -9. */
  kill(): void {
    if (!this.machine.isRunning) return;
    this.machine.kill();
    this.#ended();
  }

  /** Pulls the plug; `start` puts it in again. */
  losePower(): void {
    this.#dark = true;
    this.machine.losePower();
    this.jobs?.losePower();
    this.#ended();
  }

  /** Pulls the plug and empties the disk; who it is and which projects it has is put back, as from an image. */
  loseDisk(): void {
    this.losePower();
    this.machine.disk.wipe();
    this.jobs?.wipe();
  }

  /** SIGTERM: takes no more work, finishes what it has within `withinMs`, says goodbye and ends. */
  async leave(withinMs: number): Promise<void> {
    const life = this.#life;
    if (!life || this.#draining) return;
    const { clock, network } = life.process;
    this.#draining = true;
    life.session.drain();
    life.jobs?.service.drain();
    this.#announceLoad(life);
    const isBusy = () => life.session.busy || (life.jobs?.busy ?? false);
    const deadline = clock.now() + withinMs;
    while (isBusy() && clock.now() < deadline) await sleep(clock, DRAIN_POLL_MS);
    life.session.close();
    await life.jobs?.close();
    await life.membership.stop();
    await network.stop();
    if (this.#life === life) this.kill();
  }

  /** Another version of a project appears in its folder. */
  putProject(bundle: ProjectBundle): void {
    this.catalogue.put(bundle);
    const life = this.#life;
    if (!life) return;
    life.session.projectsChanged();
    life.membership.update({ projects: this.#projects() });
  }

  // --- putting together ---

  #compose(process: Process, engine: E, cache: PackCache): Life<E> {
    const { config, catalogue, seeds, owner } = this.#parts;
    const { clock, random, network, storage } = process;
    const engines = new Map<string, Engine>([[engine.identity.name, engine]]);
    const { running, queued, slots } = loadOf(engines);
    const membership = new Membership({
      network,
      clock,
      random,
      storage,
      seeds,
      options: config.membership,
      offer: {
        name: this.name,
        version: this.#release.version,
        protocols: [
          { name: 'membership', version: 1 },
          { name: 'maps', version: this.#release.maps },
        ],
        engines: [engine.identity],
        projects: this.#projects(),
        cores: this.#parts.cores,
        slots,
        load: { running, queued },
        ownerState: owner?.state ?? 'away',
      },
      log: silentLog,
    });
    const policy = this.#parts.policy?.(process);
    const session = new MeshSession({
      config,
      network,
      membership,
      engines,
      catalogue,
      cache,
      clock,
      random,
      log: silentLog,
      onAnswer: () => {},
      ...(owner && { owner }),
      ...(policy && { policy }),
    });
    return { process, engine, membership, session, jobs: undefined };
  }

  #projects(): Array<{ id: string; hash: string }> {
    return this.catalogue.list().map(({ description: { id, hash } }) => ({ id, hash }));
  }

  #announce(life: Life<E>): void {
    life.process.clock.after(ANNOUNCE_LOAD_MS, () => {
      this.#announceLoad(life);
      this.#announce(life);
    });
  }

  #announceLoad({ membership, engine }: Life<E>): void {
    announceLoad(membership, loadOf(new Map([[engine.identity.name, engine]])), this.#draining);
  }

  #ended(): void {
    if (!this.#life) return;
    this.#life = undefined;
    this.#draining = false;
    this.#parts.onEnded?.();
  }
}
