import { hash } from 'node:crypto';
import { GismeshError } from '../core/errors.ts';

/** Content id: the sha-256 multihash of a manifest, as 68 hexadecimal digits in lower case. */
export type ArtifactId = string;

/** Content is cut into chunks of so many bytes, everywhere: the same content has the same id. */
export const CHUNK_BYTES = 1024 * 1024;
/** 128 GiB in chunks of 1 MiB, whose manifest has 4 MiB. */
export const MAX_CHUNKS = 131_072;

const HASH_BYTES = 32;
const MULTIHASH_SHA256 = '1220';
const MAGIC = Buffer.from('gma1');
const HEADER_BYTES = MAGIC.length + 8 + 4;
const LARGEST_CHUNK_BYTES = 4 * CHUNK_BYTES;

export const MAX_MANIFEST_BYTES = HEADER_BYTES + MAX_CHUNKS * HASH_BYTES;

/** What an artifact is made of. `protocols/artifacts` has its encoding. */
export interface Manifest {
  readonly id: ArtifactId;
  /** Bytes of the content. */
  readonly size: number;
  /** Bytes of each chunk but the last. */
  readonly chunkBytes: number;
  /** The sha-256 of each chunk, one after the other. */
  readonly hashes: Uint8Array;
}

/** Bytes `from` (inclusive) to `to` (exclusive). */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

export function isArtifactId(text: string): boolean {
  return /^1220[0-9a-f]{64}$/.test(text);
}

export function idToBytes(id: ArtifactId): Uint8Array {
  return Buffer.from(id, 'hex');
}

/** Throws `MESSAGE_MALFORMED` for what is no sha-256 multihash. */
export function idFromBytes(bytes: Uint8Array): ArtifactId {
  const id = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  if (!isArtifactId(id)) throw malformed('its id');
  return id;
}

/** The manifest of content with chunks of these hashes. */
export function manifestOf(size: number, hashes: Uint8Array, chunkBytes = CHUNK_BYTES): Manifest {
  const bytes = encodeManifest({ size, chunkBytes, hashes });
  return { id: idOf(bytes), size, chunkBytes, hashes };
}

export function encodeManifest({ size, chunkBytes, hashes }: Omit<Manifest, 'id'>): Uint8Array {
  const bytes = Buffer.alloc(HEADER_BYTES + hashes.length);
  MAGIC.copy(bytes);
  bytes.writeBigUInt64BE(BigInt(size), MAGIC.length);
  bytes.writeUInt32BE(chunkBytes, MAGIC.length + 8);
  bytes.set(hashes, HEADER_BYTES);
  return bytes;
}

/** Throws `MESSAGE_MALFORMED` for bytes that are not the manifest of `id`, whoever sent them. */
export function decodeManifest(id: ArtifactId, bytes: Uint8Array): Manifest {
  if (idOf(bytes) !== id) throw malformed('its manifest, which has another id');
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length < HEADER_BYTES || !view.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw malformed('its manifest, which is of a newer version');
  }
  const size = Number(view.readBigUInt64BE(MAGIC.length));
  const chunkBytes = view.readUInt32BE(MAGIC.length + 8);
  // Its own bytes: what came over a stream is a view of more.
  const hashes = new Uint8Array(view.subarray(HEADER_BYTES));
  const isSound =
    chunkBytes > 0 &&
    chunkBytes <= LARGEST_CHUNK_BYTES &&
    hashes.length <= MAX_CHUNKS * HASH_BYTES &&
    hashes.length === Math.ceil(size / chunkBytes) * HASH_BYTES;
  if (!isSound) throw malformed('its manifest, whose sizes do not agree');
  return { id, size, chunkBytes, hashes };
}

export function chunkCount({ hashes }: Manifest): number {
  return hashes.length / HASH_BYTES;
}

/** Bytes of one chunk. */
export function chunkSize({ size, chunkBytes }: Manifest, index: number): number {
  return Math.min(chunkBytes, size - index * chunkBytes);
}

export function chunkHash({ hashes }: Manifest, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** The parts of the chunks that make up a range of the content: offsets within each chunk, `to` exclusive. */
export function* chunkRanges(
  manifest: Manifest,
  range: ByteRange,
): Iterable<ByteRange & { readonly index: number }> {
  const { size, chunkBytes } = manifest;
  const to = Math.min(range.to, size);
  for (let at = Math.max(0, range.from); at < to; ) {
    const index = Math.floor(at / chunkBytes);
    const start = index * chunkBytes;
    const end = Math.min(to, start + chunkBytes);
    yield { index, from: at - start, to: end - start };
    at = end;
  }
}

function idOf(manifest: Uint8Array): ArtifactId {
  return MULTIHASH_SHA256 + hash('sha256', manifest, 'hex');
}

function malformed(what: string): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `A peer speaks of an artifact, but ${what}, makes no sense`);
}
