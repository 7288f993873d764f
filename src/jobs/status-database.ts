import { existsSync, renameSync, rmSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { GismeshError } from '../core/errors.ts';
import type { Log } from '../platform/log.ts';
import { migrate } from './status-schema.ts';

/** Another connection to the file, such as a backup's, is waited for so long. */
const BUSY_TIMEOUT_MS = 2000;
/** Holds the ids of 100,000 statuses, which a new peer fills in no order. */
const CACHE_KIBIBYTES = 16_384;
/** Pages of the log before it is written back: 16 MiB, four times as much as SQLite would by itself. */
const CHECKPOINT_PAGES = 4000;
/** SQLite's primary result codes SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGED = [11, 26];

export type StatusStatements = Record<
  'get' | 'remove' | 'request' | 'put' | 'putBody' | 'keepRequest' | 'entries' | 'lastSeen' | 'markSeen',
  StatementSync
>;

/** The statements of the store; they go with their database. */
export function prepareAll(database: DatabaseSync): StatusStatements {
  const columns =
    'id, fingerprint, expires_at, door, started, submitted, updated, finished, state, process, user, owner, mode, progress, epoch, chained';
  const names = columns.split(', ');
  const changes = names.slice(1).map((name) => `${name} = excluded.${name}`);
  return {
    get: database.prepare('SELECT body, expires_at FROM statuses JOIN bodies USING (job) WHERE id = ?'),
    remove: database.prepare('DELETE FROM statuses WHERE id = ?'),
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

/** Opens or makes the database, in the newest schema. Throws what SQLite says of a damaged one. */
export function openChecked(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;
      PRAGMA cache_size = -${CACHE_KIBIBYTES}; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    const { quick_check } = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    if (quick_check !== 'ok') throw Object.assign(new Error(quick_check), { errcode: DAMAGED[0] });
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The same; a damaged one is moved aside and begun anew. */
export function openOrReplace(file: string, log: Log): DatabaseSync {
  try {
    return openChecked(file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    replaceDamaged(file, log, error);
    return openChecked(file);
  }
}

/** Moves a damaged file aside. One is kept, for whoever wants to look into it. */
export function replaceDamaged(file: string, log: Log, cause: unknown): void {
  const aside = `${file}.damaged`;
  for (const suffix of ['', '-wal', '-shm']) {
    rmSync(aside + suffix, { force: true });
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  log.error(
    { file, aside, err: cause },
    'the job statuses on this disk are damaged: moved aside, the other peers are asked for theirs',
  );
}

export function isDamage(error: unknown): boolean {
  return DAMAGED.includes(((error as { errcode?: number }).errcode ?? 0) % 256);
}

/** `DATA_DIR_UNUSABLE` for whatever the disk refuses; the project's own errors as they are. */
export function unusable(file: string, cause: unknown): GismeshError {
  if (cause instanceof GismeshError) return cause;
  return new GismeshError(
    'DATA_DIR_UNUSABLE',
    `${file} cannot be used (${(cause as Error).message}): check the disk's free space and the file's permissions`,
    { cause },
  );
}
