import { setTimeout as delay } from 'node:timers/promises';
import { GismeshError } from '../core/errors.ts';
import { type RunningPeer, runningPeerIn } from '../data/running-peer.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';

/** More than any grace of the stopping peer that is worth waiting for. */
const STOP_WAIT_MS = 60_000;
/** From letting go of its data folder to the end of its process; a parent that never reaps makes this useless. */
const EXIT_WAIT_MS = 2000;
const POLL_MS = 25;

/** Asks the peer to stop and waits until its process has let go of everything. */
export async function stop(options: Target & { json?: true }): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  await client.post('/api/stop');
  const pid = client.running?.pid;
  if (client.running) await waitUntilGone(client.running);
  if (options.json) output.json({ stopped: true, pid, url: client.url });
  else output.line(`stopped the peer at ${client.url} (process ${pid})`);
}

async function waitUntilGone(peer: RunningPeer): Promise<void> {
  const isServing = async () => (await runningPeerIn(peer.data))?.token === peer.token;
  if (!(await becomesFalse(isServing, STOP_WAIT_MS))) {
    const remedy = `end it with "kill -9 ${peer.pid}"`;
    throw new GismeshError(
      'DEADLINE_EXCEEDED',
      `process ${peer.pid} did not stop in ${STOP_WAIT_MS} ms: ${remedy}`,
    );
  }
  await becomesFalse(() => isAlive(peer.pid), EXIT_WAIT_MS);
}

async function becomesFalse(condition: () => Promise<boolean> | boolean, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (await condition()) {
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
