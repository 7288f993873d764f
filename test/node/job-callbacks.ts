import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { jobsConfig } from '../../src/config/jobs.ts';
import { ogcConfig } from '../../src/config/ogc.ts';
import { JobCallbacks } from '../../src/node/job-callbacks.ts';
import { silentLog } from '../../src/platform/log.ts';
import { systemClock } from '../../src/platform/system.ts';
import { loneJobs } from '../http/helpers/lone-jobs.ts';
import { request } from '../ogc/processes/helpers/echo.ts';

interface Told {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

async function listener(t: ExecutionContext, allowPrivateHosts = true) {
  const told: Told[] = [];
  let refusals = 0;
  const server = createServer(async (call, response) => {
    const body = Buffer.concat(await call.toArray()).toString();
    // The first time it is not ready.
    if (call.url === '/later' && refusals++ === 0) return response.writeHead(503).end();
    told.push({ path: call.url ?? '', body: JSON.parse(body) });
    return response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.teardown(() => server.close());
  const jobs = await loneJobs();
  t.teardown(() => jobs.stop());
  const { answers, execution } = jobsConfig.parse({ answers: { callbackRetryMs: 10 } });
  const callbacks = new JobCallbacks({
    jobs,
    baseUrl: () => 'http://127.0.0.1:8080',
    limits: ogcConfig.parse({}).processes,
    clock: systemClock,
    log: silentLog,
    options: { ...answers, ...execution, allowPrivateHosts },
  });
  jobs.listen(callbacks);
  t.teardown(() => callbacks.stop());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const run = async (text: string, success = '/done') => {
    const subscriber = {
      successUri: `${url}${success}`,
      inProgressUri: `${url}/begun`,
      failedUri: `${url}/failed`,
    };
    const value = { kind: 'literal', value: text, dataType: '', uom: '' } as const;
    const execute = request({ subscriber, inputs: [{ id: 'text', value }], response: 'document' });
    const { record } = await jobs.service().submit(execute, { door: 'ogcapi', user: 'anna' });
    await jobs.service().ended(record.status.id, 10_000);
  };
  return { told, run };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('a client is told that its job runs, and its results', async (t) => {
  const { told, run } = await listener(t);
  await run('hello');
  await until(() => told.length === 2);
  t.is(told.find(({ path }) => path === '/done')?.body.text, 'hello');
  t.is(told.find(({ path }) => path === '/begun')?.body.status, 'running');
});

test('a client is told that its job failed', async (t) => {
  const { told, run } = await listener(t);
  await run('fail');
  await until(() => told.some(({ path }) => path === '/failed'));
  t.is(told.find(({ path }) => path === '/failed')?.body.message, 'it was told to');
});

test('who does not answer is told again', async (t) => {
  const { told, run } = await listener(t);
  await run('hello', '/later');
  await until(() => told.some(({ path }) => path === '/later'));
  t.pass();
});

test('nobody in the own network is told anything', async (t) => {
  const { told, run } = await listener(t, false);
  await run('hello');
  await new Promise((resolve) => setImmediate(resolve));
  t.deepEqual(told, []);
});
