/** Some chunks that follow each other. */
export interface Batch {
  readonly first: number;
  readonly count: number;
}

/**
 * Which source fetches which chunks of one artifact. When all are given out, a source that has nothing to do fetches
 * once more what others still have under way, from the end: the slowest does not decide when it is over.
 */
export class ChunkPlan<Source> {
  /** In order. */
  readonly #pending: Set<number>;
  readonly #underWay = new Map<number, Set<Source>>();
  readonly #refused = new Map<Source, Set<number>>();
  readonly #maxBatch: number;

  constructor(missing: readonly number[], maxBatch: number) {
    this.#pending = new Set(missing);
    this.#maxBatch = maxBatch;
  }

  get isDone(): boolean {
    return this.#pending.size === 0 && this.#underWay.size === 0;
  }

  /** The next for a source, among `sources` of them; undefined when there is nothing for it. */
  take(source: Source, sources: number): Batch | undefined {
    const refused = this.#refused.get(source);
    // Towards the end in smaller parts, so that all of them end together.
    const limit = Math.max(1, Math.min(this.#maxBatch, Math.ceil(this.#pending.size / (2 * sources))));
    let first: number | undefined;
    let count = 0;
    for (const index of this.#pending) {
      const isNext =
        first === undefined ? !refused?.has(index) : index === first + count && !refused?.has(index);
      if (isNext) {
        first ??= index;
        count += 1;
      }
      if (count === limit || (first !== undefined && !isNext)) break;
    }
    if (first === undefined) return this.#takeAgain(source);
    for (let index = first; index < first + count; index += 1) {
      this.#pending.delete(index);
      this.#underWay.set(index, new Set([source]));
    }
    return { first, count };
  }

  isWanted(index: number): boolean {
    return this.#pending.has(index) || this.#underWay.has(index);
  }

  done(index: number): void {
    this.#pending.delete(index);
    this.#underWay.delete(index);
  }

  /** A source cannot give it: it is not asked for it again. */
  refuse(source: Source, index: number): void {
    const refused = this.#refused.get(source) ?? new Set();
    this.#refused.set(source, refused.add(index));
    this.#release(source, index);
  }

  /** A source does not go on with a batch. */
  giveBack(source: Source, { first, count }: Batch): void {
    for (let index = first; index < first + count; index += 1) this.#release(source, index);
  }

  #release(source: Source, index: number): void {
    const sources = this.#underWay.get(index);
    if (!sources?.delete(source) || sources.size > 0) return;
    this.#underWay.delete(index);
    this.#pending.add(index);
  }

  #takeAgain(source: Source): Batch | undefined {
    const refused = this.#refused.get(source);
    for (const [index, sources] of [...this.#underWay].reverse()) {
      if (sources.size > 1 || sources.has(source) || refused?.has(index)) continue;
      sources.add(source);
      return { first: index, count: 1 };
    }
    return undefined;
  }
}
