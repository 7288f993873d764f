import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Storage } from '../platform/storage.ts';
import type { ArtifactFiles } from './artifact-files.ts';
import { ArtifactReader } from './artifact-reader.ts';
import { isChunk } from './chunk-hash.ts';
import { disowned, expiryOf, type Holding, Holdings, type Ownership, owned } from './holdings.ts';
import { type ArtifactId, CHUNK_BYTES, type Manifest } from './manifest.ts';
import { Manifests } from './manifests.ts';
import { PartialArtifact } from './partial.ts';
import { Quota, type QuotaOptions, type Reservation, type Room, Rooms } from './quota.ts';
import { receive } from './receive.ts';
import { Turns } from './turns.ts';

export interface ArtifactStoreOptions extends QuotaOptions {
  /** Artifacts held at once. */
  readonly maxArtifacts: number;
  /** Room taken at a time by content whose length is not known. */
  readonly stepBytes: number;
  /** Manifests kept in memory. */
  readonly manifestCacheBytes: number;
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

const LONGEST_OWNER = 128;

/**
 * The artifacts on one disk, by content. An artifact counts as held from the moment its owners are written, last of
 * all; whatever an earlier process left half done is removed by `open`, or kept for going on where it was a fetch.
 * Nothing is deleted before all its owners have let it go or expired.
 *
 * Errors: `STORE_FULL`, `ARTIFACT_UNKNOWN`, `ARTIFACT_DAMAGED`, `REQUEST_TOO_LARGE`, `DATA_DIR_UNUSABLE`.
 */
export class ArtifactStore {
  readonly #files: ArtifactFiles;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #options: ArtifactStoreOptions;
  readonly #chunkBytes: number;
  readonly #quota: Quota;
  readonly #holdings: Holdings;
  readonly #whole = new Set<ArtifactId>();
  /** Bytes on the disk of those that are partly there, whether or not somebody fetches them now. */
  readonly #partials = new Map<ArtifactId, { bytes: number; active: boolean }>();
  readonly #manifests: Manifests;
  /** What is being done with an artifact, one thing after the other. */
  readonly #turns = new Turns<ArtifactId>();
  #damagedChunks = 0;
  #mendedChunks = 0;

  constructor({ files, storage, clock, random, log, options }: ArtifactStoreParts) {
    this.#files = files;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#options = options;
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
    this.#quota = new Quota(options, () => files.freeBytes());
    this.#holdings = new Holdings(storage, log);
    this.#manifests = new Manifests(storage, options.manifestCacheBytes);
  }

