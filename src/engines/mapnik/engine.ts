import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, GismeshError } from '../../core/errors.ts';
import type { CrsCatalogue } from '../../ogc/crs.ts';
import type { BBox, FoundFeature } from '../../ogc/map-request.ts';
import type { Clock } from '../../platform/clock.ts';
import type { ProjectBundle } from '../../projects/project.ts';
import type {
  Engine,
  EngineIdentity,
  EngineLoad,
  FeatureInfoTask,
  Inspection,
  LegendTask,
  Rendered,
  RenderTask,
  WorkOptions,
} from '../engine.ts';
import { startForkedWorker } from '../forked-worker.ts';
import { scaleDenominatorOf, scaleFactorOf } from '../scale.ts';
import { Supervisor, type SupervisorOptions } from '../supervisor.ts';
import { workerCount } from '../worker-count.ts';
import type { WorkerKind } from '../worker-kind.ts';
import { ENCODING_THREADS } from './image-encoding.ts';
import { locateMapnik, type MapnikFiles, mapnikEnvironment, prepareBinding } from './load.ts';
import {
  type FeatureInfoMessage,
  type LegendMessage,
  type MapnikTask,
  type ProjectFiles,
  type RenderMessage,
  srsOf,
  type View,
} from './messages.ts';
import type { MapnikWorkerArguments } from './worker.ts';

export interface MapnikEngineOptions extends SupervisorOptions {
  /** Folder for the loadable binding; small, may be shared between peers and may be deleted when none runs. */
  readonly cacheFolder: string;
  /** Of the worker processes, 0..19. */
  readonly niceness: number;
}

/**
 * Finds Mapnik on this machine; nothing is started yet.
 *
 * @throws GismeshError `ENGINE_UNAVAILABLE` with the remedy
 */
export async function createMapnikEngine(
  options: MapnikEngineOptions,
  services: { readonly clock: Clock; readonly crs: CrsCatalogue },
): Promise<MapnikEngine> {
  const files = locateMapnik();
  return new MapnikEngine(files, await digestOfFonts(files.fonts), options, services);
}

/** Mapnik in disposable child processes. Made by `createMapnikEngine`. */
export class MapnikEngine implements Engine {
  readonly identity: EngineIdentity;
  readonly #supervisor: Supervisor<MapnikTask, unknown>;
  readonly #crs: CrsCatalogue;

