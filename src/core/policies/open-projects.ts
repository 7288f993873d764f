import { fnv1a } from '../digest.ts';

export interface OpenProjectsOptions {
  /** Most peers remembered; the one not heard of for longest is forgotten. */
  readonly maxPeers: number;
  /** Peers named to whoever asks, at most. */
  readonly named: number;
  /** What a peer said is told to others for so long, ms. */
  readonly tellForMs: number;
}

/** Most projects remembered of one peer: more than its workers keep open. */
const MAX_MARKS = 1_024;

interface Said {
  readonly marks: readonly number[];
  readonly atMs: number;
}

/**
 * Which projects other peers have open: each said so with its last bid, and named some others that had said so to it.
 * A project open is worth several drawings: who knows where it is asks there, and nobody has to open it once more. As
 * every bid tells of others, all front doors know nearly all within some questions, each of them far fewer than all.
 * Knowledge is a hint: a project may have been closed since, which its peer says when it is asked.
 */
export class OpenProjects {
  readonly #options: OpenProjectsOptions;
  /** By peer; those heard of last at the end. */
  readonly #said = new Map<string, Said>();
  /** By the project's mark: peers that said so last, one more than are named; the latest at the end. */
  readonly #latest = new Map<number, string[]>();
  /** By the project's mark: the marks of peers that have it open as others say, with when they said so. */
  readonly #told = new Map<number, Map<number, number>>();

  constructor(options: OpenProjectsOptions) {
    this.#options = options;
  }

  /** `marks`: of all projects that the peer has open, as it says itself. */
  hear(peer: string, marks: readonly number[], nowMs: number): void {
    this.#said.delete(peer);
    const bounded = marks.slice(0, MAX_MARKS);
    this.#said.set(peer, { marks: bounded, atMs: nowMs });
    dropOldest(this.#said, this.#options.maxPeers);
    for (const mark of bounded) this.#keepLatest(mark, peer);
  }

  /** Another one says that these peers, named by their marks, have the project open. */
  hearOf(project: string, peers: readonly number[], nowMs: number): void {
    if (peers.length === 0) return;
    const mark = markOf(project);
    const told = this.#told.get(mark) ?? new Map<number, number>();
    for (const peer of peers.slice(0, this.#options.named)) {
      told.delete(peer);
      told.set(peer, nowMs);
    }
    dropOldest(told, this.#options.maxPeers, this.#options.named);
    this.#told.delete(mark);
    this.#told.set(mark, told);
    dropOldest(this.#told, MAX_MARKS);
  }

  /** Those of `peers` that have the project open, in their order; the latest word on each peer counts. */
  among(peers: readonly string[], project: string): string[] {
    const mark = markOf(project);
    const told = this.#told.get(mark);
    return peers.filter((peer) => {
      const said = this.#said.get(peer);
      if (said?.marks.includes(mark)) return true;
      const toldMs = told?.get(peerMarkOf(peer));
      return toldMs !== undefined && (said === undefined || toldMs > said.atMs);
    });
  }

  /** For `asker`: marks of others that said a moment ago that they have the project open, the latest first. */
  named(project: string, asker: string, nowMs: number): number[] {
    const mark = markOf(project);
    const { named, tellForMs } = this.#options;
    const marks: number[] = [];
    for (const peer of this.#latest.get(mark)?.toReversed() ?? []) {
      if (peer === asker) continue;
      const said = this.#said.get(peer);
      if (said?.marks.includes(mark) && nowMs - said.atMs <= tellForMs) marks.push(peerMarkOf(peer));
    }
    return marks.slice(0, named);
  }

  #keepLatest(mark: number, peer: string): void {
    const latest = this.#latest.get(mark);
    if (latest === undefined) {
      this.#latest.set(mark, [peer]);
      dropOldest(this.#latest, MAX_MARKS);
      return;
    }
    if (latest.at(-1) === peer) return;
    const before = latest.indexOf(peer);
    if (before >= 0) latest.splice(before, 1);
    latest.push(peer);
    if (latest.length > this.#options.named + 1) latest.shift();
  }
}

/** A project's short name on the wire: the first four bytes of its content hash, which is given in hexadecimal. */
export function markOf(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16) >>> 0;
}

/** Of peers, which come again and again; emptied when full. */
const peerMarks = new Map<string, number>();
const MAX_PEER_MARKS = 4_096;

/** A peer's short name on the wire. */
export function peerMarkOf(peer: string): number {
  const known = peerMarks.get(peer);
  if (known !== undefined) return known;
  if (peerMarks.size >= MAX_PEER_MARKS) peerMarks.clear();
  const mark = fnv1a(peer);
  peerMarks.set(peer, mark);
  return mark;
}

function dropOldest(entries: Map<unknown, unknown>, most: number, atOnce = 1): void {
  const surplus = Math.min(entries.size - most, atOnce);
  const keys = entries.keys();
  for (let dropped = 0; dropped < surplus; dropped += 1) entries.delete(keys.next().value);
}
