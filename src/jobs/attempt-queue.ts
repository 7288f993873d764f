import type { Durations } from '../core/jobs/durations.ts';
import { SlotPlan } from '../core/jobs/slot-plan.ts';
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
    for (const attempt of this.#ahead(process, urgent)) {
      plan.add(this.expectedMs(attempt.status.process), this.isLong(attempt));
    }
    return plan.waitMs(this.#laneOf(process, urgent) === LANES.long);
  }

  /** What the slots still have to do for those that run. */
  plan(working: readonly Attempt[], nowMs: number): SlotPlan {
    const plan = new SlotPlan(this.#parts.options.slots);
    for (const attempt of working) plan.add(this.restMs(attempt, nowMs), this.isLong(attempt));
    return plan;
  }

  /** Those that wait, as their turns come, but for fairness between users. */
  inTurn(): Attempt[] {
    return this.#waiting.toSorted((a, b) => this.#lane(a) - this.#lane(b));
  }

  isLong(attempt: Attempt): boolean {
    return this.#lane(attempt) === LANES.long;
  }

  /**
   * Whose turn it is: those whose clients wait, then short jobs, then long ones, which leave one slot to the others;
   * among equals the user with the fewest jobs under way, then who came first.
   */
  next(running: readonly Attempt[]): Attempt | undefined {
    const { slots, maxStoring } = this.#parts.options;
    const working = running.filter(({ isWorking }) => isWorking);
    if (working.length >= slots || running.length >= slots + maxStoring) return undefined;
    const longRunning = working.filter((attempt) => this.isLong(attempt)).length;
    const mayBeLong = slots === 1 || longRunning < slots - 1;
    const underWay = (user: string) => running.filter(({ status }) => status.user === user).length;
    let best: { attempt: Attempt; rank: readonly number[] } | undefined;
    for (const attempt of this.#waiting) {
      if (attempt.isOffered) continue;
      const lane = this.#lane(attempt);
      if (lane === LANES.long && !mayBeLong) continue;
      const rank = [lane, underWay(attempt.status.user)];
      if (!best || isBefore(rank, best.rank)) best = { attempt, rank };
    }
    return best?.attempt;
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
