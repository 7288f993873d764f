import test from 'ava';
import { type JobView, jobMessage, jobProblem } from '../../../src/ogc/processes/job-view.ts';

const view = (message: string, problem?: JobView['problem']): JobView => ({
  id: 'a',
  process: 'echo',
  state: 'failed',
  percent: 0,
  message,
  user: 'anna',
  created: 0,
  updated: 0,
  problem,
});

test('why a job failed is never blank, whatever its process said', (t) => {
  const kind = 'job-failed';
  for (const blank of ['', '  ', '\n'])
    for (const job of [view(blank), view(blank, { kind, message: blank, locator: 'a' })]) {
      t.is(jobMessage(job), 'The job has failed');
      t.is(jobProblem(job).message, 'The job has failed');
    }
  const told = view('', { kind: 'input-invalid', message: 'too large', locator: 'a' });
  t.is(jobMessage(told), 'too large');
  t.deepEqual(jobProblem(told), { kind: 'input-invalid', message: 'too large', locator: 'a' });
});
