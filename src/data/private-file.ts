import { randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { GismeshError } from '../core/errors.ts';

/** Replaces a file (0600) as a whole: after a crash it has its old or its new content. */
export async function writePrivately(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unusable(file, 'be written', cause);
  }
}

/** The file's content; undefined when there is none. */
export async function readOptional(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, 'be read', cause);
  }
}

export function unusable(file: string, what: string, cause: unknown): GismeshError {
  const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  return new GismeshError(
    'DATA_DIR_UNUSABLE',
    `${file} cannot ${what} (${reason}): ${remedyOf(reason)}, or choose another folder with --data`,
    { cause },
  );
}

function remedyOf(reason: string): string {
  if (reason === 'EEXIST' || reason === 'ENOTDIR') return 'move the file that is in its place';
  if (reason === 'ENOSPC' || reason === 'EDQUOT') return 'make room on the disk';
  if (reason === 'EROFS') return 'the disk is mounted read-only';
  return 'make it writable for you';
}
