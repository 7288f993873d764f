import type { BBox, FoundFeature, ImageEncoding } from '../ogc/map-request.ts';
import type { ProjectBundle } from '../projects/project.ts';

/** What makes two engines draw the same bytes; part of every cache key. */
export interface EngineIdentity {
  /** `mapnik`, `qgis`, `mapserver`. */
  readonly name: string;
  readonly version: string;
  /** Digest of the font set. */
  readonly fonts: string;
}

/** One drawing: a block of `columns` x `rows` equal tiles drawn in one go and cut (1 x 1: a single image). */
export interface RenderTask {
  readonly bundle: ProjectBundle;
  /** Bottom first, never empty. */
  readonly layers: readonly string[];
  readonly styles: readonly string[];
  readonly crs: string;
  /** Of the whole block, x before y, without the buffer. */
  readonly bbox: BBox;
  readonly columns: number;
  readonly rows: number;
  /** Pixels of one tile. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Pixels drawn around the block and cut away, so that labels know their neighbours. */
  readonly buffer: number;
  readonly encoding: ImageEncoding;
  readonly transparent: boolean;
  readonly background: string;
  readonly dpi: number;
}

export interface Rendered {
  /** Encoded images, row by row from the top left; `columns * rows` of them. */
  readonly tiles: readonly Uint8Array[];
  /** Time in the worker, without waiting for one. */
  readonly renderMs: number;
}

export interface FeatureInfoTask {
  readonly bundle: ProjectBundle;
  readonly layers: readonly string[];
  readonly crs: string;
  /** Of the view whose pixel is asked. */
  readonly bbox: BBox;
  readonly width: number;
  readonly height: number;
  readonly i: number;
  readonly j: number;
  readonly featureCount: number;
  readonly dpi: number;
  /** Of the geometries that are found; undefined: that of the view. */
  readonly geometryCrs?: string;
}

export interface LegendTask {
  readonly bundle: ProjectBundle;
  readonly layer: string;
  readonly style: string;
  readonly encoding: ImageEncoding;
  readonly transparent: boolean;
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
}

export interface WorkOptions {
  /** Aborting takes the task off the queue, or kills the worker that is drawing it. */
  readonly signal: AbortSignal;
  /** Milliseconds of drawing after which the worker is killed and the task fails `DEADLINE_EXCEEDED`. */
  readonly timeoutMs: number;
  /** Called once when a worker begins with it. */
  readonly onStart?: () => void;
}

export interface EngineLoad {
  /** Workers that can draw now. */
  readonly slots: number;
  /** Tasks being drawn. */
  readonly running: number;
  /** Tasks waiting for a worker. */
  readonly queued: number;
}

/** What an engine reads out of a project file, before anything is drawn. */
export interface Inspection {
  readonly background?: string;
  /** Bottom first. `extent` is longitude/latitude; `groups` are equal names that form one WMS layer. */
  readonly layers: ReadonlyArray<{
    readonly name: string;
    readonly extent: BBox;
    readonly queryable: boolean;
    readonly minScaleDenominator?: number;
    readonly maxScaleDenominator?: number;
  }>;
}

/** What draws. Tasks queue (bounded: `BUSY`) until a worker is free; errors are typed (`core/errors.ts`). */
export interface Engine {
  readonly identity: EngineIdentity;
  start(): Promise<void>;
  /** Finishes what is running within `graceMs`, then kills; leaves no process behind. */
  stop(graceMs: number): Promise<void>;
  load(): EngineLoad;
  /** Reads a project file; rejects `PROJECT_INVALID` with the engine's words. */
  inspect(file: string): Promise<Inspection>;
  /** A longitude/latitude box in other CRSs (x before y, clipped to where each is valid); those it cannot do are left out. */
  projectExtent(extent: BBox, crs: readonly string[]): Promise<Record<string, BBox>>;
  /** Makes every worker open the bundle and draw from it once; rejects `PROJECT_INVALID` with the engine's words. */
  preload(bundle: ProjectBundle): Promise<void>;
  /** Whether a worker has the bundle open, so that a task on it starts warm. */
  isWarm(hash: string): boolean;
  /** Closes the bundle's files in every worker. */
  unload(hash: string): Promise<void>;
  render(task: RenderTask, options: WorkOptions): Promise<Rendered>;
  featureInfo(task: FeatureInfoTask, options: WorkOptions): Promise<FoundFeature[]>;
  legend(task: LegendTask, options: WorkOptions): Promise<Uint8Array>;
}
