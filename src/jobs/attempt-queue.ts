import type { Durations } from '../core/jobs/durations.ts';
import { type SlotDemand, SlotPlan, slotsFor, widthOf } from '../core/jobs/slot-plan.ts';
import type { Attempt } from './attempt.ts';
import type { LocalProcesses } from './offered-processes.ts';

export interface AttemptQueueOptions {
  /** Jobs executed at a time. */
  readonly slots: number;
  /** Jobs that have run, whose outputs are being kept while others run in their slots. */
  readonly maxStoring: number;
  readonly priorDurationMs: number;
  /** Jobs expected to run longer are long ones. */
  readonly longMs: number;
}

interface AttemptQueueParts {
  readonly durations: Durations;
  readonly provider: LocalProcesses;
  readonly options: AttemptQueueOptions;
}

/** Clients that wait come first, then short jobs, then long ones. */
const LANES = { urgent: 0, short: 1, long: 2 } as const;
type Lane = (typeof LANES)[keyof typeof LANES];

/** Jobs that wait for a slot at this peer, and how long jobs are expected to take. Times are ms. */
export class AttemptQueue {
  readonly #parts: AttemptQueueParts;
  #waiting: Attempt[] = [];

  constructor({ durations, provider, options }: AttemptQueueParts) {
    this.#parts = { durations, provider, options };
  }

  [Symbol.iterator](): Iterator<Attempt> {
    return this.#waiting.values();
  }

  get size(): number {
    return this.#waiting.length;
  }

  find(job: string): Attempt | undefined {
    return this.#waiting.find(({ id }) => id === job);
  }

  add(attempt: Attempt): void {
    this.#waiting.push(attempt);
  }

  drop(attempt: Attempt): void {
    this.#waiting = this.#waiting.filter((each) => each !== attempt);
  }

  clear(): void {
    this.#waiting = [];
  }

  /** A whole run: what was measured, else what its author says. */
  expectedMs(process: string): number {
    const { durations, provider, options } = this.#parts;
    return durations.meanMs(process) ?? provider.expectation(process)?.durationMs ?? options.priorDurationMs;
  }

  /**
   * How long a running job still takes: by its progress where it tells any, else by what such jobs took. One that runs
   * longer than those is taken to be in its middle: otherwise it would look done for as long as it goes on.
   */
  restMs({ status, startedMs, percentOfRun }: Attempt, nowMs: number): number {
    const ageMs = nowMs - (startedMs ?? nowMs);
    if (percentOfRun > 0) return (ageMs * (100 - percentOfRun)) / percentOfRun;
    const restMs = this.expectedMs(status.process) - ageMs;
    return restMs > 0 ? restMs : ageMs;
  }

  /** How long those take that would be executed before one more job of the process. */
  aheadMs(process: string, urgent: boolean): number[] {
    return this.#ahead(process, urgent).map(({ status }) => this.expectedMs(status.process));
  }

  /** Until one more job of the process could begin beside and after those; infinite without slots. */
  waitMs(process: string, urgent: boolean, working: readonly Attempt[], nowMs: number): number {
    const plan = this.plan(working, nowMs);
    for (const attempt of this.#ahead(process, urgent)) plan.add(this.demand(attempt));
    return plan.waitMs({
      isLong: this.#laneOf(process, urgent) === LANES.long,
      slots: this.#slotsOf(process),
    });
  }

  /** What the slots still have to do for those that run. */
  plan(working: readonly Attempt[], nowMs: number): SlotPlan {
    const plan = new SlotPlan(this.#parts.options.slots);
    for (const attempt of working) {
      plan.add({ ...this.demand(attempt), serviceMs: this.restMs(attempt, nowMs) });
    }
    return plan;
  }

  /** Those that wait, as their turns come, but for fairness between users. */
  inTurn(): Attempt[] {
    return this.#waiting.toSorted((a, b) => this.#lane(a) - this.#lane(b));
  }

  /** What the job asks of the slots. */
  demand(attempt: Attempt): SlotDemand {
    const { process } = attempt.status;
    return {
      serviceMs: this.expectedMs(process),
      isLong: this.#lane(attempt) === LANES.long,
      slots: this.#slotsOf(process),
    };
  }

  /** Whether there are slots for it beside those that hold some. */
  fits(attempt: Attempt, working: readonly Attempt[]): boolean {
    return this.#taken([...working, attempt]) <= this.#parts.options.slots;
  }

  /**
   * Whose turn it is: those whose clients wait, then short jobs, then long ones, which leave one slot to the others;
   * among equals the user with the fewest jobs under way, then who came first. It may have to wait until slots enough are
   * free: others that would fit in before it do not go first, or it would wait for ever.
   */
  next(running: readonly Attempt[]): Attempt | undefined {
    const { slots, maxStoring } = this.#parts.options;
    const working = running.filter(({ isWorking }) => isWorking);
    if (working.length >= slots || running.length >= slots + maxStoring) return undefined;
    const isLong = (attempt: Attempt) => this.#lane(attempt) === LANES.long;
    const longWorking = working.filter(isLong);
    const mayBegin = (attempt: Attempt) =>
      !isLong(attempt) || this.#taken([...longWorking, attempt]) <= slotsFor(true, slots);
    const underWay = (user: string) => running.filter(({ status }) => status.user === user).length;
    let best: { attempt: Attempt; rank: readonly number[] } | undefined;
    for (const attempt of this.#waiting) {
      if (attempt.isOffered) continue;
      if (!mayBegin(attempt)) continue;
      const rank = [this.#lane(attempt), underWay(attempt.status.user)];
      if (!best || isBefore(rank, best.rank)) best = { attempt, rank };
    }
    return best && this.fits(best.attempt, working) ? best.attempt : undefined;
  }

  /** Slots that they hold at a time. */
  #taken(attempts: readonly Attempt[]): number {
    const { slots } = this.#parts.options;
    return attempts.reduce((sum, attempt) => sum + widthOf(this.demand(attempt), slots), 0);
  }

  /** A slot for each core that it keeps busy. */
  #slotsOf(process: string): number {
    return Math.ceil(this.#parts.provider.expectation(process)?.cores ?? 1);
  }

  #ahead(process: string, urgent: boolean): Attempt[] {
    const lane = this.#laneOf(process, urgent);
    return this.#waiting.filter((attempt) => this.#lane(attempt) <= lane);
  }

  #lane({ status }: Attempt): Lane {
    return this.#laneOf(status.process, status.mode === 'sync');
  }

  #laneOf(process: string, urgent: boolean): Lane {
    if (this.expectedMs(process) > this.#parts.options.longMs) return LANES.long;
    return urgent ? LANES.urgent : LANES.short;
  }
}

function isBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] as number) < (b[at] as number);
}
