import { GismeshError } from '../core/errors.ts';
import type { BBox, FoundFeature } from '../ogc/map-request.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Random } from '../platform/random.ts';
import { systemRandom } from '../platform/system.ts';
import type { ProjectBundle } from '../projects/project.ts';
import type {
  Engine,
  EngineIdentity,
  EngineLoad,
  Inspection,
  LegendTask,
  Rendered,
  RenderTask,
  WorkOptions,
} from './engine.ts';
import { solidPng } from './png.ts';

export interface StandInOptions {
  /** Time that one drawing takes. */
  readonly serviceMs: number;
  /** Drawings at once. */
  readonly slots: number;
  /** Drawings that may wait for a slot. */
  readonly queueLimit: number;
  /** Share by which the time varies evenly around `serviceMs`, 0..1. */
  readonly jitter: number;
  /** Size of each answered image. */
  readonly tileBytes: number;
}

/**
 * Timers end up to a millisecond late. What one drawing took too long the next one takes less, so that they take
 * as long as told on average; what is later than this is the event loop's doing, and counts.
 */
const TIMER_LATENESS_MS = 1.5;

const WORLD: BBox = [-180, -90, 180, 90];
/** Latitude at which Web Mercator's world is a square. */
const MERCATOR_LATITUDE = 85.0511287798066;
const EARTH_RADIUS_METRES = 6378137;

/**
 * Draws nothing: sleeps as long as a drawing would take and answers with a plain PNG of a chosen size. For
 * measuring the mesh without a renderer, never for serving maps. It takes any project and any layer.
 */
export class StandInEngine implements Engine {
  /** Named as the engine that it stands in for, so that its projects find it; the version keeps their images apart. */
  readonly identity: EngineIdentity = { name: 'mapnik', version: 'stand-in', fonts: 'none' };
  readonly #options: StandInOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #open = new Set<string>();
  readonly #waiting: Array<PromiseWithResolvers<void>> = [];
  readonly #running = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #killed = new AbortController();
  #free: number;
  #lateMs = 0;
  #lastTile: { width: number; height: number; png: Uint8Array } | undefined;

  /** @param random for the jitter; a seeded one repeats a run */
  constructor(options: StandInOptions, clock: Clock, random: Random = systemRandom) {
    this.#options = options;
    this.#free = options.slots;
    this.#clock = clock;
    this.#random = random;
  }

  async start(): Promise<void> {}

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(stopped());
    const timer = this.#clock.after(graceMs, () => this.#killed.abort(stopped()));
    await Promise.all(this.#running);
    timer.cancel();
  }

  load(): EngineLoad {
    const slots = this.#stopping.signal.aborted ? 0 : this.#options.slots;
    return { slots, running: this.#running.size, queued: this.#waiting.length };
  }

  async inspect(): Promise<Inspection> {
    return { layers: [{ name: 'stand-in', extent: WORLD, queryable: true }] };
  }

  async projectExtent(extent: BBox, crs: readonly string[]): Promise<Record<string, BBox>> {
    return worldwideExtent(extent, crs);
  }

  async preload(bundle: ProjectBundle): Promise<void> {
    this.#open.add(bundle.description.hash);
  }

  isWarm(hash: string): boolean {
    return this.#open.has(hash);
  }

  async unload(hash: string): Promise<void> {
    this.#open.delete(hash);
  }

  async render(task: RenderTask, options: WorkOptions): Promise<Rendered> {
    if (task.encoding !== 'png')
      throw new GismeshError('REQUEST_INVALID', 'The stand-in engine draws PNG only.');
    const renderMs = await this.#work(options);
    const tile = this.#tile(task.tileWidth, task.tileHeight);
    return { tiles: Array.from({ length: task.columns * task.rows }, () => tile), renderMs };
  }

  async featureInfo(_task: unknown, options: WorkOptions): Promise<FoundFeature[]> {
    await this.#work(options);
    return [];
  }

  async legend(task: LegendTask, options: WorkOptions): Promise<Uint8Array> {
    await this.#work(options);
    return solidPng(task.width || 100, task.height || 20, [210, 210, 210], 0);
  }

  /** The same picture as long as its size is the same: making one takes longer than all else of a drawing here. */
  #tile(width: number, height: number): Uint8Array {
    if (this.#lastTile?.width !== width || this.#lastTile.height !== height) {
      const png = solidPng(width, height, [210, 210, 210], this.#options.tileBytes);
      this.#lastTile = { width, height, png };
    }
    return this.#lastTile.png;
  }

  /** Waits for a slot, keeps it for the time of a drawing and returns that time. */
  async #work(options: WorkOptions): Promise<number> {
    await this.#acquire(options.signal);
    const done = Promise.withResolvers<void>();
    this.#running.add(done.promise);
    try {
      options.onStart?.();
      const { serviceMs, jitter } = this.#options;
      const durationMs = serviceMs * (1 + jitter * (2 * this.#random.next() - 1));
      const signal = AbortSignal.any([options.signal, this.#killed.signal]);
      await this.#sleep(Math.min(durationMs, options.timeoutMs), signal).catch(() => {
        throw options.signal.aborted ? cancelled() : stopped();
      });
      if (durationMs > options.timeoutMs) {
        throw new GismeshError('DEADLINE_EXCEEDED', `Not drawn within ${options.timeoutMs} ms.`);
      }
      return durationMs;
    } finally {
      this.#running.delete(done.promise);
      done.resolve();
      this.#release();
    }
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    const startedAt = this.#clock.now();
    await sleep(this.#clock, Math.max(0, ms - this.#lateMs), signal);
    const lateMs = this.#lateMs + this.#clock.now() - startedAt - ms;
    this.#lateMs = Math.min(TIMER_LATENESS_MS, Math.max(0, lateMs));
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    if (this.#stopping.signal.aborted) throw stopped();
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    if (this.#waiting.length >= this.#options.queueLimit) {
      throw new GismeshError('BUSY', `${this.#waiting.length} tasks already wait for the stand-in engine.`);
    }
    const place = Promise.withResolvers<void>();
    this.#waiting.push(place);
    const withdraw = () => {
      const index = this.#waiting.indexOf(place);
      if (index >= 0) this.#waiting.splice(index, 1);
      place.reject(cancelled());
    };
    signal.addEventListener('abort', withdraw, { once: true });
    await place.promise.finally(() => signal.removeEventListener('abort', withdraw));
  }

  /** Hands the slot to whoever waits longest. */
  #release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }
}

/** A longitude/latitude box in those CRSs that need no tables; the others are left out. */
export function worldwideExtent(extent: BBox, crs: readonly string[]): Record<string, BBox> {
  const known: Record<string, BBox> = {
    'CRS:84': extent,
    'EPSG:4326': extent,
    'EPSG:3857': [...mercator(extent[0], extent[1]), ...mercator(extent[2], extent[3])],
  };
  return Object.fromEntries(crs.flatMap((code) => (known[code] === undefined ? [] : [[code, known[code]]])));
}

function mercator(longitude: number, latitude: number): [number, number] {
  const phi = (Math.min(MERCATOR_LATITUDE, Math.max(-MERCATOR_LATITUDE, latitude)) * Math.PI) / 180;
  const x = (longitude * Math.PI * EARTH_RADIUS_METRES) / 180;
  return [x, EARTH_RADIUS_METRES * Math.log(Math.tan(Math.PI / 4 + phi / 2))];
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'Nobody waits for this any more.');
}

function stopped(): GismeshError {
  return new GismeshError('ENGINE_UNAVAILABLE', 'The stand-in engine is stopping.');
}
