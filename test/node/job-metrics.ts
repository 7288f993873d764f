import test from 'ava';
import { Registry } from 'prom-client';
import { JobLogListener } from '../../src/node/job-log-listener.ts';
import { JobMetrics } from '../../src/node/job-metrics.ts';
import { silentLog } from '../../src/platform/log.ts';
import { loneJobs } from '../http/helpers/lone-jobs.ts';
import { request } from '../ogc/processes/helpers/echo.ts';

const text = (value: string) =>
  request({ inputs: [{ id: 'text', value: { kind: 'literal', value, dataType: '', uom: '' } }] });

test('jobs are counted and logged by what becomes of them', async (t) => {
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const registry = new Registry();
  jobs.listen(new JobMetrics(registry, jobs.service));
  const lines: Array<[string, unknown]> = [];
  const note = (context: object, message: string) =>
    lines.push([message, (context as { user: string }).user]);
  jobs.listen(new JobLogListener({ ...silentLog, info: note }));
  const run = async (word: string) => {
    const { record } = await jobs.service().submit(text(word), { door: 'ogcapi', user: 'anna' });
    await jobs.service().ended(record.status.id, 10_000);
  };
  await run('hello');
  await run('fail');
  const { record } = await jobs.service().submit(text('wait'), { door: 'ogcapi', user: 'anna' });
  await jobs.service().dismiss(record.status.id, 'anna');
  const metrics = await registry.metrics();
  for (const line of [
    'gismesh_jobs_submitted_total{process="echo",mode="sync"} 3',
    'gismesh_jobs_ended_total{process="echo",state="successful"} 1',
    'gismesh_jobs_ended_total{process="echo",state="failed"} 1',
    'gismesh_jobs_ended_total{process="echo",state="dismissed"} 1',
    'gismesh_job_duration_seconds_count{process="echo"} 1',
    'gismesh_jobs{state="failed"} 1',
    'gismesh_jobs{state="running"} 0',
    'gismesh_job_queue{state="queued"} 0',
  ])
    t.true(metrics.includes(line), line);
  const messages = lines.map(([message]) => message);
  for (const message of ['a job was accepted', 'a job is done', 'a job failed', 'a job was dismissed'])
    t.true(messages.includes(message), message);
  t.true(lines.every(([, user]) => user === 'anna'));
});
