/** Most projects remembered of one peer: more than its workers keep open. */
const MAX_MARKS = 1_024;

/**
 * Which projects other peers have open, as each of them said with its last bid. A project open is worth several
 * drawings: who knows where it is asks there, and nobody has to open it once more. Knowledge is a hint: a project may
 * have been closed since, which its peer says when it is asked.
 */
export class OpenProjects {
  readonly #maxPeers: number;
  /** Marks of projects by peer; those heard of last at the end. */
  readonly #marks = new Map<string, readonly number[]>();

  /** `maxPeers`: most peers remembered; the one not heard of for longest is forgotten. */
  constructor(maxPeers: number) {
    this.#maxPeers = maxPeers;
  }

  /** `marks`: of all projects that the peer has open. */
  hear(peer: string, marks: readonly number[]): void {
    this.#marks.delete(peer);
    this.#marks.set(peer, marks.slice(0, MAX_MARKS));
    const [oldest] = this.#marks.keys();
    if (this.#marks.size > this.#maxPeers && oldest !== undefined) this.#marks.delete(oldest);
  }

  /** Those of `peers` that have the project open, in their order. */
  among(peers: readonly string[], project: string): string[] {
    const mark = markOf(project);
    return peers.filter((peer) => this.#marks.get(peer)?.includes(mark));
  }
}

/** A project's short name on the wire: the first four bytes of its content hash, which is given in hexadecimal. */
export function markOf(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16) >>> 0;
}
