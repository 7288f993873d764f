import type { DatabaseSync } from 'node:sqlite';
import { GismeshError } from '../core/errors.ts';

/**
 * The database of job statuses, one entry per schema version: never changed, only added to. Columns that lists are
 * filtered and sorted by are apart from the bodies, so that a start reads little.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE statuses (
     job INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     fingerprint INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     door TEXT NOT NULL,
     started INTEGER,
     submitted INTEGER NOT NULL,
     updated INTEGER NOT NULL,
     finished INTEGER,
     state TEXT NOT NULL,
     process TEXT NOT NULL,
     user TEXT NOT NULL,
     owner TEXT NOT NULL,
     mode TEXT NOT NULL,
     progress INTEGER NOT NULL
   );
   CREATE TABLE bodies (
     job INTEGER PRIMARY KEY REFERENCES statuses (job) ON DELETE CASCADE,
     body BLOB NOT NULL
   );
   CREATE TABLE requests (
     job INTEGER PRIMARY KEY REFERENCES statuses (job) ON DELETE CASCADE,
     body BLOB NOT NULL
   );
`,
  // What was written before counts as not chained and unclaimed in lists until it is written again.
  `ALTER TABLE statuses ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE statuses ADD COLUMN chained INTEGER NOT NULL DEFAULT 0;
`,
];

/**
 * Brings a database to the newest version, step by step, each in a transaction. `DATA_DIR_UNUSABLE` for one that a
 * newer gismesh wrote.
 */
export function migrate(database: DatabaseSync, migrations: readonly string[] = MIGRATIONS): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { user_version: number };
  if (version > migrations.length) {
    throw new GismeshError(
      'DATA_DIR_UNUSABLE',
      `the job statuses were written by a newer gismesh (schema ${version}, known up to ${migrations.length}): ` +
        'update gismesh, or choose another data folder',
    );
  }
  for (let next = version; next < migrations.length; next += 1) {
    database.exec(`BEGIN EXCLUSIVE; ${migrations[next]}; PRAGMA user_version = ${next + 1}; COMMIT`);
  }
}
