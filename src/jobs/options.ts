import type { LeaseOptions } from '../core/jobs/lease.ts';
import type { PlacingOptions } from './placing.ts';
import type { RebalancingOptions } from './rebalancer.ts';
import type { ReplicationOptions } from './replication.ts';

/** Bounds and choices of the way of a job; defaults with their reasons stand in `config/jobs.ts`. */
export interface JobsOptions {
  readonly replication: ReplicationOptions;
  readonly lease: LeaseOptions & { readonly settleMs: number };
  readonly placing: PlacingOptions & {
    readonly retryMs: number;
    readonly maxRetryMs: number;
    readonly maxPlacing: number;
    readonly patienceMs: number;
    readonly maxAttempts: number;
    readonly maxWaiting: number;
  };
  readonly rebalancing: RebalancingOptions;
  readonly execution: {
    /** Jobs executed at a time. */
    readonly slots: number;
    readonly maxQueued: number;
    readonly maxStoring: number;
    readonly priorDurationMs: number;
    readonly longMs: number;
    readonly fetchBytesPerMs: number;
    readonly yieldMs: number;
    readonly progressMs: number;
    readonly maxProcesses: number;
    readonly logJobs: number;
    readonly logLines: number;
    readonly logCopyMs: number;
    readonly logCopyLength: number;
    readonly logLineLength: number;
  };
  readonly answers: {
    readonly syncLimitMs: number;
    readonly maxWaiting: number;
    readonly maxAccepting: number;
    readonly nextPollMs: number;
  };
}
