import { tileView } from '../../../sim/load/views.ts';
import type { Machine } from '../../../sim/machine.ts';
import { bundleOf as bundleOfHash, SimulatedCatalogue } from '../../../sim/projects.ts';
import { SimulatedPeer } from '../../../sim/simulated-peer.ts';
import { World } from '../../../sim/world.ts';
import { configSchema } from '../../../src/config.ts';
import { type OwnerState, slotsForOthers, takesJobsOfOthers } from '../../../src/core/owner-policy.ts';
import type { RenderTask, WorkOptions } from '../../../src/engines/engine.ts';
import { StandInEngine } from '../../../src/engines/stand-in.ts';
import type { ImageAnswer } from '../../../src/maps/map-service.ts';
import type { MeshSession } from '../../../src/node/mesh-session.ts';
import type { MapView } from '../../../src/ogc/map-request.ts';
import type { ProjectBundle } from '../../../src/projects/project.ts';

const config = configSchema.parse({});

/** @param hash a hexadecimal digit, for short */
export function bundleOf(id: string, hash: string): ProjectBundle {
  return bundleOfHash(id, hash.repeat(64));
}

/** The view of one XYZ tile. */
export function tile(z: number, x: number, y: number, project = 'world'): MapView {
  return tileView(project, z, x, y);
}

/** A stand-in engine that tells what it draws. */
class WatchedEngine extends StandInEngine {
  onRender: (task: RenderTask) => void = () => {};

  override render(task: RenderTask, options: WorkOptions) {
    this.onRender(task);
    return super.render(task, options);
  }
}

export interface Desk {
  readonly machine: Machine;
  readonly session: MeshSession;
}

/** A simulated room whose machines run the whole way of a map request, with engines that sleep. */
export class MapRoom {
  readonly world: World;
  /** Every drawing that an engine was given: who drew which block. */
  readonly drawn: Array<{ peer: string; hash: string; block: string }> = [];
  readonly serviceMs: number;

  constructor(seed: number, serviceMs = 100) {
    this.world = new World(seed);
    this.serviceMs = serviceMs;
  }

  /** Adds a machine with its projects; the first one is everybody's seed. */
  async join(
    bundles: readonly ProjectBundle[] = [bundleOf('world', 'a')],
    ownerState: OwnerState = 'away',
  ): Promise<Desk> {
    const machine = this.world.addMachine();
    const seeds = this.world.machines[0]?.addresses ?? [];
    const peer = new SimulatedPeer({
      machine,
      config,
      seeds,
      catalogue: new SimulatedCatalogue(bundles),
      cores: 2,
      owner: {
        state: ownerState,
        slotsForOthers: (slots) => slotsForOthers(slots, ownerState, config.owner),
        takesJobsOfOthers: takesJobsOfOthers(ownerState),
      },
      engine: async ({ clock, random }) => {
        const engine = new WatchedEngine(
          { serviceMs: this.serviceMs, slots: 2, queueLimit: 64, jitter: 0.1, tileBytes: 0 },
          clock,
          random,
        );
        engine.onRender = ({ bundle, bbox }) => {
          this.drawn.push({ peer: machine.peer, hash: bundle.description.hash, block: bbox.join() });
        };
        for (const bundle of bundles) await engine.preload(bundle);
        return engine;
      },
    });
    await this.world.time.settle(peer.start(), 5_000);
    const { session } = peer;
    return { machine, session };
  }

  async fill(count: number): Promise<Desk[]> {
    const desks: Desk[] = [];
    for (let i = 0; i < count; i += 1) desks.push(await this.join());
    await this.world.time.advance(5_000);
    return desks;
  }

  /** Asks a front door and runs the world until it has answered. */
  ask({ session }: Desk, view: MapView, signal = new AbortController().signal): Promise<ImageAnswer> {
    const answer = session.maps.image(view, { signal });
    answer.catch(() => {});
    return answer;
  }

  settle<T>(promise: Promise<T>): Promise<T> {
    return this.world.time.settle(promise, 120_000);
  }
}
