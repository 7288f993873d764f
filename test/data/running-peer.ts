import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { DataDir } from '../../src/data/data-dir.ts';
import { runningPeerAt, runningPeerIn } from '../../src/data/running-peer.ts';
import { temporaryFolder } from './helpers/temporary-folder.ts';

const HOLDER = path.join(import.meta.dirname, 'helpers/holder.ts');
const PEER = { url: 'http://127.0.0.1:7001', token: 'secret', peerId: 'peer-a', startedAt: 1 };

/** The run folder comes from the environment of the process: these tests run one after the other. */
async function ownRunFolder(t: ExecutionContext): Promise<string> {
  process.env.XDG_RUNTIME_DIR = await temporaryFolder(t);
  return path.join(process.env.XDG_RUNTIME_DIR, 'gismesh');
}

async function startHolder(t: ExecutionContext, folder: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HOLDER, folder, '7001'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await once(child.stdout!, 'data');
  return child;
}

test.serial('a published peer is found by folder and by port, whatever the host name', async (t) => {
  await ownRunFolder(t);
  const folder = await temporaryFolder(t);
  const data = await DataDir.open(folder);
  await data.lock();
  t.deepEqual(await data.publish(PEER), { byPort: true });
  const expected = { ...PEER, pid: process.pid, data: folder };
  t.deepEqual(await runningPeerIn(folder), expected);
  t.deepEqual(await runningPeerAt('http://localhost:7001/'), expected);
  t.is(await runningPeerAt('http://localhost:7002/'), undefined);
  await data.close();
  t.is(await runningPeerIn(folder), undefined);
  t.is(await runningPeerAt('http://localhost:7001'), undefined);
});

test.serial('the records are readable by the user only', async (t) => {
  const run = await ownRunFolder(t);
  const folder = await temporaryFolder(t);
  const data = await DataDir.open(folder);
  await data.lock();
  await data.publish(PEER);
  t.is((await stat(run)).mode & 0o777, 0o700);
  t.is((await stat(path.join(run, '7001.json'))).mode & 0o777, 0o600);
  t.is((await stat(path.join(folder, 'peer.json'))).mode & 0o777, 0o600);
  await data.close();
});

test.serial('a peer killed outright is not found, and its folder can be used at once', async (t) => {
  const run = await ownRunFolder(t);
  const folder = await temporaryFolder(t);
  const child = await startHolder(t, folder);
  t.is((await runningPeerIn(folder))?.pid, child.pid);
  const data = await DataDir.open(folder);
  await t.throwsAsync(data.lock(), { code: 'DATA_DIR_LOCKED', message: new RegExp(`process ${child.pid}`) });

  child.kill('SIGKILL');
  await once(child, 'exit');
  t.true((await readFile(path.join(folder, 'peer.json'), 'utf8')).includes('secret'));
  t.is(await runningPeerIn(folder), undefined);
  t.is(await runningPeerAt('http://127.0.0.1:7001'), undefined);
  await data.lock();
  // The next peer of this user, on whichever port, clears away what the killed one left.
  await data.publish({ ...PEER, url: 'http://127.0.0.1:7002', token: 'next' });
  t.is(await runningPeerAt('http://127.0.0.1:7001'), undefined);
  t.deepEqual(await readdir(run), ['7002.json']);
  await data.close();
});

test.serial('a record that another peer wrote over is left to that one', async (t) => {
  await ownRunFolder(t);
  const [first, second] = [
    await DataDir.open(await temporaryFolder(t)),
    await DataDir.open(await temporaryFolder(t)),
  ];
  await first.lock();
  await second.lock();
  await first.publish(PEER);
  await second.publish({ ...PEER, token: 'other' });
  await first.close();
  t.is((await runningPeerAt(PEER.url))?.token, 'other');
  await second.close();
});

test.serial('a run folder that others can reach is neither written to nor believed', async (t) => {
  const run = await ownRunFolder(t);
  await mkdir(run);
  await chmod(run, 0o777);
  const data = await DataDir.open(await temporaryFolder(t));
  await data.lock();
  const published = await data.publish(PEER);
  t.false(published.byPort);
  t.is(await runningPeerAt(PEER.url), undefined);
  t.is((await runningPeerIn(data.path))?.token, 'secret');
  await data.close();
});

test.serial('a run folder that is a link is not believed', async (t) => {
  const run = await ownRunFolder(t);
  await symlink(await temporaryFolder(t), run);
  const data = await DataDir.open(await temporaryFolder(t));
  await data.lock();
  t.like(await data.publish(PEER), { byPort: false });
  await data.close();
});
