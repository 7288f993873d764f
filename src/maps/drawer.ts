import { type BidRequest, waitForSlotMs } from '../core/bid.ts';
import { type CostFeatures, CostModel, type CostModelOptions } from '../core/cost-model.ts';
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

/** What is open is looked at again after this: it changes less often than peers ask. */
const LOOK_EVERY_MS = 100;

/** A drawing that takes this many times its estimate may be a hard one; beyond it the machine is slow. */
const OVERDUE = 2;

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
  /** Projects that a drawing under way opens, or will open, by hash: how many drawings of them there are. */
  readonly #awaited = new Map<string, number>();
  /** What was open when somebody last asked. */
  #lookedAt: { readonly atMs: number; readonly open: readonly string[] } = { atMs: -Infinity, open: [] };
  /** In the order in which they came, by the drawing's key. */
  readonly #tasks = new Map<string, Task>();
  /** The projects that are being opened before anybody asks for a drawing, by hash. */
  readonly #opening = new Map<string, Task>();
  /** What opening a project takes here. */
  readonly #openings: CostModel;
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
    this.#openings = new CostModel({ ...parts.options.costs, priorMs: parts.options.coldProjectMs });
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
    const isOpen = tools !== undefined && this.#isOpen(tools.engine, projectHash);
    return {
      serviceMs: this.estimate(drawing).meanMs,
      coldMs: isOpen ? 0 : this.#openingMs(projectHash),
      holdsBundle: tools !== undefined,
    };
  }

  /** Hashes of the projects that are open, or will be once what waits here is drawn. */
  get openProjects(): readonly string[] {
    const now = this.#clock.now();
    if (now - this.#lookedAt.atMs < LOOK_EVERY_MS) return this.#lookedAt.open;
    const open = this.#catalogue
      .list()
      .map(({ description }) => description)
      .filter(({ engine, hash }) => {
        const drawnBy = this.#engines.get(engine);
        return drawnBy !== undefined && this.#isOpen(drawnBy, hash);
      })
      .map(({ hash }) => hash);
    this.#lookedAt = { atMs: now, open };
    return open;
  }

  #isOpen(engine: Engine, hash: string): boolean {
    return engine.isWarm(hash) || this.#opening.has(hash) || this.#awaited.has(hash);
  }

  #openingMs(hash: string): number {
    return this.#openings.estimate(openingFeatures(hash)).meanMs;
  }

  /** Drawings under way or waiting, of all engines. */
  get tasks(): number {
    return this.#tasks.size;
  }

  /** Whether a worker has it, by the drawing's key. */
  hasBegun(key: string): boolean {
    return this.#tasks.get(key)?.startedAt !== undefined;
  }

  /** Of the drawings under way or waiting. */
  keys(): Iterable<string> {
    return this.#tasks.keys();
  }

  /**
   * The workers that could draw it, the estimated rest of what they draw and of what waits for them, ms, and the speed
   * of the machine over that at which the estimates were learned.
   */
  occupation(drawing: Drawing): { slots: number; runningMs: number[]; queuedMs: number[]; speed: number } {
    const engine = this.#tools(drawing)?.engine;
    const tasks = [...this.#opening.values(), ...this.#tasks.values()].filter(
      (task) => task.engine === engine,
    );
    return { slots: engine?.load().slots ?? 0, ...this.#rests(tasks), speed: this.#speed(tasks) };
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
    this.#opening.set(projectHash, { engine, estimateMs: this.#openingMs(projectHash), startedAt: now });
    engine
      .preload(bundle)
      .then(() => this.#openings.observe(openingFeatures(projectHash), this.#clock.now() - now))
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

  /**
   * Where everything that runs has taken much longer than expected, the machine is slower than it is known to be: it is
   * new, or somebody has come. What waits will take longer too.
   */
  #speed(tasks: readonly Task[]): number {
    const now = this.#clock.now();
    const delays = tasks.map(({ estimateMs, startedAt = now }) => (now - startedAt) / estimateMs);
    const least = Math.min(...delays.filter((delay) => delay > 0));
    return least > OVERDUE && least < Infinity ? 1 / least : 1;
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
    const opens = coldMs > 0;
    this.#tasks.set(key, task);
    if (opens) count(this.#awaited, drawing.projectHash, 1);
    const release = this.#catalogue.hold(drawing.projectHash);
    const onStart = () => {
      task.startedAt = this.#clock.now();
    };
    const { renderTimeoutMs: timeoutMs } = this.#options;
    try {
      const made = await this.#work(tools, drawing, { signal, onStart, timeoutMs });
      const tookMs = this.#clock.now() - (task.startedAt ?? this.#clock.now());
      const renderMs = made.renderMs ?? tookMs;
      for (const part of made.parts) checkPart(drawing, part);
      const { peer, name } = this.#self;
      const contentType = contentTypeOf(drawing);
      const pack = { parts: made.parts, contentType, renderMs, drawnBy: peer, drawnByName: name };
      if (onMade) {
        onMade(pack);
        await sleep(this.#clock, 0);
      }
      this.#costs.observe(costFeatures(drawing), renderMs);
      if (opens && made.renderMs !== undefined) {
        this.#openings.observe(openingFeatures(drawing.projectHash), tookMs - made.renderMs);
      }
      return pack;
    } finally {
      if (this.#tasks.get(key) === task) this.#tasks.delete(key);
      if (opens) count(this.#awaited, drawing.projectHash, -1);
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

/** What opening is learned by: every project of its own, and for one that is new all others. */
function openingFeatures(project: string): CostFeatures {
  return { kind: 'opening', project, layers: [], metresPerPixel: 1, pixels: 0 };
}

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const now = (counts.get(key) ?? 0) + change;
  if (now > 0) counts.set(key, now);
  else counts.delete(key);
}
