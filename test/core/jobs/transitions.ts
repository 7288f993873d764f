import test from 'ava';
import { brokenAttempts, JOB_LIMITS } from '../../../src/core/jobs/job-status.ts';
import { claimed, ended, progressed, replicated } from '../../../src/core/jobs/transitions.ts';
import { acceptedJob, START_MS } from './helpers/statuses.ts';

const at = (seconds: number) => ({ wallMs: START_MS + seconds * 1000, counter: 0 });
const job = acceptedJob('job');

test('a job is accepted, claimed, runs and ends', (t) => {
  const owned = claimed(job, 'b', at(1));
  t.like(owned, { state: 'accepted', epoch: 1, owner: 'b', seq: 0, progress: 0 });
  const begun = progressed(owned, {}, at(2));
  t.like(begun, { state: 'running', epoch: 1, startedAt: at(2).wallMs, seq: 1 });
  const output = { name: 'out', mediaType: 'image/tiff', artifact: 'f00d', bytes: 7 };
  const done = ended(begun, { state: 'successful', outputs: [output], replicas: ['b', 'c'] }, at(9));
  t.like(done, { state: 'successful', progress: 100, finishedAt: at(9).wallMs, outputs: [output] });
  t.deepEqual(done.attempts, [
    { epoch: 1, owner: 'b', claimedAt: at(1).wallMs, startedAt: at(2).wallMs, endedAt: at(9).wallMs },
  ]);
  t.like(replicated(done, ['c', 'd'], at(10)), {
    state: 'successful',
    replicas: ['c', 'd'],
    seq: done.seq + 1,
  });
});

test('a takeover runs on at once, from the start, and tells why', (t) => {
  const begun = progressed(claimed(job, 'b', at(1)), { progress: 60, expectedFinishAt: START_MS }, at(2));
  const taken = claimed(begun, 'c', at(30), { reason: 'b is gone' });
  t.like(taken, { state: 'running', epoch: 2, owner: 'c', progress: 0, startedAt: undefined });
  t.is(taken.message, 'attempt 2 waits for its turn');
  t.is(taken.expectedFinishAt, undefined);
  t.like(taken.attempts[0], { epoch: 1, owner: 'b', endedAt: at(30).wallMs, reason: 'b is gone' });
});

test('progress is whole, bounded, and does not fall within an attempt', (t) => {
  let status = progressed(claimed(job, 'b', at(1)), { progress: 55.9 }, at(2));
  t.is(status.progress, 55);
  for (const [told, expected] of [
    [10, 55],
    [Number.NaN, 55],
    [-5, 55],
    [400, 100],
  ] as const) {
    status = progressed(status, { progress: told }, at(3));
    t.is(status.progress, expected);
  }
});

test('messages are one bounded line', (t) => {
  const { message } = progressed(
    claimed(job, 'b', at(1)),
    { message: `a\n\u001b[2J${'x'.repeat(999)}` },
    at(2),
  );
  t.false(/\p{Cc}/u.test(message));
  t.is(message.length, JOB_LIMITS.message);
});

test('the history of attempts keeps the latest', (t) => {
  let status = job;
  for (let i = 0; i < 40; i += 1) status = claimed(status, `peer-${i}`, at(i), { reason: 'again' });
  t.is(status.attempts.length, JOB_LIMITS.attempts);
  t.is(status.attempts.at(-1)!.epoch, 40);
});

test('what has ended cannot go on; only a dismissal may still come', (t) => {
  const failed = ended(job, { state: 'failed', failure: 'X', message: 'broken' }, at(1));
  t.is(failed.failure, 'X');
  t.throws(() => claimed(failed, 'b', at(2)), { code: 'INTERNAL' });
  t.throws(() => progressed(failed, {}, at(2)), { code: 'INTERNAL' });
  t.throws(() => ended(failed, { state: 'failed', failure: 'X', message: '' }, at(2)), { code: 'INTERNAL' });
  t.throws(() => replicated(failed, [], at(2)), { code: 'INTERNAL' });
  const dismissed = ended(failed, { state: 'dismissed' }, at(2));
  t.is(dismissed.failure, undefined);
  t.throws(() => ended(dismissed, { state: 'dismissed' }, at(3)), { code: 'INTERNAL' });
  t.throws(() => progressed(job, {}, at(2)), { code: 'INTERNAL' });
});

test('attempts that never began, or were handed over, are not broken', (t) => {
  let status = claimed(job, 'a', at(2));
  status = claimed(status, 'b', at(3), { reason: 'its peer is gone' });
  t.is(brokenAttempts(status), 0);
  status = claimed(progressed(status, {}, at(4)), 'c', at(5), { reason: 'leaving', handedOver: true });
  t.is(brokenAttempts(status), 0);
  status = claimed(progressed(status, {}, at(6)), 'd', at(7), { reason: 'its peer is gone' });
  t.is(brokenAttempts(status), 1);
  t.is(brokenAttempts(progressed(status, {}, at(8))), 2);
});
