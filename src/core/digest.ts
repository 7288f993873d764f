/**
 * A short digest of a set of versioned entries, independent of their order. It is cut into buckets, so that
 * two holders whose digests differ compare only the entries of the buckets that differ.
 */

/** Buckets of a digest. Part of the wire protocol: `protocols/membership`. */
export const DIGEST_BUCKETS = 16;

const BYTES_PER_BUCKET = 4;

export const DIGEST_BYTES = DIGEST_BUCKETS * BYTES_PER_BUCKET;

/** The bucket that an entry of this name belongs to. */
export function digestBucket(name: string): number {
  return fnv1a(name) % DIGEST_BUCKETS;
}

/** `DIGEST_BYTES` bytes, one unsigned 32-bit big-endian sum of entry hashes per bucket. */
export function digestOf(entries: Iterable<readonly [name: string, version: number]>): Uint8Array {
  const digest = new RunningDigest();
  for (const [name, version] of entries) digest.add(name, version);
  return digest.bytes();
}

/** The digest of a set that changes: an entry more or less costs the same however many there are. */
export class RunningDigest {
  readonly #sums = new Uint32Array(DIGEST_BUCKETS);
  /** Kept until something changes. */
  #bytes: Uint8Array | undefined;

  add(name: string, version: number): void {
    const hash = fnv1a(name);
    const bucket = hash % DIGEST_BUCKETS;
    this.#sums[bucket] = this.#sums[bucket]! + entryHash(hash, version);
    this.#bytes = undefined;
  }

  /** Takes out an entry that was added. */
  remove(name: string, version: number): void {
    const hash = fnv1a(name);
    const bucket = hash % DIGEST_BUCKETS;
    this.#sums[bucket] = this.#sums[bucket]! - entryHash(hash, version);
    this.#bytes = undefined;
  }

  /** As `digestOf`; the same object until something changes. */
  bytes(): Uint8Array {
    if (this.#bytes) return this.#bytes;
    const digest = new Uint8Array(DIGEST_BYTES);
    const view = new DataView(digest.buffer);
    for (const [bucket, sum] of this.#sums.entries()) view.setUint32(bucket * BYTES_PER_BUCKET, sum);
    this.#bytes = digest;
    return digest;
  }
}

function entryHash(nameHash: number, version: number): number {
  return mix(mix(nameHash ^ (version >>> 0)) ^ Math.floor(version / 2 ** 32));
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

/** FNV-1a over UTF-16 code units, then `mix`; unsigned. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return mix(hash);
}

/** Finalizer of MurmurHash3: every input bit reaches every output bit. */
export function mix(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
