import type { BidRequest } from '../core/bid.ts';
import { type CostFeatures, CostModel, type CostModelOptions } from '../core/cost-model.ts';
import { GismeshError } from '../core/errors.ts';
import type { Engine, WorkOptions } from '../engines/engine.ts';
import type { Clock } from '../platform/clock.ts';
import type { Catalogue, ProjectBundle } from '../projects/project.ts';
import { contentTypeOf, type Drawing, drawnPixels } from './drawing.ts';
import { checkImage } from './image-check.ts';
import type { PartPack } from './part-pack.ts';

export interface DrawerOptions {
  readonly costs: CostModelOptions;
  /** Opening a project in a worker before anything is known of it, ms. */
  readonly coldProjectMs: number;
  /** One drawing's time in a worker, after which the worker is killed. */
  readonly renderTimeoutMs: number;
}

interface Task {
  readonly estimateMs: number;
  startedAt?: number;
}

/** What draws at this very peer: the engines, what they are busy with, and what their work is known to cost. */
export class Drawer {
  readonly #engines: ReadonlyMap<string, Engine>;
  readonly #catalogue: Catalogue;
  readonly #clock: Clock;
  readonly #self: { readonly peer: string; readonly name: string };
  readonly #options: DrawerOptions;
  readonly #costs: CostModel;
  readonly #tasks = new Set<Task>();

  constructor(parts: {
    engines: ReadonlyMap<string, Engine>;
    catalogue: Catalogue;
    clock: Clock;
    self: { readonly peer: string; readonly name: string };
    options: DrawerOptions;
  }) {
    this.#engines = parts.engines;
    this.#catalogue = parts.catalogue;
    this.#clock = parts.clock;
    this.#self = parts.self;
    this.#options = parts.options;
    this.#costs = new CostModel(parts.options.costs);
  }

  /** Whether this peer has the exact bundle and the very engine; nobody else may draw it. */
  holds(drawing: Drawing): boolean {
    return this.#tools(drawing) !== undefined;
  }

  estimate(drawing: Drawing): { meanMs: number; p95Ms: number } {
    return this.#costs.estimate(costFeatures(drawing));
  }

  /** What a bid has to know of this drawing, apart from caches. */
  terms(drawing: Drawing): Pick<BidRequest, 'serviceMs' | 'coldMs' | 'holdsBundle'> {
    const tools = this.#tools(drawing);
    const warm = tools?.engine.isWarm(drawing.projectHash) ?? false;
    return {
      serviceMs: this.estimate(drawing).meanMs,
      coldMs: warm ? 0 : this.#options.coldProjectMs,
      holdsBundle: tools !== undefined,
    };
  }

  /** Workers, and the estimated rest of what they draw and of what waits for them, ms. */
  occupation(): { slots: number; runningMs: number[]; queuedMs: number[] } {
    const now = this.#clock.now();
    const runningMs: number[] = [];
    const queuedMs: number[] = [];
    for (const task of this.#tasks) {
      if (task.startedAt === undefined) queuedMs.push(task.estimateMs);
      else runningMs.push(restMs(task.estimateMs, now - task.startedAt));
    }
    return { slots: this.slots(), runningMs, queuedMs };
  }

  slots(): number {
    let slots = 0;
    for (const engine of this.#engines.values()) slots += engine.load().slots;
    return slots;
  }

  async draw(drawing: Drawing, signal: AbortSignal): Promise<PartPack> {
    const tools = this.#tools(drawing);
    if (!tools) {
      throw new GismeshError(
        'BUNDLE_NOT_HELD',
        `This peer does not hold project version ${drawing.projectHash}`,
      );
    }
    const task: Task = { estimateMs: this.estimate(drawing).meanMs };
    this.#tasks.add(task);
    const release = this.#catalogue.hold(drawing.projectHash);
    const onStart = () => {
      task.startedAt = this.#clock.now();
    };
    try {
      const pack = await this.#work(tools, drawing, {
        signal,
        onStart,
        timeoutMs: this.#options.renderTimeoutMs,
      });
      this.#costs.observe(costFeatures(drawing), pack.renderMs);
      return pack;
    } finally {
      this.#tasks.delete(task);
      release?.();
    }
  }

  async #work(
    { engine, bundle }: { engine: Engine; bundle: ProjectBundle },
    drawing: Drawing,
    options: WorkOptions,
  ): Promise<PartPack> {
    const { task } = drawing;
    const contentType = contentTypeOf(drawing);
    const drawnBy = { drawnBy: this.#self.peer, drawnByName: this.#self.name };
    if (task.kind === 'image') {
      const { kind, ...image } = task;
      const { tiles, renderMs } = await engine.render({ ...image, bundle }, options);
      for (const tile of tiles) checkImage(tile, task.encoding, task.tileWidth, task.tileHeight);
      return { parts: tiles, contentType, renderMs, ...drawnBy };
    }
    const startedAt = this.#clock.now();
    if (task.kind === 'features') {
      const { kind, ...query } = task;
      const features = await engine.featureInfo({ ...query, bundle }, options);
      const part = Buffer.from(JSON.stringify(features));
      return { parts: [part], contentType, renderMs: this.#clock.now() - startedAt, ...drawnBy };
    }
    const { kind, ...legend } = task;
    const image = await engine.legend({ ...legend, bundle }, options);
    return { parts: [image], contentType, renderMs: this.#clock.now() - startedAt, ...drawnBy };
  }

  #tools({ projectHash, engine: wanted }: Drawing): { engine: Engine; bundle: ProjectBundle } | undefined {
    const bundle = this.#catalogue.byHash(projectHash);
    const engine = bundle && this.#engines.get(bundle.description.engine);
    if (!engine) return undefined;
    const { name, version, fonts } = engine.identity;
    const same = name === wanted.name && version === wanted.version && fonts === wanted.fonts;
    return same ? { engine, bundle } : undefined;
  }
}

/** An overdue task is expected to take a tenth of its estimate more: soon, but not now. */
function restMs(estimateMs: number, elapsedMs: number): number {
  return Math.max(estimateMs - elapsedMs, estimateMs / 10);
}

function costFeatures({ projectHash, task }: Drawing): CostFeatures {
  if (task.kind === 'legend') {
    return { kind: 'legend', project: projectHash, layers: [task.layer], metresPerPixel: 1, pixels: 1 };
  }
  const width = task.kind === 'image' ? task.columns * task.tileWidth : task.width;
  return {
    kind: task.kind === 'image' ? `image/${task.encoding}` : 'features',
    project: projectHash,
    layers: task.layers,
    metresPerPixel: (task.bbox[2] - task.bbox[0]) / width,
    pixels: drawnPixels(task),
  };
}
