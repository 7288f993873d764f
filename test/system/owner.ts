import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import test from 'ava';
import type { PeerStatus } from '../../src/mesh/peer-status.ts';
import { isEnded, jobAt, submitEcho } from './helpers/job-mesh.ts';
import { type PeerProcess, startMesh, until } from './helpers/peer-process.ts';

/** Impatient, so that a test can wait for it. */
const CONFIGURATION = `
owner: { awayAfterMs: 4000, watchMs: 200, askDesktopMs: 300 }
jobs: { execution: { slots: 1, yieldMs: 600000 } }
processes: { qgis: { enabled: false } }
`;

let screen: ChildProcess;
let display = '';
let folder = '';
let peers: PeerProcess[] = [];

test.before(async () => {
  // The X server picks a free display and writes its number to the descriptor.
  const words = ['-displayfd', '3', '-screen', '0', '800x600x24', '-nolisten', 'tcp', '-noreset'];
  screen = spawn('Xvfb', words, {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const [number] = (await once(createInterface({ input: screen.stdio[3] as never }), 'line')) as [string];
  display = `:${number}`;
  folder = await mkdtemp(path.join(tmpdir(), 'gismesh-owner-'));
  const config = path.join(folder, 'gismesh.yaml');
  await writeFile(config, CONFIGURATION);
  peers = await startMesh(2, { args: ['--config', config], env: { DISPLAY: display } });
});

test.after.always(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  const isOver = once(screen, 'exit');
  screen.kill();
  await isOver;
  await rm(folder, { recursive: true, force: true });
});

test.serial(
  'a key that is pressed is seen, and told to the other peer; so is that nobody presses any',
  async (t) => {
    const [one, other] = peers as [PeerProcess, PeerProcess];
    await untilSeen(other, one, 'away');
    await promisify(execFile)('xdotool', ['key', 'a'], { env: { ...process.env, DISPLAY: display } });
    await untilSeen(other, one, 'active');
    await untilSeen(other, one, 'away');
    t.pass();
  },
);

test.serial('a job of another peer stands still while somebody is there, and goes on', async (t) => {
  const [one, other] = peers as [PeerProcess, PeerProcess];
  let id = '';
  let node = '';
  // On a busy machine it may have waited where it was submitted before: then this is its second attempt.
  let epoch = 0;
  // The first one runs where it was submitted.
  while (node !== other.ready.peerId) {
    ({ id } = await submitEcho(one, { string: 'patient', pause: 5 }));
    await until(async () => (await jobAt(one, id)).state === 'running', `job ${id} to run`);
    ({ node, epoch } = await jobAt(one, id));
  }
  await promisify(execFile)('xdotool', ['key', 'a'], { env: { ...process.env, DISPLAY: display } });
  await until(async () => /^suspended/.test((await jobAt(one, id)).message), 'the job to stand still');
  t.is((await jobAt(one, id)).state, 'running');
  await untilSeen(other, one, 'away');
  await until(async () => isEnded(await jobAt(one, id)), 'the end of the job');
  t.like(await jobAt(one, id), { state: 'successful', epoch, node });
});

/** Until a peer says so of another; ava's time limit ends what never comes. */
async function untilSeen(
  observer: PeerProcess,
  observed: PeerProcess,
  owner: PeerStatus['owner'],
): Promise<void> {
  for (;;) {
    const known = (await (await fetch(`${observer.url}/api/peers`)).json()) as PeerStatus[];
    if (known.find(({ peerId }) => peerId === observed.ready.peerId)?.owner === owner) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
