import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { LRUCache } from 'lru-cache';
import { GismeshError } from '../core/errors.ts';
import type { IndexEntry } from '../core/jobs/status-index.ts';
import { StatusListing } from '../core/jobs/status-listing.ts';
import type { Listable, PageRequest, StatusFilter, StatusSort } from '../core/jobs/status-query.ts';
import { mergeRecords, type StatusRecord } from '../core/jobs/status-record.ts';
import { FileFlusher } from '../platform/file-flusher.ts';
import type { Log } from '../platform/log.ts';
import {
  isDamage,
  openChecked,
  openOrReplace,
  prepareAll,
  replaceDamaged,
  type StatusStatements,
  unusable,
} from './status-database.ts';
import type { StatusPage, StatusStore, StoredRecord } from './status-store.ts';
import { readRecord, type StatusWrite } from './wire.ts';

/** Two kilobytes each. */
const RECENT_RECORDS = 256;

interface Waiting {
  readonly writes: readonly StatusWrite[];
  readonly durable: boolean;
  readonly resolve: (changed: StatusRecord[]) => void;
  readonly reject: (error: unknown) => void;
}

interface Row {
  readonly body: Uint8Array;
  readonly expires_at: number;
}

/**
 * `StatusStore` in an SQLite database (WAL). Writes of one turn of the event loop are one transaction. SQLite itself
 * would stop this thread until its log is on the disk: the log is flushed beside it, for all who wait. A damaged file is moved aside: what it held comes back from the other peers.
 */
export class SqliteStatusStore implements StatusStore {
  readonly #file: string;
  readonly #log: Log;
  #database: DatabaseSync;
  #statements: StatusStatements;
  readonly #listing = new StatusListing();
  #lost: () => void = () => {};
  #waiting: Waiting[] = [];
  /** As they are held: jobs under way, and those that clients poll, are looked at again and again. */
  readonly #recent = new LRUCache<string, StatusRecord>({ max: RECENT_RECORDS });
  #flusher: FileFlusher;
  /** Transactions so far, and how many of them are on the disk for certain. */
  #committed = 0;
  #flushed = 0;
  /** The last writing of jobs that was committed, and waits for the disk. None rejects. */
  readonly #unanswered = new Map<string, Promise<void>>();
  #closed = false;

  private constructor(file: string, log: Log) {
    this.#file = file;
    this.#log = log;
    this.#database = openOrReplace(file, log);
    this.#flusher = new FileFlusher(`${file}-wal`);
    this.#statements = prepareAll(this.#database);
    this.#load();
  }

