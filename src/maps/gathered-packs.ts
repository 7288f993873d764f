import type { Clock, Timer } from '../platform/clock.ts';
import type { PartPack } from './part-pack.ts';

export interface GatheringOptions {
  /** How long a drawing may wait for others to be written with, ms. */
  readonly gatherMs: number;
  /** Drawings that wait or are being written; more are refused. */
  readonly maxPendingWrites: number;
}

/** Files written at a time: as many as keep libuv's threads busy, few enough for the event loop to do other work. */
const WRITERS = 4;

/**
 * Drawings on their way to the disk, written together some time after they were put. Each file by itself costs
 * a drawing several sleeps and wake-ups of the threads that do it, at the very moment when the next one is asked for.
 */
export class GatheredPacks {
  readonly #write: (key: string, pack: PartPack) => Promise<void>;
  readonly #ended: (failures: readonly unknown[]) => void;
  readonly #clock: Clock;
  readonly #options: GatheringOptions;
  readonly #waiting = new Map<string, PartPack>();
  readonly #writing = new Map<string, PartPack>();
  #timer: Timer | undefined;
  #batch: Promise<void> | undefined;

  /**
   * @param parts.write writes one
   * @param parts.ended hears after each batch why some of it could not be written
   */
  constructor(parts: {
    write(key: string, pack: PartPack): Promise<void>;
    ended(failures: readonly unknown[]): void;
    clock: Clock;
    options: GatheringOptions;
  }) {
    this.#write = parts.write;
    this.#ended = parts.ended;
    this.#clock = parts.clock;
    this.#options = parts.options;
  }

  get(key: string): PartPack | undefined {
    return this.#waiting.get(key) ?? this.#writing.get(key);
  }

  /** Takes `pack` in, unless it is on its way already or too many are. */
  add(key: string, pack: PartPack): void {
    const { maxPendingWrites, gatherMs } = this.#options;
    if (this.get(key) || this.#waiting.size + this.#writing.size >= maxPendingWrites) return;
    this.#waiting.set(key, pack);
    // Half of the room is left for what is put while a batch is being written.
    if (this.#waiting.size >= maxPendingWrites / 2) this.#begin();
    else this.#timer ??= this.#clock.after(gatherMs, () => this.#begin());
  }

  /** Resolves when everything added so far is written, or has failed to be. */
  async settled(): Promise<void> {
    while (this.#waiting.size > 0 || this.#batch) {
      this.#begin();
      await this.#batch;
    }
  }

  #begin(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#batch || this.#waiting.size === 0) return;
    for (const [key, pack] of this.#waiting) this.#writing.set(key, pack);
    this.#waiting.clear();
    this.#batch = this.#writeAll().finally(() => {
      this.#batch = undefined;
      if (this.#waiting.size > 0)
        this.#timer ??= this.#clock.after(this.#options.gatherMs, () => this.#begin());
    });
  }

  async #writeAll(): Promise<void> {
    const failures: unknown[] = [];
    const entries = this.#writing.entries();
    const writer = async () => {
      for (const [key, pack] of entries) {
        await this.#write(key, pack).catch((error: unknown) => failures.push(error));
        this.#writing.delete(key);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, writer));
    this.#ended(failures);
  }
}
