import { LRUCache } from 'lru-cache';
import type { Storage } from '../platform/storage.ts';
import { type ArtifactId, decodeManifest, encodeManifest, type Manifest } from './manifest.ts';

const FOLDER = 'manifests/';
/** Of one in memory, besides its hashes. */
const ENTRY_BYTES = 100;

/** The manifests of this peer: each in a small file, those used last in memory. */
export class Manifests {
  readonly #storage: Storage;
  readonly #recent: LRUCache<ArtifactId, Manifest>;

  constructor(storage: Storage, cacheBytes: number) {
    this.#storage = storage;
    this.#recent = new LRUCache({
      maxSize: cacheBytes,
      sizeCalculation: ({ hashes }) => hashes.length + ENTRY_BYTES,
    });
  }

  /** Those on the disk, by the names of their files: nothing is read. */
  async *ids(): AsyncGenerator<ArtifactId> {
    for await (const { name } of this.#storage.list()) {
      if (name.startsWith(FOLDER)) yield name.slice(FOLDER.length);
    }
  }

  /** On the disk when it resolves. */
  async write(manifest: Manifest): Promise<void> {
    await this.#storage.write(FOLDER + manifest.id, encodeManifest(manifest), { durable: true });
    this.#recent.set(manifest.id, manifest);
  }

  /** Undefined for one that is not there, or damaged. */
  async read(id: ArtifactId): Promise<Manifest | undefined> {
    const known = this.#recent.get(id);
    if (known) return known;
    try {
      const content = await this.#storage.read(FOLDER + id);
      const manifest = content && decodeManifest(id, content);
      if (manifest) this.#recent.set(id, manifest);
      return manifest;
    } catch {
      return undefined;
    }
  }

  async remove(id: ArtifactId): Promise<void> {
    await this.#storage.remove(FOLDER + id);
    this.#recent.delete(id);
  }
}
