import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { jobsConfig } from '../../src/config/jobs.ts';
import { JobWorkshop } from '../../src/node/job-workshop.ts';

test('each attempt has folders of its own, made by who needs them, of which nothing is left; a start removes those of a peer that died', async (t) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-workshop-'));
  t.teardown(() => rm(folder, { recursive: true }));
  const { execution } = jobsConfig.parse({});
  const workshop = await JobWorkshop.open(folder, execution);
  const [empty, full, left] = [
    await workshop.open('job', 1),
    await workshop.open('job', 1),
    await workshop.open('job', 2),
  ];
  t.is(new Set([empty, full, left].flatMap(({ scratch, inputs }) => [scratch, inputs])).size, 6);
  t.deepEqual(await readdir(folder), []);
  for (const { scratch, inputs } of [full, left]) for (const each of [scratch, inputs]) await mkdir(each);
  await writeFile(path.join(full.scratch, 'output'), 'x');
  await writeFile(path.join(full.inputs, 'input'), 'x');
  await Promise.all([empty.close(), full.close()]);
  t.is((await readdir(folder)).length, 2);
  await JobWorkshop.open(folder, execution);
  t.deepEqual(await readdir(folder), []);
});
