import { smallest } from '../selection.ts';
import {
  comparator,
  type Listable,
  matches,
  type PageRequest,
  type StatusFilter,
  type StatusSort,
} from './status-query.ts';

/** Different texts shared among entries; beyond it they are begun anew, which costs memory and nothing else. */
const MAX_SHARED = 10_000;

/** Whether, not to which: shared by all entries. */
const CHAINED: readonly unknown[] = [true];
const UNCHAINED: readonly unknown[] = [];

interface Entry extends Listable {
  readonly expiresAt: number;
}

/**
 * What lists of jobs are filtered and sorted by, in memory, around 350 bytes per job: any filter in any order costs
 * one pass, and no write pays for an index on the disk.
 */
export class StatusListing {
  readonly #entries = new Map<string, Entry>();
  readonly #shared = new Map<string, string>();

  get size(): number {
    return this.#entries.size;
  }

  set(status: Listable, expiresAt: number): void {
    this.#entries.set(status.id, {
      id: status.id,
      state: status.state,
      process: this.#share(status.process),
      user: this.#share(status.user),
      owner: this.#share(status.owner),
      mode: status.mode,
      door: status.door,
      progress: status.progress,
      epoch: status.epoch,
      chained: status.chained.length > 0 ? CHAINED : UNCHAINED,
      submittedAt: status.submittedAt,
      startedAt: status.startedAt,
      finishedAt: status.finishedAt,
      updated: { wallMs: status.updated.wallMs },
      expiresAt,
    });
  }

  delete(id: string): void {
    this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
    this.#shared.clear();
  }

  /** Ids of all that match. */
  matching(filter: StatusFilter): string[] {
    return this.#matching(filter).map(({ id }) => id);
  }

  /** Ids of one page, in order, and how many match in all. */
  page(
    filter: StatusFilter,
    sort: StatusSort,
    { offset, limit }: PageRequest,
  ): { ids: string[]; total: number } {
    const found = this.#matching(filter);
    const first = smallest(found, offset + limit, comparator(sort));
    return { ids: first.slice(offset).map(({ id }) => id), total: found.length };
  }

  #matching(filter: StatusFilter): Entry[] {
    const found: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (matches(entry, entry.expiresAt, filter)) found.push(entry);
    }
    return found;
  }

  #share(text: string): string {
    const known = this.#shared.get(text);
    if (known !== undefined) return known;
    if (this.#shared.size >= MAX_SHARED) this.#shared.clear();
    this.#shared.set(text, text);
    return text;
  }
}
