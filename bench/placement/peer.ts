import { type BidderState, composeBid, type Offer, Reservations } from '../../src/core/bid.ts';
import { type CostFeatures, CostModel } from '../../src/core/cost-model.ts';
import type { EventHeap } from './event-heap.ts';
import type { PlacementConfig } from './scenario.ts';

/** One drawing to do. */
export interface Work {
  readonly features: CostFeatures;
  readonly metatile: string;
  /** Time on a warm, idle worker of a machine of speed 1. */
  readonly serviceMs: number;
}

export interface PeerSpec {
  readonly slots: number;
  /** Drawing speed, an active owner's share taken off. */
  readonly speed: number;
  /** Most projects open at once. */
  readonly maxOpen: number;
  /** Projects open at the start. */
  readonly preloaded: readonly string[];
  /** Time to open a project at speed 1. */
  readonly coldMs: number;
}

interface Task {
  readonly work: Work;
  readonly estimateMs: number;
  readonly done: (drawnMs: number) => void;
  startedAtMs: number;
  cancelled: boolean;
}

/** A machine that draws: workers, a queue, open projects. It bids with the product's own code. */
export class SimulatedPeer {
  readonly name: string;
  readonly spec: PeerSpec;
  coldStarts = 0;
  readonly #events: EventHeap;
  readonly #config: PlacementConfig;
  readonly #costs: CostModel;
  readonly #reservations: Reservations;
  readonly #running = new Set<Task>();
  #queue: Task[] = [];
  /** Open projects, the one used longest ago first. */
  readonly #open: Set<string>;

  constructor(name: string, spec: PeerSpec, config: PlacementConfig, events: EventHeap) {
    this.name = name;
    this.spec = spec;
    this.#events = events;
    this.#open = new Set(spec.preloaded);
    this.#config = config;
    this.#costs = new CostModel(config.costModel);
    this.#reservations = new Reservations(config.reservations);
  }

  /** Tasks per slot, as gossiped. */
  get load(): number {
    return (this.#running.size + this.#queue.length) / this.spec.slots;
  }

  bid(work: Work, requestId: string, reserve: boolean): Offer {
    const nowMs = this.#events.nowMs;
    const serviceMs = this.#costs.estimate(work.features).meanMs;
    const coldMs = this.#coldMs(work);
    const request = { serviceMs, coldMs, holdsBundle: true, cached: false };
    const offer = composeBid(this.#state(nowMs), request, this.#config.bidder);
    if (reserve && offer.expectedMs < Infinity) {
      this.#reservations.reserve(requestId, serviceMs + coldMs, nowMs);
    }
    return offer;
  }

  release(requestId: string): void {
    this.#reservations.release(requestId);
  }

  /** Queues the work; `done` gets the drawing time without waits. Returns its cancellation. */
  submit(work: Work, requestId: string, done: (drawnMs: number) => void): () => void {
    this.#reservations.confirm(requestId, this.#events.nowMs);
    const estimateMs = this.#costs.estimate(work.features).meanMs + this.#coldMs(work);
    const task: Task = { work, estimateMs, done, startedAtMs: Number.NaN, cancelled: false };
    this.#queue.push(task);
    this.#startNext();
    return () => this.#cancel(task);
  }

  #state(nowMs: number): BidderState {
    return {
      slots: this.spec.slots,
      runningMs: [...this.#running].map(({ estimateMs, startedAtMs }) => {
        return Math.max(estimateMs - (nowMs - startedAtMs), estimateMs / 10);
      }),
      queuedMs: this.#queue.map((task) => task.estimateMs),
      reservedMs: this.#reservations.estimates(nowMs),
      // The cost model learns what drawings take on this machine as it is, its owner included.
      speed: 1,
      ownerNeedsMachine: false,
      draining: false,
    };
  }

  #coldMs({ features: { project } }: Work): number {
    const willBeOpen =
      this.#open.has(project) || this.#queue.some((task) => task.work.features.project === project);
    return willBeOpen ? 0 : this.spec.coldMs / this.spec.speed;
  }

  /** Opens the project unless it is open; the time that takes. */
  #ensureOpen(project: string): number {
    const wasOpen = this.#open.delete(project);
    this.#open.add(project);
    if (wasOpen) return 0;
    this.coldStarts += 1;
    const [oldest] = this.#open;
    if (this.#open.size > this.spec.maxOpen && oldest !== undefined) this.#open.delete(oldest);
    return this.spec.coldMs / this.spec.speed;
  }

  #startNext(): void {
    const task = this.#running.size < this.spec.slots ? this.#queue.shift() : undefined;
    if (task === undefined) return;
    const coldMs = this.#ensureOpen(task.work.features.project);
    const drawMs = task.work.serviceMs / this.spec.speed;
    task.startedAtMs = this.#events.nowMs;
    this.#running.add(task);
    this.#events.after(coldMs + drawMs, () => {
      if (task.cancelled) return;
      this.#running.delete(task);
      this.#costs.observe(task.work.features, drawMs);
      task.done(drawMs);
      this.#startNext();
    });
  }

  #cancel(task: Task): void {
    task.cancelled = true;
    if (this.#running.delete(task)) this.#startNext();
    else this.#queue = this.#queue.filter((queued) => queued !== task);
  }
}
