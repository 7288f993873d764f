import type { IndexEntry } from '../core/jobs/status-index.ts';
import type { PageRequest, StatusFilter, StatusSort } from '../core/jobs/status-query.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { StatusWrite } from './wire.ts';

export interface StatusPage {
  readonly records: readonly StatusRecord[];
  /** Jobs that match, on all pages. */
  readonly total: number;
}

/** A record that was not looked into. */
export type StoredRecord = Pick<StatusRecord, 'body' | 'expiresAt'>;

/**
 * The statuses that one peer holds, on its disk. Implemented over SQLite and by the simulator;
 * `test/jobs/compliance` holds both to it. Errors: `DATA_DIR_UNUSABLE` for whatever the disk refuses.
 */
export interface StatusStore {
  /**
   * Merges each record with what is held, all of them or none. Resolves with those that changed, as they are now,
   * of each job in the order of its commits over all calls. With `durable` it resolves when they, and all written before,
   * survive a loss of power; otherwise they survive the end of the process. A request is kept once, with its job.
   */
  put(writes: readonly StatusWrite[], options?: { readonly durable?: boolean }): Promise<StatusRecord[]>;
  /**
   * Remembers what is written now. The function that it returns resolves when that survives a loss of power, without
   * asking the disk again where a later writing was durable.
   */
  mark(): () => Promise<void>;
  get(id: string): Promise<StatusRecord | undefined>;
  /** Those held of these, in no order, as they go to other peers. */
  getAll(ids: readonly string[]): Promise<StoredRecord[]>;
  /** The request of a job, where it is held. */
  request(id: string): Promise<Uint8Array | undefined>;
  list(filter: StatusFilter, sort: StatusSort, page: PageRequest): Promise<StatusPage>;
  /** Forgets jobs with their requests; the ids of those forgotten. Others' copies stay. */
  remove(filter: StatusFilter): Promise<string[]>;
  /** The version of each record held. */
  entries(): Promise<Iterable<readonly [id: string, entry: IndexEntry]>>;
  /** When this peer was last seen to run, ms since the Unix epoch; 0 for a new store. */
  lastSeen(): Promise<number>;
  markSeen(wallMs: number): Promise<void>;
  /** Calls the listener when everything was lost while the store was open: its file was damaged. One listener. */
  onLost(listener: () => void): void;
  close(): Promise<void>;
}
