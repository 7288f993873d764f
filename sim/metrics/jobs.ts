import { isTerminal, type JobState } from '../../src/core/jobs/job-status.ts';
import type { Room } from '../room.ts';
import type { RunEvent } from '../run-event.ts';

/** What became of the jobs of a run. Times are virtual, ms. */
export interface JobFigures {
  /** Their ids were given out. */
  readonly accepted: number;
  readonly refused: number;
  readonly successful: number;
  readonly failed: number;
  readonly dismissed: number;
  /** Claims after the attempt of another peer. */
  readonly moved: number;
  /** From its acceptance until some peer knows the end. */
  readonly p50: number;
  readonly p95: number;
}

/** Counts jobs from the start of a run to its end. */
export class JobMetrics {
  readonly #acceptedMs = new Map<string, number>();
  readonly #states = new Map<string, JobState>();
  readonly #tookMs: number[] = [];
  #refused = 0;
  #moved = 0;

  constructor(room: Pick<Room, 'observe'>) {
    room.observe((event) => this.#see(event));
  }

  /** Undefined where nobody submitted any. */
  figures(): JobFigures | undefined {
    if (this.#acceptedMs.size + this.#refused === 0) return undefined;
    const states = [...this.#states].filter(([job]) => this.#acceptedMs.has(job)).map(([, state]) => state);
    const count = (state: JobState) => states.filter((each) => each === state).length;
    const sorted = this.#tookMs.toSorted((a, b) => a - b);
    const quantile = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
    return {
      accepted: this.#acceptedMs.size,
      refused: this.#refused,
      successful: count('successful'),
      failed: count('failed'),
      dismissed: count('dismissed'),
      moved: this.#moved,
      p50: quantile(0.5),
      p95: quantile(0.95),
    };
  }

  #see(event: RunEvent): void {
    if (event.kind === 'job-accepted') this.#acceptedMs.set(event.job, event.atMs);
    else if (event.kind === 'job-refused') this.#refused += 1;
    else if (event.kind === 'job-moved') this.#moved += 1;
    else if (event.kind === 'job-status' && isTerminal(event.state)) this.#ended(event);
  }

  #ended({ job, state, atMs }: Extract<RunEvent, { kind: 'job-status' }>): void {
    const acceptedMs = this.#acceptedMs.get(job);
    if (!this.#states.has(job) && acceptedMs !== undefined) this.#tookMs.push(atMs - acceptedMs);
    this.#states.set(job, state);
  }
}
