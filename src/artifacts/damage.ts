import { GismeshError } from '../core/errors.ts';
import type { Log } from '../platform/log.ts';
import type { ArtifactId } from './manifest.ts';

/** What the disk gave otherwise than it was written, since the start: told and counted. */
export class Damage {
  readonly #log: Log;
  #found = 0;
  /** Chunks and manifests that were put right. */
  mended = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Chunks and manifests that were damaged, and contents that were gone. */
  get found(): number {
    return this.#found;
  }

  chunk(id: ArtifactId, index: number, cause?: unknown): GismeshError {
    this.#tell({ artifact: id, chunk: index, err: cause }, 'an artifact is damaged on this disk');
    return damaged(`Chunk ${index}`, id, cause);
  }

  manifest(id: ArtifactId): GismeshError {
    this.#tell({ artifact: id }, 'the manifest of an artifact is damaged on this disk');
    return damaged('The manifest', id);
  }

  gone(id: ArtifactId): void {
    this.#tell({ artifact: id }, 'the content of an artifact is gone from this disk');
  }

  #tell(context: object, message: string): void {
    this.#found += 1;
    this.#log.error(context, message);
  }
}

function damaged(what: string, id: ArtifactId, cause?: unknown): GismeshError {
  return new GismeshError('ARTIFACT_DAMAGED', `${what} of artifact ${id} is damaged on this disk`, { cause });
}
