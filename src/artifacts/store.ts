import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Storage } from '../platform/storage.ts';
import type { ArtifactFiles } from './artifact-files.ts';
import { ArtifactReader } from './artifact-reader.ts';
import { isChunk } from './chunk-hash.ts';
import { Damage } from './damage.ts';
import type { Holding, Ownership } from './holdings.ts';
import { KeyedMutex } from './keyed-mutex.ts';
import { type ArtifactId, CHUNK_BYTES, type Manifest } from './manifest.ts';
import { assertOwner, Owners } from './owners.ts';
import { PartialArtifact } from './partial.ts';
import { Quota, type QuotaOptions, type Reservation, type Room, Rooms } from './quota.ts';
import { receive } from './receive.ts';
import { Shelf, type ShelfOptions } from './shelf.ts';

export interface ArtifactStoreOptions extends QuotaOptions, ShelfOptions {
  /** Room taken at a time by content whose length is not known. */
  readonly stepBytes: number;
  /** For tests; anything but the default gives ids that no other peer has. */
  readonly chunkBytes?: number;
}

export interface ArtifactStoreParts {
  readonly files: ArtifactFiles;
  /** For manifests and owners; nobody else's. */
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly options: ArtifactStoreOptions;
}

export interface WriteOptions extends Ownership {
  /** Made before the work began; what is written is taken from it, and more than that as long as there is room. */
  readonly reservation?: Reservation;
}

export interface StoreUsage {
  readonly artifacts: number;
  readonly usedBytes: number;
  readonly reservedBytes: number;
  readonly quotaBytes: number;
  /** Chunks found damaged since the start, and those of them that were mended. */
  readonly damagedChunks: number;
  readonly mendedChunks: number;
}

/**
 * The artifacts on one disk, by content. An artifact counts as held from the moment its owners are written, last of
 * all; whatever an earlier process left half done is removed by `open`, or kept for going on where it was a fetch.
 * Nothing is deleted before all its owners have let it go or expired.
 *
 * Errors: `STORE_FULL`, `ARTIFACT_UNKNOWN`, `ARTIFACT_DAMAGED`, `REQUEST_TOO_LARGE`, `DATA_DIR_UNUSABLE`.
 */
export class ArtifactStore {
  readonly #files: ArtifactFiles;
  readonly #random: Random;
  readonly #options: ArtifactStoreOptions;
  readonly #chunkBytes: number;
  readonly #quota: Quota;
  readonly #shelf: Shelf;
  readonly #owners: Owners;
  readonly #damage: Damage;
  /** What is being done with an artifact, one thing after the other. */
  readonly #locks = new KeyedMutex<ArtifactId>();

  constructor({ files, storage, clock, random, log, options }: ArtifactStoreParts) {
    this.#files = files;
    this.#random = random;
    this.#options = options;
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
    this.#quota = new Quota(options, clock, () => files.freeBytes());
    this.#shelf = new Shelf({ files, storage, log, quota: this.#quota, options });
    this.#owners = new Owners(this.#shelf, this.#locks, clock);
    this.#damage = new Damage(log);
  }

  /** Finds what is there and removes what nothing can be made of. */
  async open(): Promise<void> {
    await this.#quota.refresh();
    await this.#shelf.open();
  }

  usage(): StoreUsage {
    return {
      artifacts: this.#shelf.count,
      usedBytes: this.#quota.usedBytes,
      reservedBytes: this.#quota.reservedBytes,
      quotaBytes: this.#options.quotaBytes,
      damagedChunks: this.#damage.found,
      mendedChunks: this.#damage.mended,
    };
  }

  /** Room for work whose outputs come later. `STORE_FULL` when there is none, after what has expired was removed. */
  async reserve(bytes: number): Promise<Reservation> {
    return this.#reserve(bytes);
  }

  /** Whether a reservation would succeed, as far as is known without asking the disk. */
  hasRoom(bytes: number): boolean {
    return this.#quota.hasRoom(bytes);
  }

  /** Whether it is here in full. */
  has(id: ArtifactId): boolean {
    return this.#shelf.has(id);
  }

  /** Undefined unless it is here in full. */
  holding(id: ArtifactId): Holding | undefined {
    return this.#shelf.has(id) ? this.#shelf.holding(id) : undefined;
  }

