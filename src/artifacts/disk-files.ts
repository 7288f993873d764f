import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { GismeshError } from '../core/errors.ts';
import { type ArtifactFile, type ArtifactFiles, FILE_FOLDERS } from './artifact-files.ts';

/** `ArtifactFiles` in a folder of the disk that this process alone writes to. Files are 0600, folders 0700. */
export class DiskFiles implements ArtifactFiles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens the folder, made when missing. */
  static async open(folder: string): Promise<DiskFiles> {
    const absolute = path.resolve(folder);
    await guarded(absolute, async () => {
      for (const each of FILE_FOLDERS) {
        await mkdir(path.join(absolute, each), { recursive: true, mode: 0o700 });
      }
    });
    return new DiskFiles(absolute);
  }

  async list(): Promise<Array<{ name: string; size: number }>> {
    return guarded(this.#folder, async () => {
      const files: Array<{ name: string; size: number }> = [];
      for (const folder of FILE_FOLDERS) {
        for (const entry of await readdir(path.join(this.#folder, folder), { withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const name = `${folder}/${entry.name}`;
          files.push({ name, size: (await stat(path.join(this.#folder, name))).size });
        }
      }
      return files;
    });
  }

  async open(name: string): Promise<ArtifactFile | undefined> {
    const file = this.#path(name);
    try {
      return new DiskFile(file, await open(file, 'r+'));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw refused(file, cause);
    }
  }

  async create(name: string): Promise<ArtifactFile> {
    const file = this.#path(name);
    return guarded(file, async () => new DiskFile(file, await open(file, 'w+', 0o600)));
  }

  async move(from: string, to: string): Promise<void> {
    const target = this.#path(to);
    await guarded(target, async () => {
      await rename(this.#path(from), target);
      await syncFolder(path.dirname(target));
    });
  }

  async remove(name: string): Promise<void> {
    const file = this.#path(name);
    await guarded(file, () => rm(file, { force: true }));
  }

  async freeBytes(): Promise<number> {
    return guarded(this.#folder, async () => {
      const { bavail, bsize } = await statfs(this.#folder);
      return bavail * bsize;
    });
  }

  #path(name: string): string {
    return path.join(this.#folder, name);
  }
}

class DiskFile implements ArtifactFile {
  readonly #path: string;
  readonly #handle: FileHandle;

  constructor(file: string, handle: FileHandle) {
    this.#path = file;
    this.#handle = handle;
  }

  async read(offset: number, length: number, room?: Uint8Array): Promise<Uint8Array> {
    const buffer = room ?? Buffer.allocUnsafeSlow(length);
    return guarded(this.#path, async () => {
      let have = 0;
      while (have < length) {
        const { bytesRead } = await this.#handle.read(buffer, have, length - have, offset + have);
        if (bytesRead === 0) break;
        have += bytesRead;
      }
      return buffer.subarray(0, have);
    });
  }

  async write(offset: number, pieces: readonly Uint8Array[]): Promise<void> {
    await guarded(this.#path, async () => {
      let rest = pieces.filter(({ length }) => length > 0);
      let at = offset;
      while (rest.length > 0) {
        const { bytesWritten } = await this.#handle.writev(rest, at);
        at += bytesWritten;
        rest = after(rest, bytesWritten);
      }
    });
  }

  async sync(): Promise<void> {
    await guarded(this.#path, () => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await guarded(this.#path, () => this.#handle.close());
  }
}

/** The pieces without their first `bytes` bytes. */
function after(pieces: Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const rest: Uint8Array[] = [];
  for (const piece of pieces) {
    if (skip < piece.length) rest.push(skip > 0 ? piece.subarray(skip) : piece);
    skip = Math.max(0, skip - piece.length);
  }
  return rest;
}

/** A rename is on the disk once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders and journals renames itself.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function guarded<T>(file: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    throw refused(file, cause);
  }
}

function refused(file: string, cause: unknown): GismeshError {
  if (cause instanceof GismeshError) return cause;
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  const isFull = reason === 'ENOSPC' || reason === 'EDQUOT';
  return new GismeshError(
    isFull ? 'STORE_FULL' : 'DATA_DIR_UNUSABLE',
    `${file} cannot be used (${reason}): check the disk's free space and the folder's permissions`,
    { cause },
  );
}
