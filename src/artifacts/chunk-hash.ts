import { createHash } from 'node:crypto';
import { CHUNK_BYTES, chunkHash, type Manifest, manifestOf } from './manifest.ts';

/** Whether these bytes, in pieces as they came, are the chunk that the manifest says. */
export function isChunk(manifest: Manifest, index: number, pieces: readonly Uint8Array[]): boolean {
  return Buffer.compare(sha256(pieces), chunkHash(manifest, index)) === 0;
}

/** Makes the manifest of content that passes by, chunk by chunk. */
export class ManifestBuilder {
  readonly #hashes: Uint8Array[] = [];
  readonly #chunkBytes: number;
  #size = 0;

  constructor(chunkBytes = CHUNK_BYTES) {
    this.#chunkBytes = chunkBytes;
  }

  get chunks(): number {
    return this.#hashes.length;
  }

  get size(): number {
    return this.#size;
  }

  /** The next chunk in pieces; all but the last have the full size. */
  add(pieces: readonly Uint8Array[]): void {
    this.#hashes.push(sha256(pieces));
    for (const { length } of pieces) this.#size += length;
  }

  build(): Manifest {
    return manifestOf(this.#size, new Uint8Array(Buffer.concat(this.#hashes)), this.#chunkBytes);
  }
}

function sha256(pieces: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha256');
  for (const piece of pieces) digest.update(piece);
  return digest.digest();
}

/** Gathers a stream of pieces of any size into chunks of `chunkBytes`; the last may be smaller. */
export async function* inChunks(
  source: AsyncIterable<Uint8Array>,
  chunkBytes: number,
): AsyncIterable<Uint8Array[]> {
  let pieces: Uint8Array[] = [];
  let have = 0;
  for await (const each of source) {
    let rest = each;
    while (have + rest.length >= chunkBytes) {
      const used = chunkBytes - have;
      pieces.push(rest.subarray(0, used));
      yield pieces;
      rest = rest.subarray(used);
      pieces = [];
      have = 0;
    }
    if (rest.length > 0) pieces.push(rest);
    have += rest.length;
  }
  if (have > 0) yield pieces;
}
