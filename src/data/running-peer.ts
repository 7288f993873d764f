import { lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import { FolderLock } from './folder-lock.ts';
import { writePrivately } from './private-file.ts';

/** A running peer as the other commands find it. Holds a secret: its files are 0600. */
export interface RunningPeer {
  readonly pid: number;
  /** Where the front door answers on this machine, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Bearer token of what steers the peer, such as `/api/stop`. */
  readonly token: string;
  readonly peerId: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt: number;
  /** Absolute path of the data folder. */
  readonly data: string;
}

/** The peer that runs in a data folder now; undefined when none does, whatever a killed one left behind. */
export async function runningPeerIn(dataFolder: string): Promise<RunningPeer | undefined> {
  const peer = await readRecord(path.join(dataFolder, 'peer.json'));
  return peer && FolderLock.isHeld(dataFolder) ? peer : undefined;
}

/**
 * The peer of this user whose front door listens on the port of `url`, whatever its data folder is;
 * undefined when none does.
 */
export async function runningPeerAt(url: string): Promise<RunningPeer | undefined> {
  const folder = runFolder();
  try {
    await assertPrivate(folder);
  } catch {
    return undefined;
  }
  const peer = await readRecord(recordFile(folder, url));
  return peer && (await isRunning(peer)) ? peer : undefined;
}

/** Writes the record of the data folder and the one by HTTP port; the latter may fail alone (see `publish`). */
export async function announce(
  peer: RunningPeer,
): Promise<{ byPort: true } | { byPort: false; reason: string }> {
  const record = `${JSON.stringify(peer)}\n`;
  await writePrivately(path.join(peer.data, 'peer.json'), record);
  try {
    const folder = runFolder();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await assertPrivate(folder);
    await removeStaleRecords(folder);
    await writePrivately(recordFile(folder, peer.url), record);
    return { byPort: true };
  } catch (error) {
    return { byPort: false, reason: (error as Error).message };
  }
}

/** Removes both records; the one by port only where no other peer has taken the port over since. */
export async function retract(peer: RunningPeer): Promise<void> {
  const byPort = recordFile(runFolder(), peer.url);
  if ((await readRecord(byPort))?.token === peer.token) await rm(byPort, { force: true });
  await rm(path.join(peer.data, 'peer.json'), { force: true });
}

/** One private file per HTTP port, where the system keeps a user's run-time files. */
function runFolder(env: NodeJS.ProcessEnv = process.env): string {
  const runtime = env.XDG_RUNTIME_DIR;
  if (runtime && path.isAbsolute(runtime)) return path.join(runtime, 'gismesh');
  return path.join(tmpdir(), `gismesh-${process.getuid?.() ?? 'user'}`);
}

/** In a shared temporary folder somebody else may have made it first, to read or to plant tokens. */
async function assertPrivate(folder: string): Promise<void> {
  const stats = await lstat(folder);
  const mine = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !mine || (stats.mode & 0o077) !== 0) {
    const remedy = 'remove it, or set XDG_RUNTIME_DIR to a private folder';
    throw new GismeshError('DATA_DIR_UNUSABLE', `${folder} is not a private folder of this user: ${remedy}`);
  }
}

/** Not so when its data folder has another peer by now, at another port. */
async function isRunning(peer: RunningPeer): Promise<boolean> {
  return (await runningPeerIn(peer.data))?.token === peer.token;
}

/** Those of peers that were killed. */
async function removeStaleRecords(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    const peer = name.endsWith('.json') ? await readRecord(file) : undefined;
    if (peer && !(await isRunning(peer))) await rm(file, { force: true });
  }
}

function recordFile(folder: string, url: string): string {
  const { port, protocol } = new URL(url);
  return path.join(folder, `${port || (protocol === 'https:' ? '443' : '80')}.json`);
}

async function readRecord(file: string): Promise<RunningPeer | undefined> {
  try {
    const peer = JSON.parse(await readFile(file, 'utf8')) as RunningPeer;
    const texts = [peer.url, peer.token, peer.data, peer.peerId];
    return texts.every((text) => typeof text === 'string') && Number.isInteger(peer.pid) ? peer : undefined;
  } catch {
    return undefined;
  }
}
