import { LRUCache } from 'lru-cache';
import type { Log } from '../platform/log.ts';
import type { Storage } from '../platform/storage.ts';
import { compact, decodePack, encodePack, type PartPack, packBytes } from './part-pack.ts';

export interface CacheLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Writes to the disk waiting at once; more are dropped: a cache entry is never worth a queue. */
  readonly maxPendingWrites: number;
}

/** A cached pack costs this much beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** After a failed write so many are left out, twice as many each time; a full disk is no place to hurry to. */
const MAX_SKIPPED_WRITES = 1024;

/**
 * Finished drawings by key: the recent ones in memory, many more on the disk. Keys name the exact content
 * (project hash, engine, fonts, view), so that nothing is ever stale; the least recently used goes first.
 */
export class PackCache {
  readonly #memory: LRUCache<string, PartPack>;
  /** Sizes of the files on the disk, least recently used first. */
  readonly #disk: LRUCache<string, number>;
  readonly #storage: Storage;
  readonly #limits: CacheLimits;
  readonly #log: Log;
  readonly #pendingWrites = new Map<string, Promise<void>>();
  #writesToSkip = 0;
  #failedWrites = 0;

  constructor(storage: Storage, limits: CacheLimits, log: Log) {
    this.#storage = storage;
    this.#limits = limits;
    this.#log = log;
    this.#memory = new LRUCache({
      maxSize: limits.memoryBytes,
      sizeCalculation: (pack) => packBytes(pack) + ENTRY_OVERHEAD_BYTES,
    });
    this.#disk = new LRUCache({
      maxSize: Math.max(1, limits.diskBytes),
      sizeCalculation: (size) => size,
      dispose: (_size, key, reason) => {
        if (reason === 'evict') this.#drop(key);
      },
    });
  }

  /** Learns what is on the disk; the cache answers from memory meanwhile. */
  async open(): Promise<void> {
    const files: { name: string; size: number; usedAt: number }[] = [];
    for await (const file of this.#storage.list()) files.push(file);
    files.sort((a, b) => a.usedAt - b.usedAt);
    for (const { name, size } of files) {
      if (!FILE_NAME.test(name)) continue;
      const key = name.replace('/', '');
      if (size > 0 && size <= this.#limits.diskBytes) this.#disk.set(key, size);
      else this.#drop(key);
    }
  }

  /** From memory alone, at once. */
  peek(key: string): PartPack | undefined {
    return this.#memory.get(key);
  }

  has(key: string): boolean {
    return this.#memory.has(key) || this.#disk.has(key);
  }

  async get(key: string): Promise<PartPack | undefined> {
    const inMemory = this.#memory.get(key);
    if (inMemory || this.#disk.get(key) === undefined) return inMemory;
    try {
      const file = await this.#storage.read(fileName(key));
      if (!file) throw new Error('the file is gone');
      const pack = decodePack(file);
      this.#memory.set(key, pack);
      this.#touch(key);
      return pack;
    } catch (error) {
      this.#log.warn({ key, error }, 'dropped an unreadable cache file; it will be drawn again');
      this.#disk.delete(key);
      this.#drop(key);
      return undefined;
    }
  }

  /** Takes a drawing in, unless it has it: one key has one content. */
  put(key: string, pack: PartPack): void {
    if (!this.#memory.has(key)) this.#memory.set(key, compact(pack));
    if (this.#disk.has(key) || this.#pendingWrites.has(key)) return;
    if (packBytes(pack) >= this.#limits.diskBytes) return;
    if (this.#pendingWrites.size >= this.#limits.maxPendingWrites) return;
    if (this.#writesToSkip > 0) {
      this.#writesToSkip -= 1;
      return;
    }
    const writing = this.#write(key, encodePack(pack)).finally(() => this.#pendingWrites.delete(key));
    this.#pendingWrites.set(key, writing);
  }

  /** Resolves when everything put so far is on the disk, or has failed to get there. */
  async settled(): Promise<void> {
    await Promise.all(this.#pendingWrites.values());
  }

  async #write(key: string, file: Uint8Array): Promise<void> {
    try {
      await this.#storage.write(fileName(key), file);
      this.#failedWrites = 0;
      this.#disk.set(key, file.byteLength);
      // The index takes nothing that is larger than the whole disk cache.
      if (!this.#disk.has(key)) this.#drop(key);
    } catch (error) {
      this.#writesToSkip = Math.min(MAX_SKIPPED_WRITES, 2 ** this.#failedWrites);
      this.#failedWrites += 1;
      this.#log.warn({ key, error, leftOut: this.#writesToSkip }, 'could not write to the tile cache');
    }
  }

  stats(): { memoryBytes: number; memoryEntries: number; diskBytes: number; diskEntries: number } {
    return {
      memoryBytes: this.#memory.calculatedSize,
      memoryEntries: this.#memory.size,
      diskBytes: this.#disk.calculatedSize,
      diskEntries: this.#disk.size,
    };
  }

  /** So that the next start knows what was used last. */
  #touch(key: string): void {
    this.#storage.touch(fileName(key)).catch((error) => {
      this.#log.debug({ key, error }, 'could not mark a file of the tile cache as used');
    });
  }

  #drop(key: string): void {
    this.#storage.remove(fileName(key)).catch((error) => {
      this.#log.warn({ key, error }, 'could not remove a file of the tile cache');
    });
  }
}

const FILE_NAME = /^[0-9a-f]{2}\/[0-9a-f]{62}$/;

/** Two hex digits of folder, so that no folder grows beyond what file systems list quickly. */
function fileName(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}`;
}
