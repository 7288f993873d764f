/**
 * Rendezvous (highest random weight) hashing, after Thaler and Ravishankar, "Using name-based mappings to
 * increase hit rates" (1998): every peer orders all peers for a key alike, with no shared table, and a peer
 * that leaves moves only its own keys.
 */

/** A 64-bit hash as two unsigned 32-bit halves, which JavaScript multiplies fast. */
interface Hash64 {
  readonly high: number;
  readonly low: number;
}

/** Spreads every input bit over all 32 output bits (the finalizer of MurmurHash3). */
function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Hash of a text's UTF-16 code units; not cryptographic. Two lanes with different multipliers, then crossed. */
function hash64(text: string): Hash64 {
  let high = 0x9e3779b9;
  let low = 0x243f6a88;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 0x9e3779b1);
    high ^= high >>> 15;
    low = Math.imul(low ^ unit, 0x5f356495);
    low ^= low >>> 13;
  }
  high = avalanche(high ^ text.length);
  low = avalanche(low ^ high);
  return { high: avalanche(high ^ low), low };
}

/** Hashes of peer names, which come again with every key; emptied when full. */
const peerHashes = new Map<string, Hash64>();
const MAX_PEER_HASHES = 4096;

function peerHash(peer: string): Hash64 {
  const known = peerHashes.get(peer);
  if (known !== undefined) return known;
  if (peerHashes.size >= MAX_PEER_HASHES) peerHashes.clear();
  const hash = hash64(peer);
  peerHashes.set(peer, hash);
  return hash;
}

const WEIGHTS = 2 ** 53;

/** Uniform in [0, `WEIGHTS`): the largest range of integers that a number compares exactly. */
function weight(peer: Hash64, key: Hash64): number {
  const high = avalanche(peer.high ^ key.high);
  const low = avalanche(peer.low ^ key.low ^ Math.imul(high, 0x9e3779b1));
  return avalanche(high ^ low) * 0x200000 + (low >>> 11);
}

/**
 * The peers that come first for `key`, best first; at most `limit` of them. The same for every caller,
 * whatever the order of `peers`, which are all different. Time is linear in the peers while `limit` is small.
 */
export function rendezvousOrder(key: string, peers: readonly string[], limit = peers.length): string[] {
  const keyHash = hash64(key);
  const leaders: Weighted[] = [];
  const size = Math.min(limit, peers.length);
  if (size <= 0) return [];
  // Collect up to twice the limit, then keep the best of them and let in only what beats the last of these.
  const capacity = Math.max(16, 2 * size);
  let bar = -1;
  for (const peer of peers) {
    const drawn = weight(peerHash(peer), keyHash);
    if (drawn < bar) continue;
    leaders.push({ peer, weight: drawn });
    if (leaders.length < capacity) continue;
    leaders.sort(heavierFirst);
    leaders.length = size;
    bar = leaders[size - 1]!.weight;
  }
  leaders.sort(heavierFirst);
  return leaders.slice(0, size).map((leader) => leader.peer);
}

/** Whether one peer comes before another one in the rendezvous order of `key`, which is a name of a peer as well. */
export function precedes(key: string, one: string, other: string): boolean {
  const keyHash = peerHash(key);
  const [a, b] = [weight(peerHash(one), keyHash), weight(peerHash(other), keyHash)];
  return a === b ? one < other : a > b;
}

/**
 * All of the peers in a rendezvous order in which each comes first as often as its share of all weights says:
 * weighted rendezvous hashing (Schindelhauer and Schomaker 2005). Where all weights are alike it is the plain order.
 */
export function weightedRendezvousOrder(
  key: string,
  peers: readonly string[],
  weightOf: (peer: string) => number,
): string[] {
  const keyHash = hash64(key);
  const scored = peers.map((peer) => {
    const uniform = weight(peerHash(peer), keyHash) / WEIGHTS;
    return { peer, weight: weightOf(peer) / -Math.log(uniform) };
  });
  return scored.sort(heavierFirst).map(({ peer }) => peer);
}

interface Weighted {
  readonly peer: string;
  readonly weight: number;
}

function heavierFirst(a: Weighted, b: Weighted): number {
  return b.weight - a.weight || (a.peer < b.peer ? -1 : 1);
}
