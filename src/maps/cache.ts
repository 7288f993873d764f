import { LRUCache } from 'lru-cache';
import type { Log } from '../platform/log.ts';
import type { Storage } from '../platform/storage.ts';
import { decodePack, encodePack, type PartPack, packBytes } from './part-pack.ts';

export interface CacheLimits {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Writes to the disk waiting at once; more are dropped: a cache entry is never worth a queue. */
  readonly maxPendingWrites: number;
}

/** A cached pack costs this much beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 1024;

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
  readonly #pendingWrites = new Set<Promise<void>>();

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
    for (const file of files) this.#disk.set(file.name.replace('/', ''), file.size);
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
      return pack;
    } catch (error) {
      this.#log.warn({ key, error }, 'dropped an unreadable cache file; it will be drawn again');
      this.#disk.delete(key);
      this.#drop(key);
      return undefined;
    }
  }

  put(key: string, pack: PartPack): void {
    this.#memory.set(key, pack);
    if (this.#limits.diskBytes === 0 || this.#disk.has(key)) return;
    if (this.#pendingWrites.size >= this.#limits.maxPendingWrites) return;
    const writing = this.#write(key, encodePack(pack)).finally(() => this.#pendingWrites.delete(writing));
    this.#pendingWrites.add(writing);
  }

  /** Resolves when everything put so far is on the disk, or has failed to get there. */
  async settled(): Promise<void> {
    await Promise.all(this.#pendingWrites);
  }

  async #write(key: string, file: Uint8Array): Promise<void> {
    try {
      await this.#storage.write(fileName(key), file);
      this.#disk.set(key, file.byteLength);
    } catch (error) {
      this.#log.warn({ key, error }, 'could not write to the tile cache');
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

  #drop(key: string): void {
    this.#storage.remove(fileName(key)).catch((error) => {
      this.#log.warn({ key, error }, 'could not remove a file of the tile cache');
    });
  }
}

/** Two hex digits of folder, so that no folder grows beyond what file systems list quickly. */
function fileName(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}`;
}
