import { GismeshError } from '../src/core/errors.ts';
import { sleep } from '../src/platform/clock.ts';
import type { Storage } from '../src/platform/storage.ts';
import { assertStorageName } from '../src/platform/storage-name.ts';
import type { MachineClock } from './clock.ts';
import type { SeededRandom } from './random.ts';

export interface DiskOptions {
  readonly capacityBytes: number;
  readonly readMs: number;
  readonly writeMs: number;
  /** What waiting for the disk itself adds to a durable write. */
  readonly syncMs: number;
}

/** An ordinary solid-state disk, with a few gigabytes left. */
const DISK: DiskOptions = { capacityBytes: 4e9, readMs: 0.1, writeMs: 0.2, syncMs: 3 };

interface File {
  readonly content: Uint8Array;
  usedAt: number;
}

/**
 * What stays of a machine when its processes die: files as programs see them, and as they would be found
 * after a loss of power.
 */
export class SimulatedDisk {
  readonly random: SeededRandom;
  readonly options: DiskOptions;
  /** Somebody else has filled it: nothing more can be written. */
  full = false;
  readonly #files = new Map<string, File>();
  #usedBytes = 0;
  /** Names whose last change is not yet on the medium, with the content that is. */
  readonly #unsynced = new Map<string, File | undefined>();

  constructor(random: SeededRandom, options: Partial<DiskOptions> = {}) {
    this.random = random;
    this.options = { ...DISK, ...options };
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get(name: string): File | undefined {
    return this.#files.get(name);
  }

  names(): string[] {
    return [...this.#files.keys()];
  }

  /** Replaces a file as a whole, or removes it. */
  set(name: string, file: File | undefined, durable: boolean): void {
    if (durable) this.#unsynced.delete(name);
    else if (!this.#unsynced.has(name)) this.#unsynced.set(name, this.#files.get(name));
    this.#put(name, file);
  }

  /** The power fails: each change that was not synced is there as a whole or not at all, as luck has it. */
  losePower(): void {
    for (const [name, before] of this.#unsynced) {
      if (this.random.chance(0.5)) continue;
      this.#put(name, before);
    }
    this.#unsynced.clear();
  }

  /** Another disk, with nothing on it, is in its place. */
  wipe(): void {
    this.#files.clear();
    this.#unsynced.clear();
    this.#usedBytes = 0;
  }

  #put(name: string, file: File | undefined): void {
    this.#usedBytes += (file?.content.length ?? 0) - (this.#files.get(name)?.content.length ?? 0);
    if (file) this.#files.set(name, file);
    else this.#files.delete(name);
  }
}

/** `Storage` of one simulated process on its machine's disk. */
export class SimulatedStorage implements Storage {
  readonly #disk: SimulatedDisk;
  readonly #clock: MachineClock;

  constructor(disk: SimulatedDisk, clock: MachineClock) {
    this.#disk = disk;
    this.#clock = clock;
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    assertStorageName(name);
    await sleep(this.#clock, this.#disk.options.readMs);
    return this.#disk.get(name)?.content.slice();
  }

  async write(name: string, content: Uint8Array, options?: { durable?: boolean }): Promise<void> {
    assertStorageName(name);
    const durable = options?.durable ?? false;
    const own = content.slice();
    const { writeMs, syncMs, capacityBytes } = this.#disk.options;
    await sleep(this.#clock, writeMs + (durable ? this.#disk.random.exponential(syncMs) : 0));
    // The old content stays until the new one is in its place.
    if (this.#disk.full || this.#disk.usedBytes + own.length > capacityBytes) {
      throw new GismeshError('DATA_DIR_UNUSABLE', `${name} cannot be written: the disk is full`);
    }
    this.#disk.set(name, { content: own, usedAt: this.#clock.wallTime() }, durable);
  }

  async remove(name: string): Promise<void> {
    assertStorageName(name);
    await sleep(this.#clock, this.#disk.options.writeMs);
    this.#disk.set(name, undefined, false);
  }

  async *list(): AsyncIterable<{ name: string; size: number; usedAt: number }> {
    await sleep(this.#clock, this.#disk.options.readMs);
    for (const name of this.#disk.names()) {
      const file = this.#disk.get(name);
      if (file) yield { name, size: file.content.length, usedAt: file.usedAt };
    }
  }

  async touch(name: string): Promise<void> {
    assertStorageName(name);
    await sleep(this.#clock, this.#disk.options.writeMs);
    const file = this.#disk.get(name);
    if (file) file.usedAt = this.#clock.wallTime();
  }
}
