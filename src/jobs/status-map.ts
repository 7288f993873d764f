import { GismeshError } from '../core/errors.ts';
import { type HlcTime, HybridClock } from '../core/jobs/hlc.ts';
import { type IndexEntry, StatusIndex } from '../core/jobs/status-index.ts';
import {
  NEWEST_FIRST,
  type PageRequest,
  type StatusFilter,
  type StatusSort,
} from '../core/jobs/status-query.ts';
import { refusal, type StatusRecord } from '../core/jobs/status-record.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { StatusPage, StatusStore, StoredRecord } from './status-store.ts';
import type { StatusWrite } from './wire.ts';

export interface StatusMapOptions {
  /** Statuses held; beyond it new jobs are refused. */
  readonly maxRecords: number;
  /** Longest life of a status, ms. */
  readonly maxTtlMs: number;
  /** Statuses written by a clock that is farther ahead are refused, ms. */
  readonly maxAheadMs: number;
  /** Another peer's clock that is farther ahead is not followed, ms. */
  readonly maxDriftMs: number;
  /** Largest page of a list. */
  readonly maxPage: number;
}

/**
 * The statuses of all jobs as this peer knows them: a delta-state map on its disk, with an index in memory. It only
 * ever moves up in the order of `core/jobs/status-record.ts`, until a record expires.
 */
export class StatusMap {
  readonly index = new StatusIndex();
  readonly #store: StatusStore;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: StatusMapOptions;
  readonly #hybrid: HybridClock;
  readonly #listeners = new Set<(record: StatusRecord) => void>();
  /** How many writings of a job are under way. */
  readonly #writing = new Map<string, number>();
  #refusedFuture = 0;
  #refusedFull = 0;

  constructor(parts: { store: StatusStore; clock: Clock; log: Log; options: StatusMapOptions }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#options = parts.options;
    this.#hybrid = new HybridClock(parts.options.maxDriftMs);
  }

  /**
   * Reads what the disk holds. A peer that was away for longer than statuses live discards all of it: the others
   * know better, and have forgotten what it knew.
   */
  async open(): Promise<void> {
    this.#store.onLost(() => this.index.clear());
    const nowMs = this.#clock.wallTime();
    const seenMs = await this.#store.lastSeen();
    const isStale = seenMs > 0 && nowMs - seenMs > this.#options.maxTtlMs;
    if (isStale) {
      const gone = await this.#store.remove({});
      this.#log.info(
        { awayMs: nowMs - seenMs, statuses: gone.length },
        'away for long: job statuses begin anew',
      );
    }
    for (const [id, entry] of await this.#store.entries()) this.index.set(id, entry);
    // A disk that is full for the moment keeps no peer from starting: what is over is not shown either way.
    await this.sweep().catch((error) =>
      this.#log.warn({ err: error }, 'job statuses could not be cleared up'),
    );
  }

  /** Later than everything known. */
  time(): HlcTime {
    return this.#hybrid.tick(this.#clock.wallTime());
  }