  /** Opens or makes the database; its folder is made. Throws `DATA_DIR_UNUSABLE`. */
  static open(file: string, log: Log): SqliteStatusStore {
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      return new SqliteStatusStore(file, log);
    } catch (cause) {
      throw unusable(file, cause);
    }
  }

  onLost(listener: () => void): void {
    this.#lost = listener;
  }

  put(writes: readonly StatusWrite[], options: { readonly durable?: boolean } = {}): Promise<StatusRecord[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, durable: options.durable ?? false, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  mark(): () => Promise<void> {
    this.#commit();
    const upTo = this.#committed;
    return async () => {
      if (this.#flushed < upTo) await this.#flush();
    };
  }

  async get(id: string): Promise<StatusRecord | undefined> {
    return this.#guarded(() => {
      const record = this.#read(id);
      if (record) this.#recent.set(id, record);
      return record;
    });
  }

  async getAll(ids: readonly string[]): Promise<StoredRecord[]> {
    return this.#guarded(() =>
      ids.flatMap((id) => {
        const row = this.#statements.get.get(id) as Row | undefined;
        return row ? { body: row.body, expiresAt: row.expires_at } : [];
      }),
    );
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    return this.#guarded(() => {
      const row = this.#statements.request.get(id) as { body: Uint8Array } | undefined;
      return row && new Uint8Array(row.body);
    });
  }

  async list(filter: StatusFilter, sort: StatusSort, page: PageRequest): Promise<StatusPage> {
    return this.#guarded(() => {
      const { ids, total } = this.#listing.page(filter, sort, page);
      return { total, records: ids.flatMap((id) => this.#read(id) ?? []) };
    });
  }

  async remove(filter: StatusFilter): Promise<string[]> {
    this.#commit();
    return this.#guarded(() => {
      const ids = this.#listing.matching(filter);
      this.#transaction(() => {
        for (const id of ids) this.#statements.remove.run(id);
      });
      for (const id of ids) {
        this.#listing.delete(id);
        this.#recent.delete(id);
      }
      return ids;
    });
  }

  async entries(): Promise<Iterable<readonly [string, IndexEntry]>> {
    return this.#guarded(() => entriesOf(this.#statements.entries.iterate() as IterableIterator<EntryRow>));
  }

  async lastSeen(): Promise<number> {
    return this.#guarded(
      () => (this.#statements.lastSeen.get() as { value: number } | undefined)?.value ?? 0,
    );
  }

  async markSeen(wallMs: number): Promise<void> {
    this.#guarded(() => this.#statements.markSeen.run(wallMs));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#commit();
    this.#closed = true;
    await Promise.all(this.#unanswered.values());
    await this.#flusher.close();
    this.#database.close();
  }

  #load(): void {
    const rows = this.#database.prepare(`SELECT id, state, process, user, owner, mode, door, progress,
      epoch, chained, submitted, started, finished, updated, expires_at FROM statuses`);
    for (const row of rows.iterate() as IterableIterator<unknown> as IterableIterator<ListRow>) {
      const { submitted, started, finished, updated, chained, expires_at, ...rest } = row;
      const listable = {
        ...rest,
        submittedAt: submitted,
        startedAt: started ?? undefined,
        finishedAt: finished ?? undefined,
        updated: { wallMs: updated },
        chained: new Array<true>(chained).fill(true),
      };
      this.#listing.set(listable, expires_at);
    }
  }

  /** All that waits, as one transaction. */
  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    try {
      this.#guarded(() => {
        const changed = this.#transaction(() =>
          waiting.map(({ writes }) => writes.flatMap((write) => this.#merge(write) ?? [])),
        );
        for (const { status, expiresAt } of changed.flat()) this.#listing.set(status, expiresAt);
        waiting.forEach((each, at) => {
          this.#answer(each, changed[at]!);
        });
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  /** Of a job in the order of its writings; of what is to be durable when it is. */
  #answer({ writes, durable, resolve, reject }: Waiting, changed: StatusRecord[]): void {
    const jobs = [...new Set(writes.map(({ record }) => record.status.id))];
    const before = jobs.flatMap((id) => this.#unanswered.get(id) ?? []);
    if (!durable && before.length === 0) {
      resolve(changed);
      return;
    }
    const flushed = durable ? this.#flush() : undefined;
    const answered = Promise.all(before)
      .then(() => flushed)
      .then(
        () => resolve(changed),
        (error) => reject(error),
      )
      .finally(() => {
        for (const id of jobs) if (this.#unanswered.get(id) === answered) this.#unanswered.delete(id);
      });
    for (const id of jobs) this.#unanswered.set(id, answered);
  }

  /** What was committed before is on the disk when it resolves. */
  async #flush(): Promise<void> {
    const upTo = this.#committed;
    try {
      await this.#flusher.flush();
      this.#flushed = Math.max(this.#flushed, upTo);
    } catch (cause) {
      throw unusable(this.#file, cause);
    }
  }

  #transaction<T>(body: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.#database.exec('COMMIT');
      this.#committed += 1;
      return result;
    } catch (error) {
      // A full disk may have rolled it back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#recent.clear();
      throw error;
    }
  }

  /** The record as it is afterwards; undefined when nothing changed. */
  #merge({ record, request }: StatusWrite): StatusRecord | undefined {
    const held = this.#read(record.status.id);
    const merged = held ? mergeRecords(held, record) : record;
    if (merged !== held) this.#write(merged);
    if (request) this.#statements.keepRequest.run(record.status.id, request);
    return merged === held ? undefined : merged;
  }

  #read(id: string): StatusRecord | undefined {
    const recent = this.#recent.get(id);
    if (recent !== undefined) return recent;
    const row = this.#statements.get.get(id) as Row | undefined;
    return row && recordOf(row);
  }

  #write(record: StatusRecord): void {
    const { status, body, fingerprint, expiresAt } = record;
    const { job } = this.#statements.put.get(
      status.id,
      fingerprint,
      expiresAt,
      status.door,
      status.startedAt ?? null,
      status.submittedAt,
      status.updated.wallMs,
      status.finishedAt ?? null,
      status.state,
      status.process,
      status.user,
      status.owner,
      status.mode,
      status.progress,
      status.epoch,
      status.chained.length,
    ) as { job: number };
    this.#statements.putBody.run(job, body);
    this.#recent.set(status.id, record);
  }

  #guarded<T>(body: () => T): T {
    if (this.#closed) throw new GismeshError('CANCELLED', 'this peer is stopping');
    try {
      return body();
    } catch (cause) {
      if (isDamage(cause)) this.#beginAnew(cause);
      throw unusable(this.#file, cause);
    }
  }

  /** The file was damaged under this running peer. */
  #beginAnew(cause: unknown): void {
    this.#database.close();
    replaceDamaged(this.#file, this.#log, cause);
    this.#database = openChecked(this.#file);
    this.#statements = prepareAll(this.#database);
    void this.#flusher.close();
    this.#flusher = new FileFlusher(`${this.#file}-wal`);
    this.#listing.clear();
    this.#recent.clear();
    this.#lost();
  }
}

function recordOf({ body, expires_at }: Row): StatusRecord {
  return readRecord(body, expires_at);
}

type ListRow = Omit<Listable, 'submittedAt' | 'startedAt' | 'finishedAt' | 'updated' | 'chained'> & {
  readonly chained: number;
  readonly submitted: number;
  readonly started: number | null;
  readonly finished: number | null;
  readonly updated: number;
  readonly expires_at: number;
};

interface EntryRow {
  readonly id: string;
  readonly fingerprint: number;
  readonly expires_at: number;
}

function* entriesOf(rows: Iterable<EntryRow>): Iterable<readonly [string, IndexEntry]> {
  for (const { id, fingerprint, expires_at } of rows) yield [id, { fingerprint, expiresAt: expires_at }];
}