  /** Finds what is there and removes what nothing can be made of. */
  async open(): Promise<void> {
    await this.#quota.refresh();
    await this.#holdings.load();
    const manifests = new Set<string>();
    for await (const id of this.#manifests.ids()) {
      if (this.#holdings.get(id)) manifests.add(id);
      else await this.#manifests.remove(id);
    }
    for (const { name, size } of await this.#files.list()) {
      const [folder, id] = name.split('/') as [string, string];
      const holding = this.#holdings.get(id);
      const hasManifest = manifests.has(id);
      if (folder === 'content' && holding?.size === size && hasManifest) this.#whole.add(id);
      else if (folder === 'partial' && holding && hasManifest)
        this.#partials.set(id, { bytes: size, active: false });
      else {
        await this.#files.remove(name);
        continue;
      }
      this.#quota.count(size);
    }
    for (const { id } of [...this.#holdings.values()]) {
      if (this.#whole.has(id)) {
        if (this.#partials.has(id)) await this.#removePartial(id);
      } else if (!this.#partials.has(id)) {
        this.#log.warn({ artifact: id }, 'the content of an artifact is not on the disk');
        await this.#holdings.delete(id);
        await this.#manifests.remove(id);
      }
    }
  }

  usage(): StoreUsage {
    return {
      artifacts: this.#whole.size,
      usedBytes: this.#quota.usedBytes,
      reservedBytes: this.#quota.reservedBytes,
      quotaBytes: this.#options.quotaBytes,
      damagedChunks: this.#damagedChunks,
      mendedChunks: this.#mendedChunks,
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
    return this.#whole.has(id);
  }

  /** Undefined unless it is here in full. */
  holding(id: ArtifactId): Holding | undefined {
    return this.#whole.has(id) ? this.#holdings.get(id) : undefined;
  }

  /** Those that are here in full. */
  *holdings(): Iterable<Holding> {
    for (const holding of this.#holdings.values()) if (this.#whole.has(holding.id)) yield holding;
  }

  /** Keeps the content of a stream; on the disk when it resolves. What is there already is not kept twice. */
  async write(source: AsyncIterable<Uint8Array>, options: WriteOptions): Promise<Manifest> {
    assertOwner(options.owner);
    const name = `incoming/${Buffer.from(this.#random.bytes(12)).toString('hex')}`;
    const rooms = new Rooms(options.reservation as Room | undefined, (bytes) => this.#reserveStep(bytes));
    const file = await this.#files.create(name);
    try {
      const manifest = await receive(source, file, this.#chunkBytes, rooms);
      await this.#commit(manifest, name, options);
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
    return new ArtifactReader(manifest, file, (index, cause) => this.#damaged(id, index, cause));
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
    if (!this.#whole.has(id)) throw unknown(id);
    const manifest = await this.#manifests.read(id);
    if (!manifest) throw this.#damaged(id, undefined);
    return manifest;
  }

  /** Puts a chunk, in pieces, in the place of a damaged one. False when it is not the right one. */
  async mend(id: ArtifactId, index: number, pieces: readonly Uint8Array[]): Promise<boolean> {
    return this.#turns.take(id, async () => {
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
      this.#mendedChunks += 1;
      return true;
    });
  }

  /** Puts a manifest in the place of a damaged one. */
  async mendManifest(manifest: Manifest): Promise<void> {
    await this.#turns.take(manifest.id, async () => {
      if (!this.#whole.has(manifest.id)) return;
      await this.#manifests.write(manifest);
      this.#mendedChunks += 1;
    });
  }

  /**
   * Begins to fetch an artifact, or goes on where an earlier fetch, maybe of an earlier process, has ended. One at a
   * time per artifact, and not for one that is here in full.
   */
  async begin(manifest: Manifest, { owner, expiresAt }: Ownership): Promise<PartialArtifact> {
    assertOwner(owner);
    const { id, size } = manifest;
    return this.#turns.take(id, async () => {
      const found = this.#partials.get(id);
      if (this.#whole.has(id) || found?.active)
        throw new GismeshError('BUSY', `${id} is being fetched already`);
      if (!found) this.#assertCount();
      // What the file has is counted anew, chunk by chunk.
      this.#quota.count(-(found?.bytes ?? 0));
      const room = await this.#reserve(size).catch((error) => {
        this.#quota.count(found?.bytes ?? 0);
        throw error;
      });
      try {
        const state = { bytes: 0, active: true };
        this.#partials.set(id, state);
        await this.#manifests.write(manifest);
        const held = this.#holdings.get(id) ?? { id, size, owners: new Map(), copies: 0, holders: [] };
        await this.#holdings.set(owned(held, owner, expiresAt));
        const file = (await this.#files.open(`partial/${id}`)) ?? (await this.#files.create(`partial/${id}`));
        return await PartialArtifact.open(manifest, file, found !== undefined, {
          written: (bytes) => {
            state.bytes += bytes;
            room.use(bytes);
          },
          commit: async () => {
            room.release();
            await this.#commit(manifest, `partial/${id}`, { owner, expiresAt });
          },
          left: async (discard) => {
            room.release();
            state.active = false;
            if (discard) await this.#turns.take(id, () => this.#forget(id));
          },
        });
      } catch (error) {
        room.release();
        const state = this.#partials.get(id);
        if (state) state.active = false;
        throw error;
      }
    });
  }

  /** False when it is not here. On the disk when it resolves. */
  async retain(id: ArtifactId, { owner, expiresAt }: Ownership): Promise<boolean> {
    assertOwner(owner);
    return this.#change(id, (holding) => {
      const known = holding.owners.get(owner) ?? 0;
      return known >= expiresAt ? holding : owned(holding, owner, expiresAt);
    });
  }

  /** Notes how many others should hold it, and who does. False when it is not here. */
  async place(id: ArtifactId, copies: number, holders: readonly PeerId[]): Promise<boolean> {
    return this.#change(id, (holding) => {
      const isSame = copies === holding.copies && holders.join() === holding.holders.join();
      return isSame ? holding : { ...holding, copies, holders: [...holders] };
    });
  }

  /** The owner has no use for it any more; it is removed when nobody else has. */
  async release(id: ArtifactId, owner: string): Promise<void> {
    await this.#turns.take(id, async () => {
      const holding = this.#holdings.get(id);
      if (!holding?.owners.has(owner)) return;
      const rest = disowned(holding, owner);
      if (rest.owners.size > 0) await this.#holdings.set(rest);
      else if (!this.#partials.get(id)?.active) await this.#forget(id);
    });
  }

