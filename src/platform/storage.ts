/**
 * A flat folder of small files, by name (`[a-zA-Z0-9._-]+`, `/` for one level of folders).
 * A write is all or nothing: after a crash at any moment a name holds its old or its new content.
 */
export interface Storage {
  read(name: string): Promise<Uint8Array | undefined>;
  /** Replaces the file by rename. With `durable`, resolves only after the content is on the disk. */
  write(name: string, content: Uint8Array, options?: { durable?: boolean }): Promise<void>;
  remove(name: string): Promise<void>;
  /** Every name with its size in bytes and time of last use (ms since epoch). */
  list(): AsyncIterable<{ name: string; size: number; usedAt: number }>;
  /** Marks the file as used now, for `list`. */
  touch(name: string): Promise<void>;
}
