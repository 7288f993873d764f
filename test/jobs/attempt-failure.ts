import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { JOB_LIMITS } from '../../src/core/jobs/job-status.ts';
import { failureOf, reasonToGo } from '../../src/jobs/attempt-failure.ts';
import { ProcessError } from '../../src/ogc/processes/problem.ts';

test('what is wrong with a peer sends the job elsewhere, without its paths; what is wrong with the job does not', (t) => {
  t.is(reasonToGo(new GismeshError('STORE_FULL', 'no room')), 'no room');
  const disk = new GismeshError('DATA_DIR_UNUSABLE', '/home/anna/.gismesh cannot be written to');
  t.is(reasonToGo(disk), 'its disk is full or cannot be written to');
  for (const error of [
    new ProcessError('input-invalid', 'Input "a" is too small', 'a'),
    new GismeshError('DEADLINE_EXCEEDED', 'It took too long'),
    new TypeError('a mistake'),
  ]) {
    t.is(reasonToGo(error), undefined);
  }
});

test('a failure names the input, is bounded, and a mistake of the program is told from one of the job', (t) => {
  t.deepEqual(failureOf(new ProcessError('input-invalid', 'Input "a" is too small', 'a')), {
    failure: 'input-invalid a',
    message: 'Input "a" is too small',
    isUnexpected: false,
  });
  const limit = failureOf(new GismeshError('PROCESS_LIMIT_EXCEEDED', 'It took more than 1 MiB'));
  t.like(limit, { failure: 'job-failed', message: 'It took more than 1 MiB', isUnexpected: false });
  t.true(failureOf(new TypeError('a mistake')).isUnexpected);
  const long = failureOf(new ProcessError('input-invalid', 'It is wrong', 'x'.repeat(9999)));
  t.is(long.failure.length, JOB_LIMITS.name);
});
