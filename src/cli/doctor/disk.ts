import { randomBytes } from 'node:crypto';
import { open, rm, rmdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { DataDir } from '../../data/data-dir.ts';
import { FolderLock } from '../../data/folder-lock.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** The tile cache at its default size, and as much again for project bundles. */
const COMFORTABLE_BYTES = 2 * 1024 ** 3;
const PROBE_BYTES = 8 * 1024 ** 2;
/** Slower than any disk in service; a network home folder may be. */
const COMFORTABLE_BYTES_PER_S = 10 * 1024 ** 2;

/** Whether the data folder can be written to, has room, and is fast enough to be a cache. */
export async function checkDisk(dataFolder: string): Promise<Finding[]> {
  try {
    const { path: folder } = await DataDir.open(dataFolder);
    const lock = FolderLock.isHeld(folder) ? ', in use by a running peer' : '';
    const findings = [
      ok('data folder', `${folder}${lock}`),
      await checkSpace(folder),
      await checkSpeed(folder),
    ];
    // Leaves none behind that was not there, or was empty.
    await rmdir(folder).catch(() => {});
    return findings;
  } catch (error) {
    return [fail('data folder', (error as Error).message, 'choose another folder with --data')];
  }
}

async function checkSpace(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`;
  if (free >= COMFORTABLE_BYTES) return ok('disk space', detail);
  return warn('disk space', detail, 'free some, or choose another disk with --data');
}

async function checkSpeed(folder: string): Promise<Finding> {
  const file = path.join(folder, `doctor-${process.pid}.tmp`);
  const content = randomBytes(PROBE_BYTES);
  try {
    const began = performance.now();
    const handle = await open(file, 'wx', 0o600);
    await handle.writeFile(content);
    await handle.sync();
    await handle.close();
    const bytesPerSecond = PROBE_BYTES / ((performance.now() - began) / 1000);
    const detail = `writes ${(bytesPerSecond / 1024 ** 2).toFixed(0)} MiB/s`;
    if (bytesPerSecond >= COMFORTABLE_BYTES_PER_S) return ok('disk speed', detail);
    return warn('disk speed', detail, 'choose a local disk with --data');
  } catch (error) {
    return fail(
      'disk speed',
      (error as Error).message,
      'free some space, or choose another disk with --data',
    );
  } finally {
    await rm(file, { force: true });
  }
}
