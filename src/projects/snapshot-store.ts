import { constants } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  utimes,
} from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { type BundleLimits, type BundleListing, listBundle, stampOf } from './bundle-files.ts';
import { BundleChangedError, hashBundle } from './bundle-hash.ts';

export interface SnapshotOptions extends BundleLimits {
  /** Snapshots nobody uses that are kept, so that going back to an earlier version copies nothing. */
  readonly spareSnapshots: number;
  /** Most bytes of those. */
  readonly spareBytes: number;
}

/** A bundle's exact files in a folder that nobody writes to. */
export interface Snapshot {
  readonly hash: string;
  readonly folder: string;
  /** Names in the bundle. */
  readonly names: readonly string[];
}

/**
 * Frozen copies of project folders, `<folder>/<hash>/`, so that a drawing never reads files that someone is
 * writing. A snapshot is complete if and only if it holds its marker, which is written last, within a folder
 * of another name that is renamed at the end; so a crash at any moment leaves nothing that looks complete.
 */
export class SnapshotStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #options: SnapshotOptions;

  constructor(parts: { folder: string; clock: Clock; options: SnapshotOptions }) {
    this.#folder = parts.folder;
    this.#clock = parts.clock;
    this.#options = parts.options;
  }

  /** Makes the folder and removes what a crash left in it. */
  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    for (const name of await readdir(this.#folder)) {
      if (!isHash(name) || (await this.#readMarker(name)) === undefined) await this.#remove(name);
    }
  }

  /**
   * Copies a folder as `listing` describes it, or finds the copy made before.
   *
   * Rejects `BundleChangedError` when the folder was written to meanwhile, `PROJECT_INVALID` when the folder
   * cannot be a bundle (see `listBundle`).
   */
  async freeze(folder: string, listing: BundleListing): Promise<Snapshot> {
    const hash = await hashBundle(listing.files);
    if (!(await this.#isIntact(hash))) {
      await this.#copy(listing, hash).catch((error: unknown) => {
        throw storageError(error, this.#folder);
      });
    }
    const after = await listBundle(folder, this.#options);
    if (stampOf(after) !== stampOf(listing))
      throw new BundleChangedError(`${folder} changed while it was read`);
    await this.#touch(hash);
    return { hash, folder: path.join(this.#folder, hash), names: listing.files.map(({ name }) => name) };
  }

  /** Removes what is neither used nor among the spare snapshots used last. */
  async collect(inUse: ReadonlySet<string>): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => isHash(name) && !inUse.has(name));
    const spare = await Promise.all(
      names.map(async (name) => {
        const marker = await this.#readMarker(name);
        const { mtimeMs } = await lstat(path.join(this.#folder, name));
        return {
          name,
          usedAt: mtimeMs,
          bytes: marker?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0,
        };
      }),
    );
    let keptBytes = 0;
    for (const [index, { name, bytes }] of spare.toSorted((a, b) => b.usedAt - a.usedAt).entries()) {
      keptBytes += bytes;
      if (index >= this.#options.spareSnapshots || keptBytes > this.#options.spareBytes)
        await this.#remove(name);
    }
  }

  async #copy({ files }: BundleListing, hash: string): Promise<void> {
    await this.#remove(hash);
    const temporary = await mkdtemp(path.join(this.#folder, TEMPORARY));
    try {
      const copies: MarkedFile[] = [];
      for (const file of files) copies.push(await copyDurably(file, temporary));
      const frozen = files.map(({ name, bytes }) => ({ name, bytes, path: path.join(temporary, name) }));
      if ((await hashBundle(frozen)) !== hash)
        throw new BundleChangedError('a file changed while it was copied');
      await writeDurably(path.join(temporary, MARKER), JSON.stringify({ files: copies } satisfies Marker));
      await rename(temporary, path.join(this.#folder, hash));
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
  }

  /** Whether a complete copy is there with every file as it was written: names, sizes, times. */
  async #isIntact(hash: string): Promise<boolean> {
    const marker = await this.#readMarker(hash);
    if (marker === undefined) return false;
    for (const { name, bytes, writtenAt } of marker.files) {
      const stats = await lstat(path.join(this.#folder, hash, name)).catch(() => undefined);
      if (!stats?.isFile() || stats.size !== bytes || stats.mtimeMs !== writtenAt) return false;
    }
    return true;
  }

  async #readMarker(hash: string): Promise<Marker | undefined> {
    try {
      return JSON.parse(await readFile(path.join(this.#folder, hash, MARKER), 'utf8')) as Marker;
    } catch {
      return undefined;
    }
  }

  /** The marker goes first: a half-removed snapshot must not look complete. */
  async #remove(name: string): Promise<void> {
    const folder = path.join(this.#folder, name);
    await rm(path.join(folder, MARKER), { force: true }).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }

  async #touch(hash: string): Promise<void> {
    const now = new Date(this.#clock.wallTime());
    await utimes(path.join(this.#folder, hash), now, now);
  }
}

const TEMPORARY = 'copying-';

/** Hidden, so that it never counts as a file of the bundle. */
const MARKER = '.complete.json';

interface MarkedFile {
  readonly name: string;
  readonly bytes: number;
  /** Modification time of the copy, milliseconds. */
  readonly writtenAt: number;
}

interface Marker {
  readonly files: readonly MarkedFile[];
}

function isHash(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

async function copyDurably(file: { name: string; path: string }, target: string): Promise<MarkedFile> {
  const copy = path.join(target, file.name);
  await mkdir(path.dirname(copy), { recursive: true });
  try {
    await copyFile(file.path, copy, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new BundleChangedError(`${file.name} vanished while it was copied`, { cause });
  }
  await using handle = await open(copy, 'r');
  await handle.sync();
  await chmod(copy, 0o444);
  const { size, mtimeMs } = await handle.stat();
  return { name: file.name, bytes: size, writtenAt: mtimeMs };
}

async function writeDurably(location: string, content: string): Promise<void> {
  await using handle = await open(location, 'wx', 0o444);
  await handle.writeFile(content);
  await handle.sync();
}

/** Reading the project does not fail in these ways; see `copyDurably`. */
const STORAGE_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'ENOTDIR', 'ENOENT', 'EIO']);

function storageError(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined || !STORAGE_FAULTS.has(code)) return error;
  const message = `the project cannot be copied to ${folder} (${code}); make room there, or choose another data folder`;
  return new GismeshError('DATA_DIR_UNUSABLE', message, { cause: error });
}
