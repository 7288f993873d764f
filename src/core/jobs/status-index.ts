import { fnv1a, mix } from '../digest.ts';

/**
 * Which version of each job's status a peer holds, and a hash tree over that, by which two peers find out what they
 * hold differently: 64 groups of 64 leaves, a job's leaf is a hash of its id. The tree's form is part of the wire
 * protocol, `protocols/jobs`. Around 150 bytes per job; the records themselves stay on the disk.
 */
export const GROUPS = 64;
export const LEAVES_PER_GROUP = 64;
export const LEAVES = GROUPS * LEAVES_PER_GROUP;

/** Bytes of one sum. */
export const SUM_BYTES = 8;
const WORDS = SUM_BYTES / 4;

export interface IndexEntry {
  /** See `StatusRecord`. */
  readonly fingerprint: number;
  readonly expiresAt: number;
}

/** The leaf that a job belongs to. */
export function leafOf(id: string): number {
  return fnv1a(id) % LEAVES;
}

export class StatusIndex {
  readonly #leaves: Array<Map<string, IndexEntry> | undefined> = new Array(LEAVES);
  /** Two words of 32 bits per leaf, each a sum over the leaf's jobs. */
  readonly #sums = new Uint32Array(LEAVES * WORDS);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: string): IndexEntry | undefined {
    return this.#leaves[leafOf(id)]?.get(id);
  }

  set(id: string, { fingerprint, expiresAt }: IndexEntry): void {
    const leaf = leafOf(id);
    const entries = this.#leaves[leaf] ?? new Map<string, IndexEntry>();
    this.#leaves[leaf] = entries;
    const before = entries.get(id);
    if (before) this.#add(leaf, id, before, -1);
    else this.#size += 1;
    const entry = { fingerprint, expiresAt };
    entries.set(id, entry);
    this.#add(leaf, id, entry, 1);
  }

  delete(id: string): void {
    const leaf = leafOf(id);
    const before = this.#leaves[leaf]?.get(id);
    if (!before) return;
    this.#leaves[leaf]?.delete(id);
    this.#size -= 1;
    this.#add(leaf, id, before, -1);
  }

  clear(): void {
    this.#leaves.fill(undefined);
    this.#sums.fill(0);
    this.#size = 0;
  }

  /** The jobs of a leaf with their versions. */
  entries(leaf: number): ReadonlyMap<string, IndexEntry> {
    return this.#leaves[leaf] ?? new Map();
  }

  /** `GROUPS` sums of `SUM_BYTES` bytes: equal exactly when two peers hold the same, but for chance. */
  groupSums(): Uint8Array {
    const sums = new Uint32Array(GROUPS * WORDS);
    for (let leaf = 0; leaf < LEAVES; leaf += 1) {
      for (let word = 0; word < WORDS; word += 1) {
        const at = Math.floor(leaf / LEAVES_PER_GROUP) * WORDS + word;
        // A leaf's sums are mixed, so that a job moved between leaves would show.
        const sum = this.#sums[leaf * WORDS + word]!;
        if (sum !== 0) sums[at] = sums[at]! + mix(sum ^ leaf);
      }
    }
    return bytesOf(sums);
  }

  /** The sums of a group's leaves, `SUM_BYTES` bytes each; all zero for a leaf without jobs. */
  leafSums(group: number): Uint8Array {
    const from = group * LEAVES_PER_GROUP * WORDS;
    return bytesOf(this.#sums.subarray(from, from + LEAVES_PER_GROUP * WORDS));
  }

  /** Jobs in each of a group's leaves. */
  leafCounts(group: number): number[] {
    const from = group * LEAVES_PER_GROUP;
    return Array.from({ length: LEAVES_PER_GROUP }, (_, at) => this.#leaves[from + at]?.size ?? 0);
  }

  #add(leaf: number, id: string, { fingerprint, expiresAt }: IndexEntry, sign: 1 | -1): void {
    const name = fnv1a(id);
    let one = mix(name ^ (fingerprint >>> 0));
    one = mix(one ^ Math.floor(fingerprint / 2 ** 32));
    one = mix(one ^ (expiresAt >>> 0));
    one = mix(one ^ Math.floor(expiresAt / 2 ** 32));
    // The second word is no function of the first: other bits of the fingerprint enter first.
    const other = mix(mix(Math.floor(fingerprint / 2 ** 16) ^ mix(name)) ^ one);
    const at = leaf * WORDS;
    this.#sums[at] = this.#sums[at]! + sign * one;
    this.#sums[at + 1] = this.#sums[at + 1]! + sign * other;
  }
}

/** Positions of the sums in which two lists of sums of equal length differ. */
export function differingSums(one: Uint8Array, other: Uint8Array): number[] {
  const differing: number[] = [];
  for (let at = 0; at < one.length; at += SUM_BYTES) {
    for (let byte = at; byte < at + SUM_BYTES; byte += 1) {
      if (one[byte] === other[byte]) continue;
      differing.push(at / SUM_BYTES);
      break;
    }
  }
  return differing;
}

/** Big-endian. */
function bytesOf(words: Uint32Array): Uint8Array {
  const bytes = new Uint8Array(words.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of words.entries()) view.setUint32(at * 4, word);
  return bytes;
}
