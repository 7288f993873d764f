import { errorCode, GismeshError } from '../core/errors.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import { type ArtifactId, chunkSize, type Manifest } from './manifest.ts';
import { streamRange } from './range-stream.ts';
import type { Reach } from './reach.ts';
import type { Sources } from './sources.ts';
import type { ArtifactStore } from './store.ts';

interface MenderParts {
  readonly log: Log;
  readonly store: ArtifactStore;
  readonly reach: Reach;
  readonly sources: Sources;
  /** Aborts when this peer stops. */
  readonly signal: AbortSignal;
}

/** What the disk gives otherwise than it was written is fetched anew from others, and put in its place. */
export class Mender {
  readonly #parts: MenderParts;
  /** Chunks being mended. */
  readonly #mending = new Map<string, Promise<Uint8Array[]>>();

  constructor(parts: MenderParts) {
    this.#parts = parts;
  }

  /** The manifest of what is held here, mended where it was damaged. Rejects as the store does, or `ARTIFACT_UNKNOWN`. */
  async manifest(id: ArtifactId): Promise<Manifest> {
    const { store, sources, signal } = this.#parts;
    try {
      return await store.manifest(id);
    } catch (error) {
      if (errorCode(error) !== 'ARTIFACT_DAMAGED') throw error;
      const { manifest } = await sources.locate(id, this.#holders(id), signal);
      await store.mendManifest(manifest);
      return manifest;
    }
  }

  /**
   * Mends a damaged chunk; its content, in pieces. Several who ask at a time share it, so that it does not end with
   * the first of them. Rejects `ARTIFACT_DAMAGED` when nobody has it whole, `CANCELLED` when this peer stops.
   */
  chunk(id: ArtifactId, index: number): Promise<Uint8Array[]> {
    const key = `${id} ${index}`;
    const known = this.#mending.get(key);
    if (known) return known;
    const mending = this.#mend(id, index).finally(() => this.#mending.delete(key));
    this.#mending.set(key, mending);
    return mending;
  }

  async #mend(id: ArtifactId, index: number): Promise<Uint8Array[]> {
    const { log, store, reach, sources, signal } = this.#parts;
    const manifest = await this.manifest(id);
    const holders = await reach.holders(id, this.#holders(id));
    if (holders.length === 0) {
      throw new GismeshError(
        'ARTIFACT_DAMAGED',
        `Chunk ${index} of ${id} is damaged here, and nobody else has it`,
      );
    }
    const from = index * manifest.chunkBytes;
    const to = from + chunkSize(manifest, index);
    const pieces: Uint8Array[] = [];
    for await (const piece of streamRange(sources, manifest, { from, to }, holders, signal)) {
      pieces.push(piece);
    }
    await store.mend(id, index, pieces);
    log.info({ artifact: id, chunk: index }, 'a damaged chunk was fetched anew');
    return pieces;
  }

  #holders(id: ArtifactId): readonly PeerId[] {
    return this.#parts.store.holding(id)?.holders ?? [];
  }
}
