import { POLICY_NAMES } from '../src/core/placement.ts';
import type { Violation } from './checkers/checker.ts';
import type { JobFigures } from './metrics/jobs.ts';
import type { RunEvent } from './run-event.ts';

/**
 * The policies of the product, and what they are measured by. `omniscient`: a bound, not a policy. It knows every queue at
 * the moment of each request, for nothing.
 */
export const CONTENDERS = [...POLICY_NAMES, 'ask-all', 'omniscient'] as const;

export type ContenderName = (typeof CONTENDERS)[number];

/** One sample of one machine, as it was just before `atMs`. */
export interface LoadSample {
  readonly atMs: number;
  /** Share of its workers that draw, 0..1. */
  readonly busy: number;
  readonly queued: number;
  readonly up: boolean;
  readonly ownerActive: boolean;
}

export interface MachineReport {
  readonly peer: string;
  /** Its room or site, as the scenario names it. */
  readonly site: string;
  readonly speed: number;
  readonly slots: number;
  readonly samples: readonly LoadSample[];
}

/** What one run of a scenario gave. Times are virtual, ms. */
export interface RunResult {
  readonly scenario: string;
  readonly seed: number;
  readonly peers: number;
  readonly policy: ContenderName;
  /** Fingerprint of everything that happened: equal for equal code, scenario, seed. */
  readonly traceHash: string;
  /** It was interrupted before its end. */
  readonly partial: boolean;
  readonly simulatedMs: number;
  readonly requests: number;
  readonly errors: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Good answers per second. */
  readonly throughput: number;
  readonly messagesPerRequest: number;
  /** Drawings that had to open their project first. */
  readonly coldStarts: number;
  /** Drawings beyond one for each distinct key. */
  readonly duplicatedRenders: number;
  readonly falseSuspicions: number;
  /** Membership and gossip, bytes per peer and second. */
  readonly gossipBytesPerPeerSecond: number;
  /** Absent where nobody submitted any. */
  readonly jobs?: JobFigures;
  readonly violations: readonly Violation[];
  /** Latencies at the quantiles 0, 0.01, .. 1, for curves. */
  readonly quantiles: readonly number[];
  readonly machines: readonly MachineReport[];
  /** Faults, deaths and takeovers in order; bounded. */
  readonly timeline: readonly RunEvent[];
}
