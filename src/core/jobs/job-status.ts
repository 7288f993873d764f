import type { HlcTime } from './hlc.ts';

export type JobState = 'accepted' | 'running' | 'successful' | 'failed' | 'dismissed';
export type JobMode = 'sync' | 'async';

/** Which language the job was submitted in. */
export type JobDoor = 'wps-1.0.0' | 'wps-2.0' | 'ogcapi' | 'cli';

/** Most of each that a status holds; a status that has more is refused wherever it comes from. */
export const JOB_LIMITS = {
  id: 64,
  process: 256,
  user: 128,
  peer: 128,
  message: 512,
  attempts: 16,
  outputs: 64,
  inputs: 16,
  replicas: 16,
  name: 256,
  /** An id that is a content of 256 bytes, in hexadecimal digits. */
  artifact: 520,
  epoch: 1_000_000,
} as const;

/** One peer's try to execute a job. */
export interface Attempt {
  readonly epoch: number;
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly claimedAt: number;
  /** When it began to execute; only of attempts that have ended. */
  readonly startedAt?: number;
  /** Undefined while it lasts. */
  readonly endedAt?: number;
  /** For people: why it ended without a result. */
  readonly reason?: string;
  /** Its owner gave the job to another peer in good order. */
  readonly handedOver?: boolean;
}

/** Where an output is kept. */
export interface OutputReference {
  readonly name: string;
  readonly mediaType: string;
  /** Content id in the artifact store. */
  readonly artifact: string;
  readonly bytes: number;
  readonly fileName?: string;
}

/** Another job's output that is an input of this one. */
interface ChainedInput {
  readonly job: string;
  readonly output: string;
}

/** Everything that the mesh knows of one job. Times are milliseconds since the Unix epoch. */
export interface JobStatus {
  readonly id: string;
  readonly process: string;
  readonly user: string;
  readonly mode: JobMode;
  readonly door: JobDoor;
  readonly submittedAt: number;
  /** Peer whose front door accepted the job. */
  readonly submitter: string;
  /** The request in full, by its sha-256 (64 hexadecimal digits) and length. */
  readonly request: { readonly digest: string; readonly bytes: number };
  readonly chained: readonly ChainedInput[];

  readonly state: JobState;
  /** Grows with each claim; 0 while nobody has claimed the job. From 2 on the job is `running`, or ended. */
  readonly epoch: number;
  /** Peer that executes it; empty at epoch 0. */
  readonly owner: string;
  /** Grows with each change that the owner makes within its epoch. */
  readonly seq: number;
  /** The latest `JOB_LIMITS.attempts`, oldest first, the present one included. */
  readonly attempts: readonly Attempt[];
  /** Whole percent; does not fall within an epoch. */
  readonly progress: number;
  readonly message: string;
  /** First start of the present attempt. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly expectedFinishAt?: number;
  readonly outputs: readonly OutputReference[];
  /** Peers that hold the outputs. */
  readonly replicas: readonly string[];
  /** Code of what went wrong; only with `failed`. */
  readonly failure?: string;
  readonly updated: HlcTime;
}

/** Attempts that were broken off while they executed, the present one included: what may be the job's own doing. */
export function brokenAttempts({ attempts, startedAt, epoch }: JobStatus): number {
  const before = attempts.filter(
    (each) => each.startedAt !== undefined && !each.handedOver && each.epoch !== epoch,
  );
  return before.length + (startedAt === undefined ? 0 : 1);
}

export function isTerminal(state: JobState): boolean {
  return state === 'successful' || state === 'failed' || state === 'dismissed';
}
