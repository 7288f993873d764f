import { type BidRequest, waitForSlotMs } from '../core/bid.ts';
import { CostModel, type CostModelOptions } from '../core/cost-model.ts';
import { GismeshError } from '../core/errors.ts';
import type { Engine, WorkOptions } from '../engines/engine.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Catalogue, ProjectBundle } from '../projects/project.ts';
import { costFeatures } from './cost-features.ts';
import { contentTypeOf, type Drawing, drawingKey } from './drawing.ts';
import { checkPart } from './part-check.ts';
import type { PartPack } from './part-pack.ts';

export interface DrawerOptions {
  readonly costs: CostModelOptions;
  /** Opening a project in a worker before anything is known of it, ms. */
  readonly coldProjectMs: number;
  /** Between two projects that are opened before anybody asks for a drawing, ms. */
  readonly openEveryMs: number;
  /** Before one that was opened so, and had to be closed for others, is opened so again, ms. */
  readonly reopenMs: number;
  /** Projects of which that is remembered. */
  readonly maxOpened: number;
  /** One drawing's time in a worker, after which the worker is killed. */
  readonly renderTimeoutMs: number;
}

interface Task {
  readonly engine: Engine;
  /** With opening the project, where that has to be done first. */
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
  /** In the order in which they came, by the drawing's key. */
  readonly #tasks = new Map<string, Task>();
  /** The projects that are being opened before anybody asks for a drawing, by hash. */
  readonly #opening = new Map<string, Task>();
  /** When each was, the one opened last at the end. */
  readonly #opened = new Map<string, number>();

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
    const { projectHash } = drawing;
    const warm = this.#opening.has(projectHash) || (tools?.engine.isWarm(projectHash) ?? false);
    return {
      serviceMs: this.estimate(drawing).meanMs,
      coldMs: warm ? 0 : this.#options.coldProjectMs,
      holdsBundle: tools !== undefined,
    };
  }

  /** Drawings under way or waiting, of all engines. */
  get tasks(): number {
    return this.#tasks.size;
  }

  /** Of the drawings under way or waiting. */
  keys(): Iterable<string> {
    return this.#tasks.keys();
  }

  /** The workers that could draw it, and the estimated rest of what they draw and of what waits for them, ms. */
  occupation(drawing: Drawing): { slots: number; runningMs: number[]; queuedMs: number[] } {
    const engine = this.#tools(drawing)?.engine;
    const tasks = [...this.#opening.values(), ...this.#tasks.values()].filter(
      (task) => task.engine === engine,
    );
    return { slots: engine?.load().slots ?? 0, ...this.#rests(tasks) };
  }

  /** When a drawing that is under way or waiting here will be finished, ms from now; undefined when it is not. */
  finishMs(drawing: Drawing): number | undefined {
    const task = this.#tasks.get(drawingKey(drawing));
    if (!task) return undefined;
    if (task.startedAt !== undefined) return this.#restMs(task, task.startedAt);
    const mates = [...this.#tasks.values()].filter(({ engine }) => engine === task.engine);
    const { runningMs, queuedMs } = this.#rests(mates.slice(0, mates.indexOf(task)));
    const slots = Math.max(1, task.engine.load().slots);
    return waitForSlotMs(slots, runningMs, queuedMs) + task.estimateMs;
  }

  /** Opens the project of a drawing, if this peer has little else to do: whoever asks for it next need not wait. */
  open(drawing: Drawing): void {
    const { projectHash } = drawing;
    const tools = this.#tools(drawing);
    const now = this.#clock.now();
    const { openEveryMs, reopenMs, maxOpened } = this.#options;
    const lastMs = [...this.#opened.values()].at(-1) ?? -Infinity;
    if (!tools || this.#opening.size > 0 || now - lastMs < openEveryMs) return;
    if (now - (this.#opened.get(projectHash) ?? -Infinity) < reopenMs) return;
    const { engine, bundle } = tools;
    if (engine.isWarm(projectHash) || 2 * this.#tasks.size > engine.load().slots) return;
    this.#opened.delete(projectHash);
    this.#opened.set(projectHash, now);
    if (this.#opened.size > maxOpened) this.#opened.delete(this.#opened.keys().next().value!);
    const release = this.#catalogue.hold(projectHash);
    this.#opening.set(projectHash, { engine, estimateMs: this.#options.coldProjectMs, startedAt: now });
    engine
      .preload(bundle)
      // Whoever asks for a drawing of it is told what is wrong.
      .catch(() => {})
      .finally(() => {
        this.#opening.delete(projectHash);
        release?.();
      });
  }

  #rests(tasks: readonly Task[]): { runningMs: number[]; queuedMs: number[] } {
    const runningMs: number[] = [];
    const queuedMs: number[] = [];
    for (const task of tasks) {
      if (task.startedAt === undefined) queuedMs.push(task.estimateMs);
      else runningMs.push(this.#restMs(task, task.startedAt));
    }
    return { runningMs, queuedMs };
  }

  /** An overdue task is expected to take a tenth of its estimate more: soon, but not now. */
  #restMs({ estimateMs }: Task, startedAt: number): number {
    return Math.max(estimateMs - (this.#clock.now() - startedAt), estimateMs / 10);
  }

  /** `onMade` gets the drawing at once; what is learned from it comes after whoever waits for it has it. */
  async draw(drawing: Drawing, signal: AbortSignal, onMade?: (pack: PartPack) => void): Promise<PartPack> {
    const tools = this.#tools(drawing);
    if (!tools) {
      throw new GismeshError(
        'BUNDLE_NOT_HELD',
        `This peer does not hold project version ${drawing.projectHash}`,
      );
    }
    const key = drawingKey(drawing);
    const { serviceMs, coldMs } = this.terms(drawing);
    const task: Task = { engine: tools.engine, estimateMs: serviceMs + coldMs };
    this.#tasks.set(key, task);
    const release = this.#catalogue.hold(drawing.projectHash);
    const onStart = () => {
      task.startedAt = this.#clock.now();
    };
    const { renderTimeoutMs: timeoutMs } = this.#options;
    try {
      const made = await this.#work(tools, drawing, { signal, onStart, timeoutMs });
      const renderMs = made.renderMs ?? this.#clock.now() - (task.startedAt ?? this.#clock.now());
      for (const part of made.parts) checkPart(drawing, part);
      const { peer, name } = this.#self;
      const contentType = contentTypeOf(drawing);
      const pack = { parts: made.parts, contentType, renderMs, drawnBy: peer, drawnByName: name };
      if (onMade) {
        onMade(pack);
        await sleep(this.#clock, 0);
      }
      this.#costs.observe(costFeatures(drawing), renderMs);
      return pack;
    } finally {
      if (this.#tasks.get(key) === task) this.#tasks.delete(key);
      release?.();
    }
  }

  /** The parts, and the time in the worker where the engine tells it. */
  async #work(
    { engine, bundle }: { engine: Engine; bundle: ProjectBundle },
    { task }: Drawing,
    options: WorkOptions,
  ): Promise<{ parts: readonly Uint8Array[]; renderMs?: number }> {
    switch (task.kind) {
      case 'image': {
        const { kind, ...image } = task;
        const { tiles, renderMs } = await engine.render({ ...image, bundle }, options);
        return { parts: tiles, renderMs };
      }
      case 'features': {
        const { kind, ...query } = task;
        const features = await engine.featureInfo({ ...query, bundle }, options);
        return { parts: [Buffer.from(JSON.stringify(features))] };
      }
      case 'legend': {
        const { kind, ...legend } = task;
        return { parts: [await engine.legend({ ...legend, bundle }, options)] };
      }
    }
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
