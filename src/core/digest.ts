/**
 * A short digest of a set of versioned entries, independent of their order. It is cut into buckets, so that
 * two holders whose digests differ compare only the entries of the buckets that differ.
 */

/** Buckets of a digest. Part of the wire protocol: `protocols/membership`. */
const DIGEST_BUCKETS = 16;

const BYTES_PER_BUCKET = 4;

export const DIGEST_BYTES = DIGEST_BUCKETS * BYTES_PER_BUCKET;

/** The bucket that an entry of this name belongs to. */
export function digestBucket(name: string): number {
  return fnv1a(name) % DIGEST_BUCKETS;
}

/** `DIGEST_BYTES` bytes, one unsigned 32-bit big-endian sum of entry hashes per bucket. */
export function digestOf(entries: Iterable<readonly [name: string, version: number]>): Uint8Array {
  const sums = new Uint32Array(DIGEST_BUCKETS);
  for (const [name, version] of entries) {
    const hash = fnv1a(name);
    const high = Math.floor(version / 2 ** 32);
    const bucket = hash % DIGEST_BUCKETS;
    sums[bucket] = sums[bucket]! + mix(mix(hash ^ (version >>> 0)) ^ high);
  }
  const digest = new Uint8Array(DIGEST_BYTES);
  const view = new DataView(digest.buffer);
  for (const [bucket, sum] of sums.entries()) view.setUint32(bucket * BYTES_PER_BUCKET, sum);
  return digest;
}

/** The buckets in which two digests differ; all of them when one is not of this form. */
export function differingBuckets(one: Uint8Array, other: Uint8Array): Set<number> {
  const differing = new Set<number>();
  const comparable = one.length === DIGEST_BYTES && other.length === DIGEST_BYTES;
  for (let at = 0; at < DIGEST_BYTES; at += 1) {
    if (!comparable || one[at] !== other[at]) differing.add(Math.floor(at / BYTES_PER_BUCKET));
  }
  return differing;
}

/** FNV-1a over UTF-16 code units, unsigned. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** Finalizer of MurmurHash3: every input bit reaches every output bit. */
function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