  constructor(
    files: MapnikFiles,
    fonts: string,
    options: MapnikEngineOptions,
    services: { readonly clock: Clock; readonly crs: CrsCatalogue },
  ) {
    this.identity = { name: 'mapnik', version: files.version, fonts };
    this.#crs = services.crs;
    this.#supervisor = new Supervisor(mapnikWorkers(files, options), services.clock, {
      ...options,
      workers: workerCount(options.workers),
    });
  }

  start(): Promise<void> {
    return this.#supervisor.start();
  }

  stop(graceMs: number): Promise<void> {
    return this.#supervisor.stop(graceMs);
  }

  load(): EngineLoad {
    return this.#supervisor.load();
  }

  async inspect(file: string): Promise<Inspection> {
    return (await this.#urgent({ kind: 'inspect', file })) as Inspection;
  }

  async projectExtent(extent: BBox, crs: readonly string[]): Promise<Record<string, BBox>> {
    return (await this.#urgent({ kind: 'project-extent', extent, crs })) as Record<string, BBox>;
  }

  async preload(bundle: ProjectBundle): Promise<void> {
    const { hash, extent } = bundle.description;
    try {
      await this.#supervisor.preload(hash, { kind: 'open', project: filesOf(bundle), extent });
    } catch (error) {
      throw asProjectFault(error);
    }
  }

  isWarm(hash: string): boolean {
    return this.#supervisor.isWarm(hash);
  }

  unload(hash: string): Promise<void> {
    return this.#supervisor.unload(hash);
  }

  async render(task: RenderTask, options: WorkOptions): Promise<Rendered> {
    const message: RenderMessage = {
      kind: 'render',
      project: filesOf(task.bundle),
      layers: task.layers,
      styles: task.styles,
      view: this.#view(task, task.columns * task.tileWidth, task.rows * task.tileHeight),
      columns: task.columns,
      rows: task.rows,
      buffer: task.buffer,
      encoding: task.encoding,
      ...backgroundOf(task),
    };
    return (await this.#supervisor.submit(message, task.bundle.description.hash, options)) as Rendered;
  }

  async featureInfo(task: FeatureInfoTask, options: WorkOptions): Promise<FoundFeature[]> {
    const message: FeatureInfoMessage = {
      kind: 'feature-info',
      project: filesOf(task.bundle),
      layers: task.layers,
      view: this.#view(task, task.width, task.height),
      i: task.i,
      j: task.j,
      featureCount: task.featureCount,
      geometryCrs: task.geometryCrs ?? task.crs,
    };
    return (await this.#supervisor.submit(message, task.bundle.description.hash, options)) as FoundFeature[];
  }

  async legend(task: LegendTask, options: WorkOptions): Promise<Uint8Array> {
    const description = task.bundle.description.layers.find((layer) => layer.name === task.layer);
    const message: LegendMessage = {
      kind: 'legend',
      project: filesOf(task.bundle),
      layer: task.layer,
      style: task.style,
      title: description?.title ?? task.layer,
      encoding: task.encoding,
      ...backgroundOf({ ...task, background: '#ffffff' }),
      width: task.width,
      height: task.height,
      scaleFactor: scaleFactorOf(task.dpi),
    };
    return (await this.#supervisor.submit(message, task.bundle.description.hash, options)) as Uint8Array;
  }

  async #urgent(task: MapnikTask): Promise<unknown> {
    try {
      return await this.#supervisor.urgent(task);
    } catch (error) {
      throw asProjectFault(error);
    }
  }

  #view(task: { crs: string; bbox: BBox; dpi: number }, width: number, height: number): View {
    const crs = this.#crs.lookup(task.crs);
    if (crs === undefined)
      throw new GismeshError('REQUEST_INVALID', `The CRS ${task.crs} is not known here.`);
    return {
      srs: srsOf(crs.code),
      bbox: task.bbox,
      width,
      height,
      scaleFactor: scaleFactorOf(task.dpi),
      scaleDenominator: scaleDenominatorOf(task.bbox, width, crs.metresPerUnit),
    };
  }
}

function mapnikWorkers(files: MapnikFiles, options: MapnikEngineOptions): WorkerKind<MapnikTask, unknown> {
  const environment = {
    ...mapnikEnvironment(files),
    UV_THREADPOOL_SIZE: String(ENCODING_THREADS),
    LC_ALL: 'C.UTF-8',
  };
  return {
    name: 'mapnik',
    async start(signal) {
      const parts: MapnikWorkerArguments = {
        files,
        binding: prepareBinding(files, options.cacheFolder),
        // One more than are kept warm: room for the one that is opened before another is closed.
        openLimit: options.warmLimit + 1,
      };
      const module = new URL(
        import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js',
        import.meta.url,
      );
      return startForkedWorker(
        { module, arguments: [JSON.stringify(parts)], environment, niceness: options.niceness },
        signal,
      );
    },
    release: (hash) => ({ kind: 'close', hash }),
  };
}

function filesOf({ description, folder, file }: ProjectBundle): ProjectFiles {
  return { hash: description.hash, folder, file };
}

/** Absent when transparent, which JPEG cannot be. */
function backgroundOf(task: { encoding: string; transparent: boolean; background: string }): {
  background?: string;
} {
  return task.transparent && task.encoding !== 'jpeg' ? {} : { background: task.background };
}

/** A crash while a project is opened says something about the project. */
function asProjectFault(error: unknown): unknown {
  if (errorCode(error) !== 'ENGINE_CRASHED' && errorCode(error) !== 'ENGINE_MEMORY_EXCEEDED') return error;
  return new GismeshError(
    'PROJECT_INVALID',
    `Drawing the project kills the renderer: a data file is probably damaged. ${(error as Error).message}`,
    { cause: error },
  );
}

async function digestOfFonts(folder: string): Promise<string> {
  const digest = createHash('sha256');
  for (const name of (await readdir(folder)).sort()) {
    digest.update(name).update(await readFile(join(folder, name)));
  }
  return digest.digest('hex').slice(0, 16);
}
