import { setTimeout as delay } from 'node:timers/promises';
import { GismeshError } from '../core/errors.ts';
import type { PeerWork } from '../node/mesh-host.ts';
import { Output } from './output.ts';
import { PeerClient, type Target } from './peer-client.ts';

interface DrainOptions extends Target {
  readonly json?: true;
  /** Hands over what runs as well. */
  readonly now?: true;
  readonly undo?: true;
  /** False: does not wait for the end. */
  readonly wait: boolean;
  /** Seconds. */
  readonly timeout?: number;
}

const POLL_MS = 250;
/** For finding other peers for the jobs that waited here: one that takes such a job has it within a second. */
const PLACING_MS = 5000;

/** Has the peer finish what it does and take nothing new, or take work again. */
export async function drain(options: DrainOptions): Promise<void> {
  const output = new Output();
  const client = await PeerClient.find(options);
  if (options.undo) {
    await client.post('/api/resume');
    if (options.json) output.json({ draining: false, url: client.url });
    else output.line(`the peer at ${client.url} takes work again`);
    return;
  }
  await client.post('/api/drain', { now: options.now === true });
  const told = options.json ? () => {} : (work: PeerWork) => output.line(inWords(work));
  const work = options.wait ? await untilDrained(client, options.timeout, told) : await workOf(client);
  const { draining, ...left } = work;
  const drained = isDone(work);
  if (options.json) output.json({ draining, drained, ...left, url: client.url });
  else output.line(ending(work, client.url));
}

async function workOf(client: PeerClient): Promise<PeerWork> {
  return (await client.get<{ work: PeerWork }>('/api/status')).work;
}

/** Tells what is left whenever that changes. Rejects `DEADLINE_EXCEEDED`, or `CANCELLED` when the peer takes work again. */
async function untilDrained(
  client: PeerClient,
  timeoutSeconds: number | undefined,
  told: (work: PeerWork) => void,
): Promise<PeerWork> {
  const startedAt = performance.now();
  const deadline = startedAt + (timeoutSeconds ?? Number.POSITIVE_INFINITY) * 1000;
  let before = '';
  for (;;) {
    const work = await workOf(client);
    if (!work.draining) {
      throw new GismeshError('CANCELLED', `the peer at ${client.url} was told to take work again`);
    }
    const isPlaced = work.unplaced === 0 || performance.now() - startedAt > PLACING_MS;
    if (isDone(work) && isPlaced) return work;
    const words = inWords(work);
    if (words !== before) told(work);
    before = words;
    if (performance.now() > deadline) {
      const remedy = 'it goes on draining; run this again, with --now to hand over what runs';
      throw new GismeshError(
        'DEADLINE_EXCEEDED',
        `after ${timeoutSeconds} s at ${client.url} ${words}: ${remedy}`,
      );
    }
    await delay(POLL_MS);
  }
}

function isDone({ drawing, running, queued }: PeerWork): boolean {
  return drawing + running + queued === 0;
}

function inWords({ drawing, running, queued, unplaced }: PeerWork): string {
  return `${running} jobs run, ${queued + unplaced} wait, ${drawing} maps are drawn`;
}

function ending(work: PeerWork, url: string): string {
  if (!isDone(work)) return `the peer at ${url} is draining: ${inWords(work)}`;
  const { unplaced } = work;
  const left = unplaced > 0 ? `; ${unplaced} jobs wait for a peer that offers their process` : '';
  return `the peer at ${url} is drained and may be stopped${left}`;
}
