import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { checkPrograms } from '../../../src/cli/doctor/programs.ts';
import { configSchema } from '../../../src/config.ts';

test('doctor tells which programs are there, which are not, and what is wrong with a description', async (t) => {
  const data = await mkdtemp(path.join(tmpdir(), 'gismesh-doctor-'));
  t.teardown(() => rm(data, { recursive: true }));
  const programs = path.join(data, 'bin');
  await mkdir(programs);
  for (const name of ['gdaldem', 'qgis_process']) {
    await writeFile(path.join(programs, name), '#!/bin/sh\n');
    await chmod(path.join(programs, name), 0o755);
  }
  await mkdir(path.join(data, 'processes'));
  await writeFile(path.join(data, 'processes', 'wrong.yaml'), 'id: wrong\n');
  const config = configSchema.parse({ node: { data } });
  const findings = await checkPrograms(config, programs);
  t.deepEqual(
    findings.map(({ check, state }) => `${check} ${state}`),
    ['sandbox warn', 'process warn', 'programs ok', 'programs warn', 'qgis ok'],
  );
  const [sandbox, wrong, there, missing, qgis] = findings.map(({ detail }) => detail);
  t.regex(sandbox ?? '', /bwrap.* not installed: no programs run here/);
  t.regex(wrong ?? '', /wrong\.yaml/);
  t.is(there, 'gdal-hillshade, gdal-slope');
  t.regex(missing ?? '', /gdalwarp/);
  t.is(qgis, path.join(programs, 'qgis_process'));
});
