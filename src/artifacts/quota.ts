import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';

/** For so long the disk is taken to have what it had, less what was written here; asking costs as much as a short job. */
const FRESH_MS = 250;

export interface QuotaOptions {
  /** All artifacts together, those under way included. */
  readonly quotaBytes: number;
  /** Left free on the disk, whoever fills it. */
  readonly minFreeBytes: number;
}

/** Room in the store for bytes that are not written yet. Released when it is no longer needed. */
export interface Reservation {
  /** Not used up yet. */
  readonly bytes: number;
  release(): void;
}

/** Counts what is on the disk and what is promised a place there; refuses before it is full. */
export class Quota {
  readonly #options: QuotaOptions;
  readonly #clock: Clock;
  readonly #freeBytes: () => Promise<number>;
  #used = 0;
  #reserved = 0;
  /** Of the disk, when it was last asked, less what was written since. */
  #free = Number.POSITIVE_INFINITY;
  #askedMs = Number.NEGATIVE_INFINITY;

  constructor(options: QuotaOptions, clock: Clock, freeBytes: () => Promise<number>) {
    this.#options = options;
    this.#clock = clock;
    this.#freeBytes = freeBytes;
  }

  get usedBytes(): number {
    return this.#used;
  }

  get reservedBytes(): number {
    return this.#reserved;
  }

  /** Looks how much the disk has left: others write to it, too. */
  async refresh(): Promise<void> {
    const askedMs = this.#clock.now();
    this.#free = await this.#freeBytes();
    this.#askedMs = askedMs;
  }

  /** Whether there would be room for so much, as far as is known without asking the disk. */
  hasRoom(bytes: number): boolean {
    const { quotaBytes, minFreeBytes } = this.#options;
    const promised = this.#reserved + bytes;
    return this.#used + promised <= quotaBytes && this.#free - promised >= minFreeBytes;
  }

  /** Bytes were found on the disk, or, negative, are gone from it. */
  count(bytes: number): void {
    this.#used += bytes;
  }

  /** What is promised may be written without filling the disk. */
  get #fits(): boolean {
    return this.#free - this.#reserved >= this.#options.minFreeBytes;
  }

  /** Throws `STORE_FULL`. */
  async reserve(bytes: number): Promise<Room> {
    // Taken before the disk is asked: nobody else gets it meanwhile.
    this.#reserved += bytes;
    try {
      const { quotaBytes, minFreeBytes } = this.#options;
      if (this.#used + this.#reserved > quotaBytes) {
        throw full(`its ${quotaBytes} bytes are used (${this.#used}) or promised`);
      }
      const isFresh = this.#clock.now() - this.#askedMs < FRESH_MS;
      // It is refused only by what the disk says now.
      if (!isFresh || !this.#fits) await this.refresh();
      if (!this.#fits)
        throw full(`its disk has ${this.#free} bytes left, of which ${minFreeBytes} stay free`);
    } catch (error) {
      this.#reserved -= bytes;
      throw error;
    }
    return new Room(bytes, (change, written) => {
      this.#reserved += change;
      this.#used += written;
      this.#free -= written;
    });
  }
}

/** A reservation that is used up step by step. */
export class Room implements Reservation {
  readonly #account: (reserved: number, used: number) => void;
  #bytes: number;

  constructor(bytes: number, account: (reserved: number, used: number) => void) {
    this.#bytes = bytes;
    this.#account = account;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** These bytes are on the disk now. */
  use(bytes: number): void {
    const fromHere = Math.min(bytes, this.#bytes);
    this.#bytes -= fromHere;
    this.#account(-fromHere, bytes);
  }

  release(): void {
    this.#account(-this.#bytes, 0);
    this.#bytes = 0;
  }
}

/** The room for one content: what was reserved for it, and then more in steps. */
export class Rooms {
  readonly #reserve: (bytes: number) => Promise<Room>;
  readonly #own: Room[] = [];
  #current: Room | undefined;
  usedBytes = 0;

  constructor(given: Room | undefined, reserve: (bytes: number) => Promise<Room>) {
    this.#current = given;
    this.#reserve = reserve;
  }

  /** Makes sure that there is room; what it gives is called once the bytes are written. */
  async take(bytes: number): Promise<() => void> {
    if (!this.#current || this.#current.bytes < bytes) {
      this.#current = await this.#reserve(bytes);
      this.#own.push(this.#current);
    }
    const room = this.#current;
    return () => {
      room.use(bytes);
      this.usedBytes += bytes;
    };
  }

  release(): void {
    for (const room of this.#own) room.release();
  }
}

function full(why: string): GismeshError {
  return new GismeshError('STORE_FULL', `The artifact store takes no more: ${why}`);
}
