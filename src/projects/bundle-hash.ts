import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** A file to be hashed: the name it goes by in the bundle, and where its bytes are. */
export interface HashedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

/** The folder was written to while it was read; what was read is worth nothing. */
export class BundleChangedError extends Error {
  override readonly name = 'BundleChangedError';
}

/** Changes with the format of what is hashed. */
const DOMAIN = 'gismesh bundle 1\n';

const CHUNK_BYTES = 256 * 1024;

/**
 * sha-256 (hex) over names and bytes. Lengths go before both, so that no two different bundles feed the hash
 * the same bytes. Reads in chunks; rejects `BundleChangedError` when a file is not what the listing said.
 *
 * @param files in any order
 */
export async function hashBundle(files: readonly HashedFile[]): Promise<string> {
  const hash = createHash('sha256').update(DOMAIN);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  for (const { name, path, bytes } of files.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const nameBytes = Buffer.from(name);
    const lengths = Buffer.alloc(12);
    lengths.writeUInt32BE(nameBytes.length, 0);
    lengths.writeBigUInt64BE(BigInt(bytes), 4);
    hash.update(lengths).update(nameBytes);
    let total = 0;
    for await (const part of readChunks(path, chunk)) {
      total += part.length;
      if (total > bytes) break;
      hash.update(part);
    }
    if (total !== bytes) throw new BundleChangedError(`${name} changed while it was read`);
  }
  return hash.digest('hex');
}

/** Yields views on `chunk`. Neither follows a link nor waits for a pipe put in the file's place meanwhile. */
async function* readChunks(path: string, chunk: Buffer): AsyncGenerator<Buffer> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await openOrChanged(path, flags);
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length);
    if (bytesRead === 0) return;
    yield chunk.subarray(0, bytesRead);
  }
}

async function openOrChanged(path: string, flags: number) {
  try {
    return await open(path, flags);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR') {
      throw new BundleChangedError(`${path} was replaced while the project was read`, { cause });
    }
    throw cause;
  }
}
