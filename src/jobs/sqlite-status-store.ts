import { existsSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { GismeshError } from '../core/errors.ts';
import type { IndexEntry } from '../core/jobs/status-index.ts';
import {
  type PageRequest,
  type StatusFilter,
  type StatusSort,
  sortValue,
} from '../core/jobs/status-query.ts';
import { mergeRecords, type StatusRecord } from '../core/jobs/status-record.ts';
import type { Log } from '../platform/log.ts';
import { migrate } from './status-schema.ts';
import { type Condition, conditionOf, orderOf } from './status-sql.ts';
import type { StatusPage, StatusStore } from './status-store.ts';
import { readRecord, type StatusWrite } from './wire.ts';

/** Another connection to the file, such as a backup's, is waited for so long. */
const BUSY_TIMEOUT_MS = 2000;
const CACHE_KIBIBYTES = 8192;
/** SQLite's primary result codes SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED = [11, 26];

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
 * `StatusStore` in an SQLite database (WAL). Writes of one turn of the event loop are one transaction, and one wait
 * for the disk. A damaged file is moved aside: what it held comes back from the other peers.
 */
export class SqliteStatusStore implements StatusStore {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #statements: ReturnType<typeof prepareAll>;
  #waiting: Waiting[] = [];
  #synchronous: 'FULL' | 'NORMAL' = 'FULL';
  #closed = false;

  private constructor(database: DatabaseSync, file: string) {
    this.#database = database;
    this.#file = file;
    this.#statements = prepareAll(database);
  }

  /** Opens or makes the database; its folder is made. Throws `DATA_DIR_UNUSABLE`. */
  static open(file: string, log: Log): SqliteStatusStore {
    try {
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      try {
        return new SqliteStatusStore(openChecked(file), file);
      } catch (error) {
        if (!isDamage(error)) throw error;
        const aside = moveAside(file);
        log.error(
          { file, aside, err: error },
          'the job statuses on this disk are damaged: moved aside, the other peers are asked for theirs',
        );
        return new SqliteStatusStore(openChecked(file), file);
      }
    } catch (cause) {
      throw unusable(file, cause);
    }
  }

  put(writes: readonly StatusWrite[], options: { readonly durable?: boolean } = {}): Promise<StatusRecord[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, durable: options.durable ?? false, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#commit());
    });
  }

  async get(id: string): Promise<StatusRecord | undefined> {
    return this.#guarded(() => this.#read(id));
  }

  async getAll(ids: readonly string[]): Promise<StatusRecord[]> {
    return this.#guarded(() => ids.flatMap((id) => this.#read(id) ?? []));
  }

  async request(id: string): Promise<Uint8Array | undefined> {
    return this.#guarded(() => {
      const row = this.#statements.request.get(id) as { body: Uint8Array } | undefined;
      return row && new Uint8Array(row.body);
    });
  }

  async list(filter: StatusFilter, sort: StatusSort, page: PageRequest): Promise<StatusPage> {
    return this.#guarded(() => {
      const condition = conditionOf(filter);
      const { total } = this.#all(
        `SELECT count(*) AS total FROM statuses ${condition.sql}`,
        condition,
      )[0] as {
        total: number;
      };
      const chosen = `SELECT job FROM statuses ${condition.sql} ${orderOf(sort)} LIMIT ? OFFSET ?`;
      const rows = this.#all(
        `SELECT body, expires_at FROM (${chosen}) JOIN statuses USING (job) JOIN bodies USING (job) ${orderOf(sort)}`,
        { ...condition, values: [...condition.values, page.limit, page.offset] },
      ) as unknown as Row[];
      return { total, records: rows.map((row) => readRecord(row.body, row.expires_at)) };
    });
  }

  async remove(filter: StatusFilter): Promise<string[]> {
    this.#commit();
    return this.#guarded(() => {
      const condition = conditionOf(filter);
      const rows = this.#all(`DELETE FROM statuses ${condition.sql} RETURNING id`, condition);
      return rows.map((row) => row.id as string);
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
    this.#database.close();
  }

  /** All that waits, as one transaction. */
  #commit(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length === 0) return;
    try {
      this.#guarded(() => {
        const level = waiting.some(({ durable }) => durable) ? 'FULL' : 'NORMAL';
        if (level !== this.#synchronous) this.#database.exec(`PRAGMA synchronous = ${level}`);
        this.#synchronous = level;
        const changed = this.#transaction(() =>
          waiting.map(({ writes }) => writes.flatMap((write) => this.#merge(write) ?? [])),
        );
        waiting.forEach(({ resolve }, at) => {
          resolve(changed[at]!);
        });
      });
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  #transaction<T>(body: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = body();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have rolled it back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
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
    const row = this.#statements.get.get(id) as Row | undefined;
    return row && readRecord(row.body, row.expires_at);
  }

  #write({ status, body, fingerprint, expiresAt }: StatusRecord): void {
    const { job } = this.#statements.put.get(
      status.id,
      fingerprint,
      expiresAt,
      status.door,
      status.startedAt ?? null,
      status.submittedAt,
      sortValue(status, 'updated'),
      sortValue(status, 'finished'),
      sortValue(status, 'state'),
      status.process,
      status.user,
      status.owner,
      status.mode,
      status.progress,
    ) as { job: number };
    this.#statements.putBody.run(job, body);
  }

  #all(sql: string, { values }: Condition): Array<Record<string, unknown>> {
    return this.#database.prepare(sql).all(...values);
  }

  #guarded<T>(body: () => T): T {
    if (this.#closed) throw new GismeshError('CANCELLED', 'this peer is stopping');
    try {
      return body();
    } catch (cause) {
      throw unusable(this.#file, cause);
    }
  }
}

