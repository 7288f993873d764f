import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import test from 'ava';
import { execa } from 'execa';
import { runningPeerIn } from '../../src/data/running-peer.ts';
import { version } from '../../src/version.ts';
import { Workplace } from '../cli/helpers/cli.ts';
import { temporaryFolder } from '../data/helpers/temporary-folder.ts';

const LAUNCHER = path.resolve(import.meta.dirname, '../../bin/gismesh.js');

/** Makes this Node look like an old one to the launcher, though not to the Node that the launcher starts. */
const AS_NODE_20 = `--import=data:text/javascript,${encodeURIComponent(
  "if (!process.env.GISMESH_LAUNCHER) Object.defineProperty(process.versions, 'node', { value: '20.1.0' })",
)}`;

const run = (args: readonly string[], options = {}) =>
  execa(process.execPath, args, { reject: false, ...options });

test('runs the program in this Node when it is new enough', async (t) => {
  const { stdout, exitCode } = await run([LAUNCHER, '--version']);
  t.is(stdout, version());
  t.is(exitCode, 0);
});

test('runs through a link, from any folder', async (t) => {
  const folder = await temporaryFolder(t);
  const link = path.join(folder, 'gismesh');
  await symlink(LAUNCHER, link);
  const { stdout } = await run([link, '--version'], { cwd: folder });
  t.is(stdout, version());
});

test('on an old Node it runs the program with the Node that npm brought, and passes its exit code on', async (t) => {
  const folder = await temporaryFolder(t);
  const done = await run([AS_NODE_20, LAUNCHER, '--version'], { cwd: folder });
  t.is(done.stdout, version());
  t.is(done.exitCode, 0);
  const nobody = await run([AS_NODE_20, LAUNCHER, 'peers', '--data', folder], { cwd: folder });
  t.is(nobody.exitCode, 3);
  t.regex(nobody.stderr, /^gismesh: no peer is running/);
});

test('on an old Node without the npm package it says in one line what is missing', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'bin'));
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await copyFile(LAUNCHER, path.join(folder, 'bin/gismesh.js'));
  const { stderr, exitCode } = await run([AS_NODE_20, 'bin/gismesh.js', 'start'], { cwd: folder });
  t.is(exitCode, 1);
  t.regex(stderr, /^gismesh: needs Node 24 or newer; this is Node 20\.1\.0 .*: install Node 24[^\n]*$/);
});

test('on an old Node it finds the npm package of the folder it is called from', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'bin'));
  await mkdir(path.join(folder, 'src/cli'), { recursive: true });
  await mkdir(path.join(folder, 'elsewhere'));
  await writeFile(path.join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(path.join(folder, 'src/cli/main.ts'), 'console.log(process.execPath)');
  await copyFile(LAUNCHER, path.join(folder, 'bin/gismesh.js'));
  await symlink(
    path.resolve(import.meta.dirname, '../../node_modules'),
    path.join(folder, 'elsewhere/node_modules'),
  );
  const { stdout, stderr } = await run([AS_NODE_20, '../bin/gismesh.js'], {
    cwd: path.join(folder, 'elsewhere'),
  });
  t.regex(stdout, /\/bin\/node$/, stderr);
});

test('a peer under the launcher ends in good order with its signals, and ends when it is killed outright', async (t) => {
  const place = await Workplace.open(t);
  const data = path.join(place.folder, 'one');
  const words = [
    'start',
    '--json',
    '--data',
    data,
    '--config',
    await place.config('one'),
    '--no-mdns',
    '--port',
    '0',
  ];
  const startLauncher = async () => {
    const launcher = spawn(process.execPath, [AS_NODE_20, LAUNCHER, ...words], {
      env: place.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.teardown(() => launcher.kill('SIGKILL'));
    const [lines] = await once(launcher.stdout, 'data');
    t.not(JSON.parse(String(lines).split('\n')[0]!).pid, launcher.pid);
    return launcher;
  };

  const asked = await startLauncher();
  asked.kill('SIGTERM');
  t.deepEqual(await once(asked, 'exit'), [0, null]);

  const killed = await startLauncher();
  killed.kill('SIGKILL');
  while (await runningPeerIn(data)) await delay(20);
  t.pass();
});
