import { GismeshError } from '../errors.ts';
import type { HlcTime } from './hlc.ts';
import { type Attempt, isTerminal, JOB_LIMITS, type JobStatus, type OutputReference } from './job-status.ts';

/**
 * The steps of a job's life, each a new status that overrules the one before. A step that must not be made throws
 * `INTERNAL`: callers look at the status first. `at` is the time of the step by the writer's hybrid clock.
 */
type Submission = Pick<
  JobStatus,
  'id' | 'process' | 'user' | 'mode' | 'door' | 'submitter' | 'request' | 'chained'
>;

/** A job as its front door accepts it. */
export function accepted(submission: Submission, at: HlcTime): JobStatus {
  return {
    ...submission,
    submittedAt: at.wallMs,
    state: 'accepted',
    epoch: 0,
    owner: '',
    seq: 0,
    attempts: [],
    progress: 0,
    message: 'accepted',
    outputs: [],
    replicas: [],
    updated: at,
  };
}

/** How the attempt before a claim ended. */
export interface AttemptLoss {
  /** For people. */
  readonly reason?: string;
  /** By its owner's own will: it counts for nothing. */
  readonly handedOver?: boolean;
}

/**
 * A peer takes the job: the winner of the auction, or a standby after the owner's lease ended. A second attempt counts as
 * running from its claim on, so that no client sees a step back.
 */
export function claimed(status: JobStatus, owner: string, at: HlcTime, loss: AttemptLoss = {}): JobStatus {
  assertGoesOn(status);
  const epoch = status.epoch + 1;
  if (epoch > JOB_LIMITS.epoch) throw wrong(status, 'was claimed too often');
  const attempts = [...endedAttempts(status, at, loss), { epoch, owner, claimedAt: at.wallMs }];
  const { startedAt, expectedFinishAt, ...rest } = status;
  return {
    ...rest,
    state: epoch === 1 ? status.state : 'running',
    epoch,
    owner,
    seq: 0,
    attempts: attempts.slice(-JOB_LIMITS.attempts),
    progress: 0,
    message: epoch === 1 ? status.message : `attempt ${epoch} waits for its turn`,
    updated: at,
  };
}

/** The owner begins, or tells how far it is. Percent are cut to whole ones and never fall. */
export function progressed(
  status: JobStatus,
  news: {
    readonly progress?: number;
    readonly message?: string;
    /** Undefined: as before. */
    readonly expectedFinishAt?: number;
  },
  at: HlcTime,
): JobStatus {
  assertGoesOn(status);
  if (status.epoch === 0) throw wrong(status, 'runs without an owner');
  const percent = Math.floor(Math.min(100, Math.max(0, news.progress ?? 0)));
  return {
    ...status,
    state: 'running',
    seq: status.seq + 1,
    startedAt: status.startedAt ?? at.wallMs,
    progress: Math.max(status.progress, Number.isFinite(percent) ? percent : 0),
    message: brief(news.message ?? status.message),
    ...(news.expectedFinishAt !== undefined && { expectedFinishAt: Math.round(news.expectedFinishAt) }),
    updated: at,
  };
}

export type Ending =
  | {
      readonly state: 'successful';
      readonly outputs: readonly OutputReference[];
      readonly replicas: readonly string[];
      readonly message?: string;
    }
  | { readonly state: 'failed'; readonly failure: string; readonly message: string }
  | { readonly state: 'dismissed'; readonly message?: string };

/** The owner ends the job; anybody may dismiss it, at any time. */
export function ended(status: JobStatus, ending: Ending, at: HlcTime): JobStatus {
  if (ending.state !== 'dismissed') assertGoesOn(status);
  if (status.state === 'dismissed') throw wrong(status, 'was dismissed already');
  const { expectedFinishAt, failure, ...rest } = status;
  const reason = ending.state === 'successful' ? undefined : ending.message;
  return {
    ...rest,
    state: ending.state,
    seq: status.seq + 1,
    attempts: endedAttempts(status, at, { ...(reason !== undefined && { reason }) }),
    message: brief(ending.message ?? ending.state),
    progress: ending.state === 'successful' ? 100 : status.progress,
    outputs: ending.state === 'successful' ? ending.outputs : [],
    replicas: ending.state === 'successful' ? ending.replicas : [],
    ...(ending.state === 'failed' && { failure: ending.failure }),
    finishedAt: at.wallMs,
    updated: at,
  };
}

/** After a success the outputs were copied to other peers. */
export function replicated(status: JobStatus, replicas: readonly string[], at: HlcTime): JobStatus {
  if (status.state !== 'successful') throw wrong(status, 'has no outputs');
  return { ...status, seq: status.seq + 1, replicas, updated: at };
}

function endedAttempts(
  { attempts, startedAt }: JobStatus,
  at: HlcTime,
  { reason, handedOver }: AttemptLoss,
): Attempt[] {
  return attempts.map((attempt) =>
    attempt.endedAt === undefined
      ? {
          ...attempt,
          endedAt: at.wallMs,
          ...(startedAt !== undefined && { startedAt }),
          ...(reason !== undefined && { reason: brief(reason) }),
          ...(handedOver && { handedOver }),
        }
      : attempt,
  );
}

/** Messages end up on terminals and pages: one line, bounded. */
function brief(message: string): string {
  return message.replaceAll(/\p{Cc}+/gu, ' ').slice(0, JOB_LIMITS.message);
}

function assertGoesOn(status: JobStatus): void {
  if (isTerminal(status.state)) throw wrong(status, `has ended (${status.state})`);
}

function wrong(status: JobStatus, what: string): GismeshError {
  return new GismeshError('INTERNAL', `job ${status.id} ${what}`);
}