interface EntryRow {
  readonly id: string;
  readonly fingerprint: number;
  readonly expires_at: number;
}

function* entriesOf(rows: Iterable<EntryRow>): Iterable<readonly [string, IndexEntry]> {
  for (const { id, fingerprint, expires_at } of rows) yield [id, { fingerprint, expiresAt: expires_at }];
}

function prepareAll(
  database: DatabaseSync,
): Record<
  'get' | 'request' | 'put' | 'putBody' | 'keepRequest' | 'entries' | 'lastSeen' | 'markSeen',
  StatementSync
> {
  const columns =
    'id, fingerprint, expires_at, door, started, submitted, updated, finished, state, process, user, owner, mode, progress';
  const names = columns.split(', ');
  const changes = names.slice(1).map((name) => `${name} = excluded.${name}`);
  return {
    get: database.prepare('SELECT body, expires_at FROM statuses JOIN bodies USING (job) WHERE id = ?'),
    request: database.prepare(
      'SELECT body FROM requests WHERE job = (SELECT job FROM statuses WHERE id = ?)',
    ),
    put: database.prepare(
      `INSERT INTO statuses (${columns}) VALUES (${names.map(() => '?').join()})
       ON CONFLICT (id) DO UPDATE SET ${changes.join()} RETURNING job`,
    ),
    putBody: database.prepare('INSERT OR REPLACE INTO bodies (job, body) VALUES (?, ?)'),
    keepRequest: database.prepare(
      'INSERT OR IGNORE INTO requests (job, body) VALUES ((SELECT job FROM statuses WHERE id = ?), ?)',
    ),
    entries: database.prepare('SELECT id, fingerprint, expires_at FROM statuses'),
    lastSeen: database.prepare("SELECT value FROM facts WHERE name = 'last seen'"),
    markSeen: database.prepare("INSERT OR REPLACE INTO facts (name, value) VALUES ('last seen', ?)"),
  };
}

function openChecked(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
      PRAGMA cache_size = -${CACHE_KIBIBYTES}`);
    const { quick_check } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (quick_check !== 'ok') throw Object.assign(new Error(quick_check), { errcode: DAMAGED[0] });
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The name that the damaged file has now. One damaged file is kept, for whoever wants to look into it. */
function moveAside(file: string): string {
  const aside = `${file}.damaged`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

function isDamage(error: unknown): boolean {
  return DAMAGED.includes(((error as { errcode?: number }).errcode ?? 0) % 256);
}

function unusable(file: string, cause: unknown): GismeshError {
  if (cause instanceof GismeshError) return cause;
  return new GismeshError(
    'DATA_DIR_UNUSABLE',
    `${file} cannot be used (${(cause as Error).message}): check the disk's free space and the file's permissions`,
    { cause },
  );
}
