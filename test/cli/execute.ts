import test from 'ava';
import { jobPath } from '../../src/cli/execute.ts';

test('the id of a job makes no other address', (t) => {
  t.is(jobPath('/api', '5b1c-a_'), '/api/jobs/5b1c-a_');
  for (const id of ['', '.', '..', 'a/b', 'events?', '🦊'])
    t.throws(() => jobPath('/ogcapi', id), { code: 'JOB_UNKNOWN' }, id);
});
