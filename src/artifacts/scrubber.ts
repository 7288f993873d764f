import { errorCode } from '../core/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Random } from '../platform/random.ts';
import type { ArtifactReader } from './artifact-reader.ts';
import { type ArtifactId, chunkCount, chunkSize, type Manifest } from './manifest.ts';
import type { Mender } from './mender.ts';
import type { ArtifactStore } from './store.ts';

export interface ScrubberOptions {
  /** Read from the disk; 0: nothing is. */
  readonly bytesPerSecond: number;
  /** From the beginning of one round to that of the next. */
  readonly everyMs: number;
  /** Between looks whether the machine is idle. */
  readonly idlePollMs: number;
}

interface ScrubberParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: ArtifactStore;
  /** Nobody needs the machine. */
  readonly isIdle: () => boolean;
  readonly mender: Mender;
  readonly options: ScrubberOptions;
}

export interface ScrubCounts {
  readonly scrubbedBytes: number;
  /** Artifacts that are damaged here, as far as was looked, and that nobody else has whole. */
  readonly spoiltArtifacts: number;
  /** When all were looked at last: ms since the Unix epoch; undefined: not since the start. */
  readonly scrubbedAt: number | undefined;
}

/** Opening a file costs about as much as reading so many bytes. */
const FILE_COST_BYTES = 64 * 1024;

/**
 * Reads what is held, slowly and while the machine is idle, and has mended what the disk gives otherwise than it was
 * written: what is read once in a week would else be found damaged when the other copies are as well.
 */
export class Scrubber {
  readonly #parts: ScrubberParts;
  readonly #stopped = new AbortController();
  readonly #spoilt = new Set<ArtifactId>();
  #scrubbedBytes = 0;
  #scrubbedAt: number | undefined;

  constructor(parts: ScrubberParts) {
    this.#parts = parts;
  }

  start(): void {
    const { log, options } = this.#parts;
    if (options.bytesPerSecond === 0) return;
    this.#rounds().catch((error) => {
      if (!this.#stopped.signal.aborted) log.error({ err: error }, 'artifacts are looked through no more');
    });
  }

  stop(): void {
    this.#stopped.abort();
  }

  get counts(): ScrubCounts {
    const { store } = this.#parts;
    return {
      scrubbedBytes: this.#scrubbedBytes,
      spoiltArtifacts: [...this.#spoilt].filter((id) => store.has(id)).length,
      scrubbedAt: this.#scrubbedAt,
    };
  }

  /** Rejects when it is stopped. */
  async #rounds(): Promise<void> {
    const { clock, options } = this.#parts;
    const { signal } = this.#stopped;
    for (;;) {
      const begunMs = clock.now();
      // A peer that has just started has better things to do.
      await sleep(clock, options.idlePollMs, signal);
      await this.#round();
      this.#scrubbedAt = clock.wallTime();
      await sleep(clock, Math.max(0, begunMs + options.everyMs - clock.now()), signal);
    }
  }

  /** From anywhere on: a machine that is on for an hour a day would else look at the same ones every day. */
  async #round(): Promise<void> {
    const { random, store, log } = this.#parts;
    for (const id of this.#spoilt) if (!store.has(id)) this.#spoilt.delete(id);
    const ids = [...store.holdings()].map(({ id }) => id).sort();
    const first = Math.floor(random.next() * ids.length);
    for (const id of [...ids.slice(first), ...ids.slice(0, first)]) {
      try {
        await this.#scrub(id);
      } catch (error) {
        this.#stopped.signal.throwIfAborted();
        // It may have gone meanwhile.
        if (store.has(id)) log.warn({ artifact: id, err: error }, 'an artifact could not be looked through');
      }
    }
  }

  async #scrub(id: ArtifactId): Promise<void> {
    if (!this.#parts.store.has(id)) return;
    await this.#turn(FILE_COST_BYTES);
    if (await this.#isWhole(id)) this.#spoilt.delete(id);
    else this.#spoilt.add(id);
  }

  /** Whether it is what it should be, or has been made so. */
  async #isWhole(id: ArtifactId): Promise<boolean> {
    const manifest = await this.#manifestOf(id);
    if (!manifest) return false;
    const reader = await this.#parts.store.read(id);
    try {
      const room = new Uint8Array(Math.min(manifest.chunkBytes, manifest.size));
      let isWhole = true;
      for (let index = 0; index < chunkCount(manifest); index += 1) {
        const bytes = chunkSize(manifest, index);
        await this.#turn(bytes);
        if (!(await this.#isGood(reader, index, room.subarray(0, bytes)))) isWhole = false;
        this.#scrubbedBytes += bytes;
      }
      return isWhole;
    } finally {
      await reader.close();
    }
  }

  /** Undefined for one that is damaged here, and that nobody gives. */
  async #manifestOf(id: ArtifactId): Promise<Manifest | undefined> {
    const { mender, store, log } = this.#parts;
    try {
      return await mender.manifest(id);
    } catch (error) {
      this.#stopped.signal.throwIfAborted();
      if (!store.has(id)) throw error;
      log.error({ artifact: id, err: error }, 'a damaged manifest cannot be mended now');
      return undefined;
    }
  }

  /** Whether the chunk is what it should be, or has been made so. */
  async #isGood(reader: ArtifactReader, index: number, room: Uint8Array): Promise<boolean> {
    const { mender, log } = this.#parts;
    const { id } = reader.manifest;
    try {
      await reader.chunk(index, room);
      return true;
    } catch (error) {
      if (errorCode(error) !== 'ARTIFACT_DAMAGED') throw error;
    }
    try {
      await mender.chunk(id, index);
      return true;
    } catch (error) {
      this.#stopped.signal.throwIfAborted();
      log.error({ artifact: id, chunk: index, err: error }, 'a damaged artifact cannot be mended now');
      return false;
    }
  }

  /** Waits until so much may be read: the machine is idle, and what was read before has had its time. */
  async #turn(bytes: number): Promise<void> {
    const { clock, isIdle, options } = this.#parts;
    const { signal } = this.#stopped;
    await sleep(clock, (bytes * 1000) / options.bytesPerSecond, signal);
    while (!isIdle()) await sleep(clock, options.idlePollMs, signal);
  }
}