  /** Releases all that an owner has; the ids of what was removed by that. */
  async releaseOwner(owner: string): Promise<ArtifactId[]> {
    const ids = [...this.#holdings.values()].filter(({ owners }) => owners.has(owner)).map(({ id }) => id);
    for (const id of ids) await this.release(id, owner);
    return ids.filter((id) => !this.#whole.has(id));
  }

  /** Removes what all owners have let expire; their ids. */
  async sweep(): Promise<ArtifactId[]> {
    await this.#quota.refresh();
    const now = this.#clock.wallTime();
    const expired = [...this.#holdings.values()].filter((holding) => expiryOf(holding) <= now);
    const removed: ArtifactId[] = [];
    for (const { id } of expired) {
      await this.#turns.take(id, async () => {
        const holding = this.#holdings.get(id);
        if (!holding || expiryOf(holding) > now || this.#partials.get(id)?.active) return;
        await this.#forget(id);
        removed.push(id);
      });
    }
    return removed;
  }

  // --- inside ---

  /** Gives a finished file its place. Its bytes are counted as used. */
  async #commit(manifest: Manifest, name: string, { owner, expiresAt }: Ownership): Promise<void> {
    const { id, size } = manifest;
    await this.#turns.take(id, async () => {
      const isNew = !this.#whole.has(id);
      if (isNew && !this.#holdings.get(id)) this.#assertCount();
      if (isNew) {
        await this.#manifests.write(manifest);
        await this.#files.move(name, `content/${id}`);
      }
      try {
        const held = this.#holdings.get(id) ?? { id, size, owners: new Map(), copies: 0, holders: [] };
        await this.#holdings.set(owned(held, owner, expiresAt));
      } catch (error) {
        if (isNew) await this.#files.remove(`content/${id}`);
        throw error;
      }
      this.#whole.add(id);
      if (name === `partial/${id}`) this.#partials.delete(id);
      if (!isNew) {
        await this.#files.remove(name);
        this.#quota.count(-size);
      }
      if (this.#partials.get(id)?.active === false) await this.#removePartial(id);
    });
  }

  async #change(id: ArtifactId, change: (holding: Holding) => Holding): Promise<boolean> {
    return this.#turns.take(id, async () => {
      const holding = this.holding(id);
      if (!holding) return false;
      const changed = change(holding);
      if (changed !== holding) await this.#holdings.set(changed);
      return true;
    });
  }

  /** The record first: after a crash in between, `open` removes the rest. */
  async #forget(id: ArtifactId): Promise<void> {
    const holding = this.#holdings.get(id);
    const isWhole = this.#whole.delete(id);
    await this.#holdings.delete(id);
    if (isWhole) {
      await this.#files.remove(`content/${id}`);
      this.#quota.count(-(holding?.size ?? 0));
    }
    await this.#removePartial(id);
    await this.#manifests.remove(id);
  }

  async #removePartial(id: ArtifactId): Promise<void> {
    const partial = this.#partials.get(id);
    if (!partial) return;
    this.#partials.delete(id);
    await this.#files.remove(`partial/${id}`);
    this.#quota.count(-partial.bytes);
  }

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

  #assertCount(): void {
    const { maxArtifacts } = this.#options;
    if (this.#holdings.size < maxArtifacts) return;
    throw new GismeshError('STORE_FULL', `The artifact store holds ${maxArtifacts} artifacts already`);
  }

  #damaged(id: ArtifactId, index: number | undefined, cause?: unknown): GismeshError {
    this.#damagedChunks += 1;
    const what = index === undefined ? 'The manifest' : `Chunk ${index}`;
    this.#log.error({ artifact: id, chunk: index, err: cause }, 'an artifact is damaged on this disk');
    return new GismeshError('ARTIFACT_DAMAGED', `${what} of artifact ${id} is damaged on this disk`, {
      cause,
    });
  }

  /** Somebody has removed the content: other holders find out when they ask, and have a copy made. */
  async #lost(id: ArtifactId): Promise<GismeshError> {
    await this.#turns.take(id, async () => {
      if (!this.#whole.has(id)) return;
      this.#log.error({ artifact: id }, 'the content of an artifact is gone from this disk');
      this.#damagedChunks += 1;
      await this.#forget(id);
    });
    return unknown(id);
  }
}

function assertOwner(owner: string): void {
  if (owner.length > 0 && owner.length <= LONGEST_OWNER && !/\p{Cc}/u.test(owner)) return;
  throw new GismeshError('INTERNAL', `"${owner.slice(0, LONGEST_OWNER)}" cannot own an artifact`);
}

function unknown(id: ArtifactId): GismeshError {
  return new GismeshError('ARTIFACT_UNKNOWN', `The artifact ${id} is not held here`);
}
