import type { Machine } from '../../../sim/machine.ts';
import { World } from '../../../sim/world.ts';
import { configSchema } from '../../../src/config.ts';
import type { RenderTask, WorkOptions } from '../../../src/engines/engine.ts';
import { StandInEngine } from '../../../src/engines/stand-in.ts';
import { PackCache } from '../../../src/maps/cache.ts';
import type { ImageAnswer } from '../../../src/maps/map-service.ts';
import { Membership } from '../../../src/mesh/membership.ts';
import { MeshSession } from '../../../src/node/mesh-session.ts';
import type { MapView } from '../../../src/ogc/map-request.ts';
import type { ProjectDescription } from '../../../src/ogc/project-description.ts';
import { silentLog } from '../../../src/platform/log.ts';
import type { Catalogue, ProjectBundle } from '../../../src/projects/project.ts';

const config = configSchema.parse({});

/** Half the width of the Web Mercator world, metres. */
const HALF_WORLD = 20037508.342789244;

export function bundleOf(id: string, hash: string): ProjectBundle {
  const layer = {
    name: 'land',
    title: 'Land',
    abstract: '',
    queryable: true,
    styles: [{ name: 'default', title: '' }],
  };
  const description: ProjectDescription = {
    id,
    hash: hash.repeat(64),
    engine: 'mapnik',
    title: id,
    abstract: '',
    keywords: [],
    attribution: '',
    extent: [-180, -85, 180, 85],
    extents: {},
    background: '#ffffff',
    crs: ['EPSG:3857'],
    layers: [{ ...layer, extent: [-180, -85, 180, 85] }],
  };
  return { description, folder: '/nowhere', file: '/nowhere/project.xml' };
}

/** The view of one XYZ tile. */
export function tile(z: number, x: number, y: number, project = 'world'): MapView {
  const size = (2 * HALF_WORLD) / 2 ** z;
  const west = -HALF_WORLD + x * size;
  const north = HALF_WORLD - y * size;
  return {
    project,
    layers: [],
    styles: [],
    crs: 'EPSG:3857',
    bbox: [west, north - size, west + size, north],
    width: 256,
    height: 256,
    encoding: 'png',
    transparent: false,
    background: '#ffffff',
    dpi: 90.7,
  };
}

class FixedCatalogue implements Catalogue {
  readonly #bundles: readonly ProjectBundle[];

  constructor(bundles: readonly ProjectBundle[]) {
    this.#bundles = bundles;
  }

  current(id: string) {
    return this.#bundles.find((bundle) => bundle.description.id === id);
  }

  byHash(hash: string) {
    return this.#bundles.find((bundle) => bundle.description.hash === hash);
  }

  hold() {
    return () => {};
  }

  list() {
    return [...this.#bundles];
  }

  on() {}
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
  async join(bundles: readonly ProjectBundle[] = [bundleOf('world', 'a')]): Promise<Desk> {
    const machine = this.world.addMachine();
    const seeds = this.world.machines[0]?.addresses ?? [];
    const { clock, random, network, storage } = machine.boot();
    const engine = new WatchedEngine(
      { serviceMs: this.serviceMs, slots: 2, queueLimit: 64, jitter: 0.1, tileBytes: 0 },
      clock,
      random,
    );
    engine.onRender = ({ bundle, bbox }) => {
      this.drawn.push({ peer: machine.peer, hash: bundle.description.hash, block: bbox.join() });
    };
    for (const bundle of bundles) await engine.preload(bundle);
    await network.start();
    const membership = new Membership({
      network,
      clock,
      random,
      storage,
      seeds,
      options: config.membership,
      offer: {
        name: machine.peer,
        version: '0.1.0',
        protocols: [{ name: 'maps', version: 1 }],
        engines: [engine.identity],
        projects: bundles.map(({ description }) => ({ id: description.id, hash: description.hash })),
        cores: 2,
        slots: 2,
        load: { running: 0, queued: 0 },
        ownerState: 'away',
      },
      log: silentLog,
    });
    const session = new MeshSession({
      config,
      network,
      membership,
      engines: new Map([['mapnik', engine]]),
      catalogue: new FixedCatalogue(bundles),
      cache: new PackCache(storage, config.maps.cache, silentLog),
      clock,
      random,
      log: silentLog,
      onAnswer: () => {},
    });
    await this.world.time.settle(membership.start(), 5_000);
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
