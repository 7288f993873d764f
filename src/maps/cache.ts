import { LRUCache } from 'lru-cache';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Storage } from '../platform/storage.ts';
import { GatheredPacks, type GatheringOptions } from './gathered-packs.ts';
import { compact, decodePack, encodePack, type PartPack, packBytes } from './part-pack.ts';

export interface CacheLimits extends GatheringOptions {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** A cached pack costs this much beside its bytes. */
const ENTRY_OVERHEAD_BYTES = 1024;
/** After a batch of writes that failed so many are left out, twice as many each time; a full disk is no place to hurry to. */
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
  readonly #gathered: GatheredPacks;
  #writesToSkip = 0;
  #failedBatches = 0;

  constructor(storage: Storage, clock: Clock, limits: CacheLimits, log: Log) {
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
    this.#gathered = new GatheredPacks({
      write: (key, pack) => this.#write(key, pack),
      ended: (failures) => this.#pauseAfter(failures),
      clock,
      options: limits,
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
    return this.#memory.get(key) ?? this.#gathered.get(key);
  }

  has(key: string): boolean {
    return this.#memory.has(key) || this.#disk.has(key) || this.#gathered.get(key) !== undefined;
  }

  async get(key: string): Promise<PartPack | undefined> {
    const inMemory = this.peek(key);
    if (inMemory || this.#disk.get(key) === undefined) return inMemory;
    try {
      const file = await this.#storage.read(fileName(key));
      if (!file) throw new Error('the file is gone');
      const pack = decodePack(file);
      this.#memory.set(key, pack);
      this.#touch(key);
      return pack;
    } catch (error) {
      this.#log.warn({ drawing: key, error }, 'dropped an unreadable cache file; it will be drawn again');
      this.#disk.delete(key);
      this.#drop(key);
      return undefined;
    }
  }

  /** Takes a drawing in, unless it has it: one key has one content. */
  put(key: string, pack: PartPack): void {
    const kept = this.peek(key) ?? compact(pack);
    if (!this.#memory.has(key)) this.#memory.set(key, kept);
    if (this.#disk.has(key) || packBytes(pack) >= this.#limits.diskBytes) return;
    if (this.#writesToSkip > 0) this.#writesToSkip -= 1;
    else this.#gathered.add(key, kept);
  }

  /** Resolves when everything put so far is on the disk, or has failed to get there. */
  async settled(): Promise<void> {
    await this.#gathered.settled();
  }

  async #write(key: string, pack: PartPack): Promise<void> {
    const file = encodePack(pack);
    await this.#storage.write(fileName(key), file);
    this.#disk.set(key, file.byteLength);
    // The index takes nothing that is larger than the whole disk cache.
    if (!this.#disk.has(key)) this.#drop(key);
  }

  /** A disk that fails is tried ever more seldom. */
  #pauseAfter(failures: readonly unknown[]): void {
    const failed = failures.length > 0;
    this.#writesToSkip = failed ? Math.min(MAX_SKIPPED_WRITES, 2 ** this.#failedBatches) : 0;
    this.#failedBatches = failed ? this.#failedBatches + 1 : 0;
    if (!failed) return;
    const details = { failed: failures.length, error: failures[0], leftOut: this.#writesToSkip };
    this.#log.warn(details, 'could not write to the tile cache');
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
      this.#log.debug({ drawing: key, error }, 'could not mark a file of the tile cache as used');
    });
  }

  #drop(key: string): void {
    this.#storage.remove(fileName(key)).catch((error) => {
      this.#log.warn({ drawing: key, error }, 'could not remove a file of the tile cache');
    });
  }
}

const FILE_NAME = /^[0-9a-f]{2}\/[0-9a-f]{62}$/;

/** Two hex digits of folder, so that no folder grows beyond what file systems list quickly. */
function fileName(key: string): string {
  return `${key.slice(0, 2)}/${key.slice(2)}`;
}
