import fc from 'fast-check';
import { JOB_LIMITS, type JobState, type JobStatus } from '../../../../src/core/jobs/job-status.ts';
import type { StatusRecord } from '../../../../src/core/jobs/status-record.ts';
import { accepted } from '../../../../src/core/jobs/transitions.ts';
import { writing } from '../../../../src/jobs/wire.ts';

export const START_MS = Date.UTC(2026, 0, 5, 8);

/** A job as a front door accepts it. */
export function acceptedJob(id: string, change: Partial<JobStatus> = {}, atMs = START_MS): JobStatus {
  const submission = {
    id,
    process: 'buffer',
    user: 'ada',
    mode: 'async',
    door: 'ogcapi',
    submitter: 'peer-1',
    request: { digest: 'ab'.repeat(32), bytes: 100 },
    chained: [],
  } as const;
  return { ...accepted(submission, { wallMs: atMs, counter: 0 }), ...change };
}

const text = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).filter((value) => !/\p{Cc}/u.test(value));
const time = fc.nat({ max: 1e12 }).map((value) => value + 1);
const owner = fc.constantFrom('a', 'b', 'c');

const position = fc.oneof(
  fc.record({ state: fc.constant<JobState>('accepted'), epoch: fc.constant(0), owner: fc.constant('') }),
  fc.record({ state: fc.constant<JobState>('accepted'), epoch: fc.constant(1), owner }),
  fc.record({ state: fc.constant<JobState>('running'), epoch: fc.integer({ min: 1, max: 3 }), owner }),
  fc.record({
    state: fc.constantFrom<JobState>('successful', 'failed', 'dismissed'),
    epoch: fc.integer({ min: 1, max: 3 }),
    owner,
  }),
);

/** Any status of one job; few different epochs, owners and sequences, so that they meet. */
export const anyStatus: fc.Arbitrary<JobStatus> = fc
  .record({
    position,
    seq: fc.nat({ max: 2 }),
    progress: fc.nat({ max: 100 }),
    message: text,
    process: text,
    mode: fc.constantFrom('sync', 'async'),
    door: fc.constantFrom('wps-1.0.0', 'wps-2.0', 'ogcapi', 'cli'),
    submittedAt: time,
    chained: fc.array(fc.record({ job: fc.constant('other'), output: text }), { maxLength: 2 }),
    attempts: fc.array(
      fc.record(
        { epoch: fc.nat({ max: 9 }), owner, claimedAt: time, endedAt: time, reason: fc.constant('gone') },
        { requiredKeys: ['epoch', 'owner', 'claimedAt'] },
      ),
      { maxLength: JOB_LIMITS.attempts },
    ),
    startedAt: fc.option(time, { nil: undefined }),
    outputs: fc.array(
      fc.record(
        {
          name: text,
          mediaType: text,
          artifact: text,
          bytes: fc.maxSafeNat(),
          fileName: fc.constant('a.tif'),
        },
        { requiredKeys: ['name', 'mediaType', 'artifact', 'bytes'] },
      ),
      { maxLength: 3 },
    ),
    replicas: fc.array(owner, { maxLength: 3 }),
    updated: fc.record({ wallMs: time, counter: fc.nat({ max: 65_535 }) }),
  })
  .map(({ position: at, startedAt, ...rest }) => ({
    ...acceptedJob('job'),
    ...(rest as Partial<JobStatus>),
    ...at,
    ...(startedAt !== undefined && { startedAt }),
    ...(at.state === 'failed' && { failure: 'PROCESS_FAILED' }),
  }));

export const anyRecord: fc.Arbitrary<StatusRecord> = fc
  .tuple(anyStatus, fc.nat({ max: 3 }))
  .map(([status, expiresAt]) => writing(status, START_MS + expiresAt));
