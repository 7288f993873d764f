import { GismeshError } from '../core/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Storage } from '../platform/storage.ts';
import type { ArtifactFile, ArtifactFiles } from './artifact-files.ts';
import { type Holding, Holdings, type Ownership, owned } from './holdings.ts';
import type { ArtifactId, Manifest } from './manifest.ts';
import { Manifests } from './manifests.ts';
import type { Quota } from './quota.ts';

export interface ShelfOptions {
  /** Artifacts held at once. */
  readonly maxArtifacts: number;
  /** Manifests kept in memory. */
  readonly manifestCacheBytes: number;
}

/** One that is partly there. */
interface PartialState {
  /** On the disk. */
  bytes: number;
  /** Somebody fetches it now. */
  active: boolean;
}

/**
 * The files of a store with their manifests and owners, and which of them make a whole artifact. Who changes an
 * artifact sees to it that nobody else does at the same time.
 */
export class Shelf {
  readonly manifests: Manifests;
  readonly #files: ArtifactFiles;
  readonly #log: Log;
  readonly #quota: Quota;
  readonly #maxArtifacts: number;
  readonly #holdings: Holdings;
  readonly #whole = new Set<ArtifactId>();
  readonly #partials = new Map<ArtifactId, PartialState>();

  constructor(parts: {
    readonly files: ArtifactFiles;
    readonly storage: Storage;
    readonly log: Log;
    readonly quota: Quota;
    readonly options: ShelfOptions;
  }) {
    const { files, storage, log, quota, options } = parts;
    this.#files = files;
    this.#log = log;
    this.#quota = quota;
    this.#maxArtifacts = options.maxArtifacts;
    this.#holdings = new Holdings(storage, log);
    this.manifests = new Manifests(storage, options.manifestCacheBytes);
  }

  /** Finds what is there and removes what nothing can be made of. */
  async open(): Promise<void> {
    await this.#holdings.load();
    const manifests = new Set<string>();
    for await (const id of this.manifests.ids()) {
      if (this.#holdings.get(id)) manifests.add(id);
      else await this.manifests.remove(id);
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
        await this.manifests.remove(id);
      }
    }
  }

  /** Artifacts that are here in full. */
  get count(): number {
    return this.#whole.size;
  }

  /** Whether it is here in full. */
  has(id: ArtifactId): boolean {
    return this.#whole.has(id);
  }

  partial(id: ArtifactId): Readonly<PartialState> | undefined {
    return this.#partials.get(id);
  }

  /** Why it is here, in full or in part. */
  holding(id: ArtifactId): Holding | undefined {
    return this.#holdings.get(id);
  }

  holdings(): Iterable<Holding> {
    return this.#holdings.values();
  }

  /** On the disk when it resolves. */
  async hold(holding: Holding): Promise<void> {
    await this.#holdings.set(holding);
  }

  /** `STORE_FULL` when there may be no more of them. */
  assertCount(): void {
    if (this.#holdings.size < this.#maxArtifacts) return;
    throw new GismeshError('STORE_FULL', `The artifact store holds ${this.#maxArtifacts} artifacts already`);
  }

  /** A place for one that is fetched; of what an earlier fetch has left the file is kept, and counted by the caller. */
  async begin(
    manifest: Manifest,
    ownership: Ownership,
  ): Promise<{ state: PartialState; file: ArtifactFile }> {
    const { id } = manifest;
    const state = { bytes: 0, active: true };
    this.#partials.set(id, state);
    try {
      await this.manifests.write(manifest);
      await this.#own(manifest, ownership);
      const name = `partial/${id}`;
      return { state, file: (await this.#files.open(name)) ?? (await this.#files.create(name)) };
    } catch (error) {
      state.active = false;
      throw error;
    }
  }

  /** Gives a finished file its place. Its bytes are counted as used. */
  async put(manifest: Manifest, name: string, ownership: Ownership): Promise<void> {
    const { id, size } = manifest;
    const isNew = !this.#whole.has(id);
    if (isNew && !this.#holdings.get(id)) this.assertCount();
    if (isNew) {
      await this.manifests.write(manifest);
      await this.#files.move(name, `content/${id}`);
    }
    try {
      await this.#own(manifest, ownership);
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
  }

  /** The record first: after a crash in between, `open` removes the rest. */
  async forget(id: ArtifactId): Promise<void> {
    const holding = this.#holdings.get(id);
    const isWhole = this.#whole.delete(id);
    await this.#holdings.delete(id);
    if (isWhole) {
      await this.#files.remove(`content/${id}`);
      this.#quota.count(-(holding?.size ?? 0));
    }
    await this.#removePartial(id);
    await this.manifests.remove(id);
  }

  async #own({ id, size }: Manifest, { owner, expiresAt }: Ownership): Promise<void> {
    const held = this.#holdings.get(id) ?? { id, size, owners: new Map(), copies: 0, holders: [] };
    await this.#holdings.set(owned(held, owner, expiresAt));
  }

  async #removePartial(id: ArtifactId): Promise<void> {
    const partial = this.#partials.get(id);
    if (!partial) return;
    this.#partials.delete(id);
    await this.#files.remove(`partial/${id}`);
    this.#quota.count(-partial.bytes);
  }
}