  /** Calls the listener with each record that changed, as it is now; returns its removal. */
  onChange(listener: (record: StatusRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Undefined for what is unknown here or over. */
  async get(id: string): Promise<StatusRecord | undefined> {
    if (!this.index.get(id)) return undefined;
    const record = await this.#store.get(id);
    return record && record.expiresAt > this.#clock.wallTime() ? record : undefined;
  }

  /**
   * Which version of a job `get` would give, without asking the disk: undefined while it is being written, and for what
   * is unknown here or over.
   */
  version(id: string): IndexEntry | undefined {
    const entry = this.#writing.has(id) ? undefined : this.index.get(id);
    return entry && entry.expiresAt > this.#clock.wallTime() ? entry : undefined;
  }

  /** See `StatusStore`. */
  mark(): () => Promise<void> {
    return this.#store.mark();
  }

  getAll(ids: readonly string[]): Promise<StoredRecord[]> {
    return this.#store.getAll(ids);
  }

  request(id: string): Promise<Uint8Array | undefined> {
    return this.#store.request(id);
  }

  list(
    filter: StatusFilter = {},
    sort: StatusSort = NEWEST_FIRST,
    page: Partial<PageRequest> = {},
  ): Promise<StatusPage> {
    const limit = Math.min(page.limit ?? this.#options.maxPage, this.#options.maxPage);
    return this.#store.list({ nowMs: this.#clock.wallTime(), ...filter }, sort, {
      offset: page.offset ?? 0,
      limit,
    });
  }

  /**
   * Takes what this peer itself writes. Throws `BUSY` when the map is full and the job is new. What is over
   * already, or overruled, changes nothing.
   */
  async write(
    write: StatusWrite,
    options: { readonly durable?: boolean } = {},
  ): Promise<StatusRecord | undefined> {
    const { id } = write.record.status;
    if (!this.#hasRoom(id, 0)) {
      throw new GismeshError(
        'BUSY',
        `${this.index.size} jobs are known, and no more fit: try again when some expired`,
      );
    }
    return (await this.#put([write], options))[0];
  }

  /** Takes what another peer holds; the rest of what may be taken at all. Returns those that changed something. */
  async take(
    writes: readonly StatusWrite[],
    options: { readonly durable?: boolean } = {},
  ): Promise<{ readonly changed: readonly StatusRecord[]; readonly kept: readonly string[] }> {
    const kept: StatusWrite[] = [];
    const fresh = new Set<string>();
    for (const write of writes) {
      const { id } = write.record.status;
      if (!this.#isTimely(write.record)) continue;
      if (!this.#hasRoom(id, fresh.size)) {
        this.#refusedFull += 1;
        continue;
      }
      if (!this.index.get(id)) fresh.add(id);
      kept.push(write);
    }
    const changed = kept.length === 0 ? [] : await this.#put(kept, options);
    return { changed, kept: kept.map(({ record }) => record.status.id) };
  }

  /** Forgets what is over, and notes that this peer lives. */
  async sweep(): Promise<void> {
    const nowMs = this.#clock.wallTime();
    for (const id of await this.#store.remove({ expiresTo: nowMs })) this.index.delete(id);
    await this.#store.markSeen(nowMs);
    if (this.#refusedFuture + this.#refusedFull === 0) return;
    this.#log.warn(
      { clockAhead: this.#refusedFuture, full: this.#refusedFull },
      'job statuses of other peers were refused: their clock is far ahead of this one, or this peer holds too many',
    );
    this.#refusedFuture = 0;
    this.#refusedFull = 0;
  }

  async #put(
    writes: readonly StatusWrite[],
    options: { readonly durable?: boolean },
  ): Promise<StatusRecord[]> {
    const changed = await this.#whileWriting(writes, () => this.#store.put(writes, options));
    for (const record of changed) this.#hybrid.receive(record.status.updated, this.#clock.wallTime());
    for (const record of changed) this.#tell(record);
    return changed;
  }

  /** What is on the disk counts in the index before the writing is over. */
  async #whileWriting(
    writes: readonly StatusWrite[],
    write: () => Promise<StatusRecord[]>,
  ): Promise<StatusRecord[]> {
    for (const { record } of writes) this.#count(record.status.id, 1);
    try {
      const changed = await write();
      for (const record of changed) this.index.set(record.status.id, record);
      return changed;
    } finally {
      for (const { record } of writes) this.#count(record.status.id, -1);
    }
  }

  #count(id: string, change: 1 | -1): void {
    const underWay = (this.#writing.get(id) ?? 0) + change;
    if (underWay === 0) this.#writing.delete(id);
    else this.#writing.set(id, underWay);
  }

  #isTimely(record: StatusRecord): boolean {
    const reason = refusal(record, this.#clock.wallTime(), this.#options);
    if (reason === 'future') this.#refusedFuture += 1;
    return reason === undefined;
  }

  #hasRoom(id: string, arriving: number): boolean {
    return this.index.size + arriving < this.#options.maxRecords || this.index.get(id) !== undefined;
  }

  #tell(record: StatusRecord): void {
    for (const listener of this.#listeners) {
      try {
        listener(record);
      } catch (error) {
        this.#log.error({ job: record.status.id, err: error }, 'a listener of job statuses failed');
      }
    }
  }
}
