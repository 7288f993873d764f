import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How long a starting peer waits for a command that looks at the lock at this very moment. */
const WAIT_MS = 500;

/**
 * A lock on a folder that ends with the process that holds it, however that ends: the operating system's
 * file lock, which Node reaches through SQLite. Nothing else may open the lock's file in this process,
 * since closing it would let go of the lock (POSIX).
 */
export class FolderLock {
  readonly #database: DatabaseSync;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Undefined when another process, or another lock of this one, holds it. Throws when it cannot be locked. */
  static take(folder: string): FolderLock | undefined {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(lockFile(folder), { timeout: WAIT_MS });
      // No journal file beside it that a killed peer would leave behind; nothing is ever written.
      database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return new FolderLock(database);
    } catch (error) {
      database?.close();
      if (isBusy(error)) return undefined;
      throw error;
    }
  }

  /** Whether a living process holds the folder. Reads only: a folder without a lock file stays without. */
  static isHeld(folder: string): boolean {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(lockFile(folder), { readOnly: true });
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return false;
    } catch (error) {
      return isBusy(error);
    } finally {
      database?.close();
    }
  }

  release(): void {
    this.#database.close();
  }
}

function lockFile(folder: string): string {
  return path.join(folder, 'lock.sqlite');
}

/** SQLite's primary result code SQLITE_BUSY (5): somebody else holds the file. */
function isBusy(error: unknown): boolean {
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5;
}
