import { GismeshError } from '../../src/core/errors.ts';
import type {
  Engine,
  EngineIdentity,
  EngineLoad,
  Inspection,
  LegendTask,
  Rendered,
  RenderTask,
  WorkOptions,
} from '../../src/engines/engine.ts';
import { worldwideExtent } from '../../src/engines/stand-in.ts';
import type { BBox, FoundFeature } from '../../src/ogc/map-request.ts';
import type { Clock } from '../../src/platform/clock.ts';
import type { Random } from '../../src/platform/random.ts';
import type { ProjectBundle } from '../../src/projects/project.ts';
import { type Condition, speedNow } from './condition.ts';
import { stampedImage, stampOf } from './stamped-image.ts';

interface EngineOptions {
  /** Drawings that may wait for a slot. */
  readonly queueLimit: number;
  /** Projects that stay open; the one used longest ago is closed first. */
  readonly warmProjects: number;
  /** Opening a project at speed 1, ms. */
  readonly coldMs: number;
  /** Least size of an image. */
  readonly tileBytes: number;
}

/** A drawing that is finished. */
export interface Drawn {
  /** What was drawn: equal for equal drawings. */
  readonly key: string;
  /** The project had to be opened first. */
  readonly cold: boolean;
  readonly renderMs: number;
}

export interface EngineParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly condition: Condition;
  readonly options: EngineOptions;
  /** Time of a drawing on a warm worker of speed 1, ms. */
  readonly serviceMs: (bundle: ProjectBundle, key: string) => number;
  /** A drawing has come, and waits or begins. */
  readonly onArrived?: () => void;
  readonly onDrawn: (drawn: Drawn) => void;
}

interface Task {
  readonly hash: string;
  readonly serviceMs: number;
  readonly ready: PromiseWithResolvers<void>;
  /** When it will be finished; known once it has begun. */
  endsAtMs: number;
  /** Ends it while it runs. */
  kill: () => void;
}

const WORLD: BBox = [-180, -90, 180, 90];

/**
 * Draws in virtual time: slots, a queue, projects that have to be opened and stay open while memory lasts, a speed.
 * What it answers is a function of the task, so that a wrong answer is recognised. The speed of a drawing is that of
 * the moment when it begins.
 */
