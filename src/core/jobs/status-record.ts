import { isTerminal, type JobState, type JobStatus } from './job-status.ts';

/**
 * One job's status as it is replicated. Records of one job form a join semilattice: the product of a total order
 * over the writings (`compareWritings`) and of the later expiry. Nothing is ever merged field by field, so a
 * writing travels as its writer encoded it, also over peers that do not know all of its fields.
 */
export interface StatusRecord {
  readonly status: JobStatus;
  /** The status as its writer encoded it. */
  readonly body: Uint8Array;
  /** Hash of `body`: a whole number below 2^48. */
  readonly fingerprint: number;
  /**
   * When the record is forgotten everywhere; milliseconds since the Unix epoch. It never gets earlier, also not
   * when an older writing wins: otherwise a copy of a loser could outlive the winner and come back to life.
   */
  readonly expiresAt: number;
}

const ENDINGS: Readonly<Record<JobState, number>> = {
  accepted: 0,
  running: 0,
  failed: 1,
  successful: 2,
  dismissed: 3,
};

/**
 * Positive when `a` overrules `b`, 0 only for equal writings. Ended jobs stay ended: dismissed overrules
 * successful, which overrules failed; of equal endings that of the lowest epoch is the visible one. Of jobs that
 * go on, the higher epoch counts; within an epoch a started one, then the owner's name, then the owner's sequence.
 */
export function compareWritings(a: StatusRecord, b: StatusRecord): number {
  const one = a.status;
  const other = b.status;
  const ending = ENDINGS[one.state] - ENDINGS[other.state];
  if (ending !== 0) return ending;
  const order = isTerminal(one.state)
    ? other.epoch - one.epoch || compareText(other.owner, one.owner)
    : one.epoch - other.epoch ||
      Number(one.state === 'running') - Number(other.state === 'running') ||
      compareText(one.owner, other.owner);
  return order || one.seq - other.seq || a.fingerprint - b.fingerprint;
}

/** The join of two records of one job; `a` itself when `b` adds nothing. */
export function mergeRecords(a: StatusRecord, b: StatusRecord): StatusRecord {
  const winner = compareWritings(a, b) >= 0 ? a : b;
  const expiresAt = Math.max(a.expiresAt, b.expiresAt);
  return winner.expiresAt === expiresAt ? winner : { ...winner, expiresAt };
}

export interface AcceptanceBounds {
  /** Longest life of a record from now on, ms. */
  readonly maxTtlMs: number;
  /** How far ahead of this peer's clock the writer's may have been, ms. */
  readonly maxAheadMs: number;
}

/** Why a record must not be taken: it is over, or written by a clock that is far ahead. Undefined: take it. */
export function refusal(
  record: StatusRecord,
  nowMs: number,
  bounds: AcceptanceBounds,
): 'expired' | 'future' | undefined {
  if (record.expiresAt <= nowMs) return 'expired';
  const latestMs = nowMs + bounds.maxAheadMs;
  const { updated, submittedAt } = record.status;
  const ahead = Math.max(updated.wallMs, submittedAt) > latestMs;
  return ahead || record.expiresAt > latestMs + bounds.maxTtlMs ? 'future' : undefined;
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
