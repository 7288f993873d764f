import { TAKEN_OVER } from '../../src/core/jobs/lease.ts';
import { WALL_CLOCK_SPREAD_MS } from '../clock.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import type { ClockBounds } from './job-clocks.ts';

const REASONS: readonly string[] = Object.values(TAKEN_OVER);
/** For what happened before a fault's end to be over, ms. */
const SLACK_MS = 10_000;

/**
 * Nobody takes a job from a peer that is there: for as long as a lease lasts, and some time more, nothing has gone
 * wrong with anybody, and still a standby claims the job of another one, as if that were gone. What is written by a clock
 * that is far off is not believed: whoever was set to it may lose its jobs for as long as it runs.
 */
export class JobLeasesChecker implements Checker<unknown> {
  readonly name = 'job-leases';
  readonly #findings = new Findings(this.name);
  readonly #calmMs: number;
  readonly #offMs: number;
  readonly #conditions = new Conditions();

  /** @param expireMs how long a lease lasts */
  constructor(expireMs: number, { maxAheadMs }: ClockBounds) {
    this.#calmMs = expireMs + SLACK_MS;
    this.#offMs = maxAheadMs - WALL_CLOCK_SPREAD_MS;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    if (event.kind !== 'job-moved' || !REASONS.includes(event.reason)) return;
    const { atMs, job, from, by, reason } = event;
    const sinceMs = atMs - this.#calmMs;
    if (!this.#conditions.calm(sinceMs) || !this.#conditions.ran(numberOf(from), sinceMs)) return;
    if (this.#conditions.clockOffMs(numberOf(from)) >= this.#offMs) return;
    this.#findings.add(
      atMs,
      `job ${job}: ${by} took it from ${from}, which was there all the time: ${reason}`,
    );
  }
}
