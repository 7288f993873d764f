import { GismeshError } from '../core/errors.ts';
import type { ArtifactFile } from './artifact-files.ts';
import { isChunk } from './chunk-hash.ts';
import { chunkCount, chunkSize, type Manifest } from './manifest.ts';

/** What a partial artifact needs of its store. */
export interface PartialHome {
  /** So many more bytes are on the disk. */
  written(bytes: number): void;
  /** Makes it a whole one. */
  commit(): Promise<void>;
  /** It is left as it is; `discard`: it is not needed any more. */
  left(discard: boolean): Promise<void>;
}

/** An artifact that is being fetched: a file of the full size whose chunks come in any order. */
export class PartialArtifact {
  readonly manifest: Manifest;
  readonly #file: ArtifactFile;
  readonly #home: PartialHome;
  readonly #missing: Set<number>;
  #haveBytes: number;
  #closed = false;

  private constructor(manifest: Manifest, file: ArtifactFile, home: PartialHome) {
    this.manifest = manifest;
    this.#file = file;
    this.#home = home;
    this.#missing = new Set(Array.from({ length: chunkCount(manifest) }, (_, index) => index));
    this.#haveBytes = 0;
  }

  /**
   * Looks which chunks the file has: an earlier process may have ended at any moment, so nothing counts but
   * the chunks' hashes. `mayHave`: an earlier fetch may have left some.
   */
  static async open(
    manifest: Manifest,
    file: ArtifactFile,
    mayHave: boolean,
    home: PartialHome,
  ): Promise<PartialArtifact> {
    const partial = new PartialArtifact(manifest, file, home);
    for (const index of mayHave ? [...partial.#missing] : []) {
      const bytes = await file.read(index * manifest.chunkBytes, chunkSize(manifest, index));
      if (isChunk(manifest, index, [bytes])) partial.#has(index);
    }
    return partial;
  }

  /** Chunks that are not there yet, in order. */
  missing(): number[] {
    return [...this.#missing];
  }

  get haveBytes(): number {
    return this.#haveBytes;
  }

  /** Takes a chunk in pieces as they came. False, and nothing is written, when it is not the right one. */
  async put(index: number, pieces: readonly Uint8Array[]): Promise<boolean> {
    if (!isChunk(this.manifest, index, pieces)) return false;
    if (this.#closed) throw new GismeshError('CANCELLED', 'The artifact is no longer fetched');
    await this.#file.write(index * this.manifest.chunkBytes, pieces);
    if (this.#missing.has(index)) this.#has(index);
    return true;
  }

  /** All chunks are there: the artifact counts as held when this resolves. */
  async commit(): Promise<void> {
    try {
      await this.#file.sync();
      await this.#close();
      await this.#home.commit();
    } catch (error) {
      if (!this.#closed) await this.#close();
      await this.#home.left(false);
      throw error;
    }
  }

  /** What was fetched stays for another time. */
  async leave(): Promise<void> {
    if (this.#closed) return;
    await this.#close();
    await this.#home.left(false);
  }

  async discard(): Promise<void> {
    if (this.#closed) return;
    await this.#close();
    await this.#home.left(true);
  }

  #has(index: number): void {
    this.#missing.delete(index);
    const bytes = chunkSize(this.manifest, index);
    this.#haveBytes += bytes;
    this.#home.written(bytes);
  }

  async #close(): Promise<void> {
    this.#closed = true;
    await this.#file.close();
  }
}