export class SimulatedEngine implements Engine {
  readonly identity: EngineIdentity = { name: 'mapnik', version: 'simulated', fonts: 'none' };
  readonly #parts: EngineParts;
  /** Open projects with the moment from which they can be drawn from; the one used longest ago first. */
  readonly #open = new Map<string, number>();
  readonly #waiting: Task[] = [];
  readonly #running = new Set<Task>();
  readonly #stopping = new AbortController();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(parts: EngineParts) {
    this.#parts = parts;
  }

  async start(): Promise<void> {}

  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    for (const task of this.#waiting.splice(0)) task.ready.reject(stopped());
    if (this.#running.size === 0) return;
    this.#idle = Promise.withResolvers();
    const timer = this.#parts.clock.after(graceMs, () => {
      for (const task of this.#running) task.kill();
    });
    await this.#idle.promise;
    timer.cancel();
  }

  load(): EngineLoad {
    const slots = this.#stopping.signal.aborted ? 0 : this.#parts.condition.slots;
    return { slots, running: this.#running.size, queued: this.#waiting.length };
  }

  async inspect(): Promise<Inspection> {
    return { layers: [{ name: 'land', extent: WORLD, queryable: true }] };
  }

  async projectExtent(extent: BBox, crs: readonly string[]): Promise<Record<string, BBox>> {
    return worldwideExtent(extent, crs);
  }

  /** As on a machine that was switched on long ago. */
  haveOpen(bundle: ProjectBundle): void {
    this.#openProject(bundle.description.hash, 0);
  }

  /** Keeps a slot for as long as opening takes. */
  async preload({ description: { hash } }: ProjectBundle): Promise<void> {
    const { condition, options, clock } = this.#parts;
    const task: Task = { hash, serviceMs: 0, ready: Promise.withResolvers(), endsAtMs: 0, kill: () => {} };
    const { signal } = this.#stopping;
    await this.#acquire(task, signal);
    try {
      const coldMs = this.#open.has(hash) ? 0 : options.coldMs / speedNow(condition);
      const openMs = this.#openProject(hash, coldMs);
      task.endsAtMs = clock.now() + openMs;
      await this.#busy(task, openMs, signal);
    } finally {
      this.#release(task);
    }
  }

  isWarm(hash: string): boolean {
    const readyAtMs = this.#open.get(hash);
    return readyAtMs !== undefined && readyAtMs <= this.#parts.clock.now();
  }

  async unload(hash: string): Promise<void> {
    this.#open.delete(hash);
  }

  /** Closes what memory has no room for; the project used longest ago first. */
  closeSurplus(): void {
    const { condition, options } = this.#parts;
    const room = condition.shortOfMemory ? 1 : options.warmProjects;
    for (const hash of this.#open.keys()) {
      if (this.#open.size <= room) return;
      this.#open.delete(hash);
    }
  }

  /** True time until a drawing of the project, `serviceMs` long at speed 1, would be finished here, ms. */
  finishMs(hash: string, serviceMs: number, before: readonly number[] = []): number {
    const now = this.#parts.clock.now();
    const speed = speedNow(this.#parts.condition);
    const free = Array.from({ length: this.#parts.condition.slots }, () => 0);
    [...this.#running].forEach((task, slot) => {
      free[slot] = Math.max(0, task.endsAtMs - now);
    });
    for (const waiting of [...this.#waiting.map((task) => task.serviceMs), ...before]) {
      const slot = free.indexOf(Math.min(...free));
      free[slot] = free[slot]! + waiting / speed;
    }
    const coldMs = this.isWarm(hash) ? 0 : this.#parts.options.coldMs / speed;
    return Math.min(...free) + coldMs + serviceMs / speed;
  }

  async render(task: RenderTask, options: WorkOptions): Promise<Rendered> {
    if (task.encoding !== 'png') {
      throw new GismeshError('REQUEST_INVALID', 'The simulated engine draws PNG only.');
    }
    const { columns, rows, tileWidth, tileHeight, bbox, layers, crs } = task;
    const { hash } = task.bundle.description;
    const width = columns * tileWidth;
    const key = stampOf({ hash, layers, crs, bbox, width, height: rows * tileHeight });
    const renderMs = await this.#work(task.bundle, key, options);
    const tiles = tilesOf(task).map((tile) => {
      const stamp = stampOf({ hash, layers, crs, bbox: tile, width: tileWidth, height: tileHeight });
      return stampedImage(stamp, tileWidth, tileHeight, this.#parts.options.tileBytes);
    });
    return { tiles, renderMs };
  }

  async featureInfo(task: { bundle: ProjectBundle }, options: WorkOptions): Promise<FoundFeature[]> {
    await this.#work(task.bundle, 'features', options);
    return [];
  }

  async legend(task: LegendTask, options: WorkOptions): Promise<Uint8Array> {
    await this.#work(task.bundle, 'legend', options);
    return stampedImage(`legend ${task.layer}`, task.width || 100, task.height || 20, 0);
  }

  /** Waits for a slot, keeps it for the time of the drawing and returns that time, ms. */
  async #work(bundle: ProjectBundle, key: string, options: WorkOptions): Promise<number> {
    const { clock, random, condition, options: own } = this.#parts;
    const { hash } = bundle.description;
    const task: Task = {
      hash,
      serviceMs: this.#parts.serviceMs(bundle, key),
      ready: Promise.withResolvers(),
      endsAtMs: 0,
      kill: () => {},
    };
    this.#parts.onArrived?.();
    await this.#acquire(task, options.signal);
    try {
      options.onStart?.();
      if (condition.failureRate > 0 && random.next() < condition.failureRate) {
        throw new GismeshError('RENDER_FAILED', 'This engine is broken.');
      }
      const speed = speedNow(condition);
      const cold = !this.#open.has(hash);
      const openMs = this.#openProject(hash, cold ? own.coldMs / speed : 0);
      const renderMs = task.serviceMs / speed;
      task.endsAtMs = clock.now() + openMs + renderMs;
      await this.#busy(task, Math.min(openMs + renderMs, options.timeoutMs), options.signal);
      if (openMs + renderMs > options.timeoutMs) {
        throw new GismeshError('DEADLINE_EXCEEDED', `Not drawn within ${options.timeoutMs} ms.`);
      }
      this.#parts.onDrawn({ key, cold, renderMs });
      return renderMs;
    } finally {
      this.#release(task);
    }
  }

  /** The time in which a worker draws. */
  #busy(task: Task, forMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        timer.cancel();
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onAbort = () => end(() => reject(cancelled()));
      const timer = this.#parts.clock.after(forMs, () => end(resolve));
      signal.addEventListener('abort', onAbort, { once: true });
      task.kill = () => end(() => reject(stopped()));
    });
  }

  /** Opens the project unless it is; the time until it can be drawn from, ms. */
  #openProject(hash: string, openMs: number): number {
    const now = this.#parts.clock.now();
    const readyAtMs = this.#open.get(hash) ?? now + openMs;
    this.#open.delete(hash);
    this.#open.set(hash, readyAtMs);
    this.closeSurplus();
    return Math.max(0, readyAtMs - now);
  }

  async #acquire(task: Task, signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw cancelled();
    if (this.#stopping.signal.aborted) throw stopped();
    if (this.#running.size < this.#parts.condition.slots) {
      this.#running.add(task);
      return;
    }
    if (this.#waiting.length >= this.#parts.options.queueLimit) {
      throw new GismeshError('BUSY', `${this.#waiting.length} tasks already wait for the simulated engine.`);
    }
    this.#waiting.push(task);
    const withdraw = () => {
      const index = this.#waiting.indexOf(task);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      task.ready.reject(cancelled());
    };
    signal.addEventListener('abort', withdraw, { once: true });
    await task.ready.promise.finally(() => signal.removeEventListener('abort', withdraw));
  }

  /** Hands the slot to whoever waits longest. */
  #release(task: Task): void {
    this.#running.delete(task);
    const next = this.#waiting.shift();
    if (next !== undefined) {
      this.#running.add(next);
      next.endsAtMs = this.#parts.clock.now() + next.serviceMs;
      next.ready.resolve();
    } else if (this.#running.size === 0) {
      this.#idle?.resolve();
    }
  }
}

/** The boxes of a block's tiles, row by row from the north-west. */
function tilesOf({ bbox: [minX, minY, maxX, maxY], columns, rows }: RenderTask): BBox[] {
  const width = (maxX - minX) / columns;
  const height = (maxY - minY) / rows;
  return Array.from({ length: columns * rows }, (_, index): BBox => {
    const column = index % columns;
    const row = Math.floor(index / columns);
    return [
      minX + column * width,
      maxY - (row + 1) * height,
      minX + (column + 1) * width,
      maxY - row * height,
    ];
  });
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'Nobody waits for this any more.');
}

function stopped(): GismeshError {
  return new GismeshError('ENGINE_UNAVAILABLE', 'The simulated engine is stopping.');
}
