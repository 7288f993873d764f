import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { Workplace } from './helpers/cli.ts';

test.serial('a healthy machine: every check is told, nothing fails, nothing is left', async (t) => {
  const place = await Workplace.open(t);
  const data = path.join(place.folder, 'data');
  const words = ['--data', data, '--config', await place.config('one'), '--port', '0'];
  const { code, stdout, stderr } = await place.run('doctor', '--json', ...words);
  const findings = JSON.parse(stdout) as Finding[];
  t.deepEqual(
    findings.filter(({ state }) => state === 'fail'),
    [],
    stderr,
  );
  t.is(code, 0);
  const checks = new Set(findings.map(({ check }) => check));
  for (const check of [
    'runtime',
    'platform',
    'http port',
    'mesh address',
    'multicast',
    'clock',
    'data folder',
  ]) {
    t.true(checks.has(check), check);
  }
  for (const check of ['disk space', 'disk speed', 'engine', 'project', 'drawing'])
    t.true(checks.has(check), check);
  t.false((await readdir(place.folder)).includes('data'));
});

test.serial('a broken project and a folder that cannot be used fail, with what to do', async (t) => {
  const place = await Workplace.open(t);
  await mkdir(path.join(place.folder, 'projects/broken'));
  await writeFile(path.join(place.folder, 'projects/broken/project.xml'), '<Map');
  const file = path.join(place.folder, 'file');
  await writeFile(file, '');
  const words = ['--data', path.join(file, 'data'), '--config', await place.config('one'), '--port', '0'];
  const { code, stdout } = await place.run('doctor', ...words);
  t.is(code, 1);
  t.regex(stdout, /FAIL {2}data folder .*\n +-> .*--data/);
  t.regex(stdout, /FAIL {2}project +broken is not served/);
});

test.serial('a port that something else uses fails', async (t) => {
  const place = await Workplace.open(t);
  const peer = await place.start('one');
  const port = new URL(peer.url).port;
  const words = ['--config', await place.config('two'), '--port', port];
  const own = JSON.parse((await place.run('doctor', '--json', ...words)).stdout) as Finding[];
  t.like(
    own.find(({ check }) => check === 'http port'),
    { state: 'ok' },
  );
  const stranger = await Workplace.open(t);
  const { code, stdout } = await stranger.run('doctor', '--json', ...words);
  t.is(code, 1);
  const findings = JSON.parse(stdout) as Finding[];
  t.like(
    findings.find(({ check }) => check === 'http port'),
    { state: 'fail' },
  );
});
