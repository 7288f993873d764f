import type { JobStatus, OutputReference } from '../core/jobs/job-status.ts';

/*
 * What `/api/jobs` and its streams tell of jobs, for the page and the commands. Types alone: the page takes them
 * without the code behind them. Times are milliseconds since 1970.
 */

/** All that is known of a job. */
export interface JobReport
  extends Omit<JobStatus, 'owner' | 'outputs' | 'request' | 'seq' | 'updated' | 'attempts'> {
  /** The executing peer; '' while there is none. */
  readonly node: string;
  readonly nodeName: string;
  readonly submitterName: string;
  /** Of the peers that hold the outputs, in their order. */
  readonly replicaNames: readonly string[];
  readonly updatedAt: number;
  readonly expiresAt: number;
  readonly attempts: ReadonlyArray<JobStatus['attempts'][number] & { readonly ownerName: string }>;
  readonly outputs: ReadonlyArray<OutputReference & { readonly href: string }>;
  /** Jobs that take outputs of this one; only where one job alone is told of. */
  readonly chainedTo?: ReadonlyArray<{ readonly job: string; readonly output: string }>;
}

/** One message of `/api/jobs/events` and `/api/jobs/<id>/events`. */
export type JobNews =
  | {
      readonly event: 'submitted' | 'progress' | 'completed' | 'cancelled' | 'failed';
      readonly job: JobReport;
    }
  /** So much happened that it was left out: the list is to be asked for anew. */
  | { readonly event: 'overflow' };

/** What a job was asked to do, as `/api/jobs/<id>/request` tells it. */
export interface RequestReport {
  /** False: nobody alive holds the request any more. */
  readonly known: boolean;
  readonly inputs: readonly InputReport[];
  /** Names of the outputs asked for. */
  readonly outputs: readonly string[];
}

export interface InputReport {
  readonly id: string;
  readonly kind: 'literal' | 'bbox' | 'complex' | 'reference' | 'job';
  /** The value, the beginning of the data or how many bytes they are, the address, or `<job>/<output>`. */
  readonly text: string;
  /** There is more of it. */
  readonly isCut: boolean;
  /** Unit, CRS or media type; '' where there is none. */
  readonly of: string;
}