  /** Those that are here in full. */
  *holdings(): Iterable<Holding> {
    for (const holding of this.#shelf.holdings()) if (this.#shelf.has(holding.id)) yield holding;
  }

  /** Keeps the content of a stream; on the disk when it resolves. What is there already is not kept twice. */
  async write(source: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<Manifest> {
    assertOwner(options.owner);
    const name = `incoming/${Buffer.from(this.#random.bytes(12)).toString('hex')}`;
    const rooms = new Rooms(options.reservation as Room | undefined, (bytes) => this.#reserveStep(bytes));
    const file = await this.#files.create(name);
    try {
      const manifest = await receive(source, file, this.#chunkBytes, rooms);
      await this.#locks.run(manifest.id, () => this.#shelf.put(manifest, name, options));
      return manifest;
    } catch (error) {
      await this.#files.remove(name);
      this.#quota.count(-rooms.usedBytes);
      throw error;
    } finally {
      rooms.release();
    }
  }

  /** Opens it for reading chunk by chunk. `ARTIFACT_UNKNOWN` when it is not here in full. */
  async read(id: ArtifactId): Promise<ArtifactReader> {
    const manifest = await this.manifest(id);
    const file = await this.#files.open(`content/${id}`);
    if (!file) throw await this.#lost(id);
    return new ArtifactReader(manifest, file, (index, cause) => this.#damage.chunk(id, index, cause));
  }

  /** Whether the disk still has the content of one that is held; it counts as held no more when it has not. */
  async isThere(id: ArtifactId): Promise<boolean> {
    const file = await this.#files.open(`content/${id}`);
    if (file) await file.close();
    else await this.#lost(id);
    return file !== undefined;
  }

  /** `ARTIFACT_UNKNOWN` when it is not here in full; `ARTIFACT_DAMAGED` when it cannot be read. */
  async manifest(id: ArtifactId): Promise<Manifest> {
    if (!this.#shelf.has(id)) throw unknown(id);
    const manifest = await this.#shelf.manifests.read(id);
    if (!manifest) throw this.#damage.manifest(id);
    return manifest;
  }

  /** Puts a chunk, in pieces, in the place of a damaged one. False when it is not the right one. */
  async mend(id: ArtifactId, index: number, pieces: readonly Uint8Array[]): Promise<boolean> {
    return this.#locks.run(id, async () => {
      const manifest = await this.manifest(id);
      if (!isChunk(manifest, index, pieces)) return false;
      const file = await this.#files.open(`content/${id}`);
      if (!file) throw unknown(id);
      try {
        await file.write(index * manifest.chunkBytes, pieces);
        await file.sync();
      } finally {
        await file.close();
      }
      this.#damage.mended += 1;
      return true;
    });
  }

  /** Puts a manifest in the place of a damaged one. */
  async mendManifest(manifest: Manifest): Promise<void> {
    await this.#locks.run(manifest.id, async () => {
      if (!this.#shelf.has(manifest.id)) return;
      await this.#shelf.manifests.write(manifest);
      this.#damage.mended += 1;
    });
  }

  /**
   * Begins to fetch an artifact, or goes on where an earlier fetch, maybe of an earlier process, has ended. One at a
   * time per artifact, and not for one that is here in full.
   */
  async begin(manifest: Manifest, { owner, expiresAt }: Ownership): Promise<PartialArtifact> {
    assertOwner(owner);
    const { id, size } = manifest;
    return this.#locks.run(id, async () => {
      const found = this.#shelf.partial(id);
      if (this.#shelf.has(id) || found?.active)
        throw new GismeshError('BUSY', `${id} is being fetched already`);
      if (!found) this.#shelf.assertCount();
      // What the file has is counted anew, chunk by chunk.
      this.#quota.count(-(found?.bytes ?? 0));
      const room = await this.#reserve(size).catch((error) => {
        this.#quota.count(found?.bytes ?? 0);
        throw error;
      });
      const { state, file } = await this.#shelf.begin(manifest, { owner, expiresAt }).catch((error) => {
        room.release();
        throw error;
      });
      const left = () => {
        room.release();
        state.active = false;
      };
      try {
        return await PartialArtifact.open(manifest, file, found !== undefined, {
          written: (bytes) => {
            state.bytes += bytes;
            room.use(bytes);
          },
          commit: async () => {
            room.release();
            await this.#locks.run(id, () => this.#shelf.put(manifest, `partial/${id}`, { owner, expiresAt }));
          },
          left: async (discard) => {
            left();
            if (discard) await this.#locks.run(id, () => this.#shelf.forget(id));
          },
        });
      } catch (error) {
        left();
        throw error;
      }
    });
  }

  /** An owner needs it until then. False when it is not here. On the disk when it resolves. */
  retain(id: ArtifactId, ownership: Ownership): Promise<boolean> {
    return this.#owners.retain(id, ownership);
  }

  /** Notes how many others should hold it, and who does. False when it is not here. */
  place(id: ArtifactId, copies: number, holders: readonly PeerId[]): Promise<boolean> {
    return this.#owners.place(id, copies, holders);
  }

  /** The owner has no use for it any more; it is removed when nobody else has. */
  release(id: ArtifactId, owner: string): Promise<void> {
    return this.#owners.release(id, owner);
  }

  /** Releases all that an owner has; the ids of what was removed by that. */
  releaseOwner(owner: string): Promise<ArtifactId[]> {
    return this.#owners.releaseAll(owner);
  }

  /** Removes what all owners have let expire; their ids. */
  async sweep(): Promise<ArtifactId[]> {
    await this.#quota.refresh();
    return this.#owners.removeExpired();
  }

  // --- inside ---

  async #reserve(bytes: number): Promise<Room> {
    try {
      return await this.#quota.reserve(bytes);
    } catch (error) {
      if ((await this.sweep()).length === 0) throw error;
      return this.#quota.reserve(bytes);
    }
  }

  /** A step at a time; towards the end of the quota no more than is needed. */
  async #reserveStep(bytes: number): Promise<Room> {
    const step = Math.max(bytes, this.#options.stepBytes);
    return await this.#reserve(this.#quota.hasRoom(step) ? step : bytes);
  }

  /** Somebody has removed the content: other holders find out when they ask, and have a copy made. */
  async #lost(id: ArtifactId): Promise<GismeshError> {
    await this.#locks.run(id, async () => {
      if (!this.#shelf.has(id)) return;
      this.#damage.gone(id);
      await this.#shelf.forget(id);
    });
    return unknown(id);
  }
}

function unknown(id: ArtifactId): GismeshError {
  return new GismeshError('ARTIFACT_UNKNOWN', `The artifact ${id} is not held here`);
}
