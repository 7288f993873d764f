import type { ErrorCode } from '../../core/errors.ts';
import type { ProblemKind } from '../../ogc/processes/problem.ts';
import type { ProcessTask, TaskOutput } from '../process.ts';

/*
 * What the peer and a worker process say to each other: one task at a time.
 */

export interface WorkerTask {
  readonly task: ProcessTask;
  readonly maxInputBytes: number;
  /** Outputs above this are written into the scratch folder. */
  readonly inlineBytes: number;
}

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly percent: number; readonly message: string }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'answer'; readonly outputs: readonly TaskOutput[] }
  | { readonly kind: 'failure'; readonly failure: Failure };

export interface Failure {
  readonly message: string;
  /** Of a `ProcessError`. */
  readonly problem?: { readonly kind: ProblemKind; readonly locator: string };
  /** Of any other. */
  readonly code?: ErrorCode;
}
