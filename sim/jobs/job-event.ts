import type { JobState } from '../../src/core/jobs/job-status.ts';
import type { Assignment } from './processes.ts';
import type { RunEnd } from './provider.ts';

/** What happens to jobs, as checkers, reports and traces see it. `atMs` is virtual time, ms since the start. */
export type JobEvent =
  /** Somebody asks for it at a front door, which may refuse, or die over it. */
  | {
      readonly kind: 'job-submitted';
      readonly atMs: number;
      readonly ticket: number;
      readonly door: string;
      /** The job whose result it takes. */
      readonly source?: string;
    }
  | {
      readonly kind: 'job-refused';
      readonly atMs: number;
      readonly ticket: number;
      readonly door: string;
      readonly code: string;
    }
  /** Its id was given out: from here on the mesh answers for it. */
  | ({
      readonly kind: 'job-accepted';
      readonly atMs: number;
      readonly ticket: number;
      readonly door: string;
      readonly job: string;
      /** Other peers that hold it, as the front door says. */
      readonly copies: number;
    } & Assignment)
  /** Somebody asked a front door how it is; `unknown`: the answer was that there is no such job. */
  | {
      readonly kind: 'job-told';
      readonly atMs: number;
      readonly job: string;
      readonly door: string;
      readonly state: JobState | 'unknown';
    }
  | {
      readonly kind: 'job-dismissing' | 'job-dismissed';
      readonly atMs: number;
      readonly job: string;
      readonly door: string;
    }
  /** Somebody read its result at a front door; `code` where that could not give it. */
  | {
      readonly kind: 'job-read';
      readonly atMs: number;
      readonly job: string;
      readonly door: string;
      readonly outcome: 'right' | 'wrong' | 'error';
      readonly code: string;
    }
  /** A machine begins to compute for an attempt, and ends it. */
  | {
      readonly kind: 'job-run-began';
      readonly atMs: number;
      readonly job: string;
      readonly epoch: number;
      readonly peer: string;
    }
  | {
      readonly kind: 'job-run-ended';
      readonly atMs: number;
      readonly job: string;
      readonly epoch: number;
      readonly peer: string;
      readonly end: RunEnd;
    }
  /** What a peer holds of a job has changed. */
  | {
      readonly kind: 'job-status';
      readonly atMs: number;
      readonly peer: string;
      readonly job: string;
      readonly state: JobState;
      readonly epoch: number;
      readonly owner: string;
      readonly seq: number;
      readonly progress: number;
    }
  /** A peer has claimed it after the attempt of another one. */
  | {
      readonly kind: 'job-moved';
      readonly atMs: number;
      readonly job: string;
      readonly epoch: number;
      readonly from: string;
      readonly by: string;
      readonly reason: string;
    };
