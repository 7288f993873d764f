import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { GismeshError } from '../core/errors.ts';
import type { Storage } from './storage.ts';
import { assertStorageName, UNFINISHED_FOLDER } from './storage-name.ts';

/** Files described at a time in a listing: as many as keep libuv's threads busy. */
const LISTED_AT_ONCE = 16;

/**
 * `Storage` in a folder of the disk that this process alone writes to. Files are 0600, folders 0700.
 *
 * Errors: `DATA_DIR_UNUSABLE` for whatever the disk refuses (full, read-only, not permitted).
 */
export class DiskStorage implements Storage {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the folder, made when missing, and removes what writes that a crash cut short left in it. */
  static async open(folder: string): Promise<DiskStorage> {
    const absolute = path.resolve(folder);
    const unfinished = path.join(absolute, UNFINISHED_FOLDER);
    try {
      await rm(unfinished, { recursive: true, force: true });
      await mkdir(unfinished, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw unusable(absolute, 'opened', cause);
    }
    return new DiskStorage(absolute);
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const file = this.#file(name);
    try {
      const content = await readFile(file);
      return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw unusable(file, 'read', cause);
    }
  }

  async write(name: string, content: Uint8Array, options?: { durable?: boolean }): Promise<void> {
    const file = this.#file(name);
    const durable = options?.durable ?? false;
    // Who waits for no durability has an answer to send first: it should not wait for the opening of a file.
    if (!durable) await nextTurn();
    const temporary = path.join(this.#folder, UNFINISHED_FOLDER, randomBytes(12).toString('hex'));
    try {
      await writeNew(temporary, content, durable);
      await this.#moveInto(temporary, file);
      if (durable) await syncFolders(path.dirname(file), this.#folder);
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {});
      throw unusable(file, 'written', cause);
    }
  }

  async remove(name: string): Promise<void> {
    const file = this.#file(name);
    try {
      await rm(file, { force: true });
    } catch (cause) {
      if (!isMissing(cause)) throw unusable(file, 'removed', cause);
    }
  }

  async *list(): AsyncIterable<{ name: string; size: number; usedAt: number }> {
    for (const entry of await this.#entries('')) {
      if (entry.name === UNFINISHED_FOLDER) continue;
      const names = entry.isDirectory()
        ? (await this.#entries(entry.name)).map((inner) => `${entry.name}/${inner.name}`)
        : [entry.name];
      for (let first = 0; first < names.length; first += LISTED_AT_ONCE) {
        const files = names.slice(first, first + LISTED_AT_ONCE).map((name) => this.#describe(name));
        for (const file of await Promise.all(files)) if (file) yield file;
      }
    }
  }

  async touch(name: string): Promise<void> {
    const file = this.#file(name);
    const now = new Date();
    try {
      await utimes(file, now, now);
    } catch (cause) {
      if (!isMissing(cause)) throw unusable(file, 'touched', cause);
    }
  }

  #file(name: string): string {
    assertStorageName(name);
    return path.join(this.#folder, name);
  }

  async #moveInto(temporary: string, file: string): Promise<void> {
    try {
      await rename(temporary, file);
    } catch (cause) {
      if (!isMissing(cause)) throw cause;
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      await rename(temporary, file);
    }
  }

  async #entries(folder: string) {
    const absolute = path.join(this.#folder, folder);
    try {
      return await readdir(absolute, { withFileTypes: true });
    } catch (cause) {
      if (isMissing(cause)) return [];
      throw unusable(absolute, 'listed', cause);
    }
  }

  /** Undefined for what was removed meanwhile and for what is no file. */
  async #describe(name: string): Promise<{ name: string; size: number; usedAt: number } | undefined> {
    try {
      const stats = await stat(path.join(this.#folder, name));
      return stats.isFile() ? { name, size: stats.size, usedAt: stats.mtimeMs } : undefined;
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw unusable(path.join(this.#folder, name), 'listed', cause);
    }
  }
}

async function writeNew(file: string, content: Uint8Array, durable: boolean): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(content);
    if (durable) await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A rename is on the disk once its folder is; a new folder, once its parent is. */
async function syncFolders(...folders: string[]): Promise<void> {
  // Windows opens no folders and journals renames itself.
  if (process.platform === 'win32') return;
  for (const folder of new Set(folders)) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function unusable(file: string, what: string, cause: unknown): GismeshError {
  if (cause instanceof GismeshError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  return new GismeshError(
    'DATA_DIR_UNUSABLE',
    `${file} cannot be ${what} (${reason}): check the disk's free space and the folder's permissions`,
    { cause },
  );
}
