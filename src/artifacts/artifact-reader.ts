import type { GismeshError } from '../core/errors.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { isChunk } from './chunk-hash.ts';
import { chunkSize, type Manifest } from './manifest.ts';

/** A held artifact, open for reading. */
export class ArtifactReader {
  readonly manifest: Manifest;
  readonly #file: ArtifactFile;
  readonly #onDamage: (index: number, cause?: unknown) => GismeshError;

  constructor(
    manifest: Manifest,
    file: ArtifactFile,
    onDamage: (index: number, cause?: unknown) => GismeshError,
  ) {
    this.manifest = manifest;
    this.#file = file;
    this.#onDamage = onDamage;
  }

  /** A chunk as it was written, into `room` where it is given; `ARTIFACT_DAMAGED` when the disk gives something else. */
  async chunk(index: number, room?: Uint8Array): Promise<Uint8Array> {
    const { manifest } = this;
    let bytes: Uint8Array;
    try {
      bytes = await this.#file.read(index * manifest.chunkBytes, chunkSize(manifest, index), room);
    } catch (cause) {
      throw this.#onDamage(index, cause);
    }
    if (!isChunk(manifest, index, [bytes])) throw this.#onDamage(index);
    return bytes;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
