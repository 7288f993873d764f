import { GismeshError } from '../core/errors.ts';
import type { PeerId } from '../platform/network.ts';
import type { ArtifactStream } from './artifact-stream.ts';
import { type Batch, ChunkPlan } from './chunk-plan.ts';
import { CHUNKS_AHEAD, memoryInTurn } from './memory-in-turn.ts';
import type { PartialArtifact } from './partial.ts';
import { type Sources, throwIfAborted } from './sources.ts';

/** All chunks of one artifact that are missing here, from several peers at once. */
export class Pull {
  readonly #sources: Sources;
  readonly #partial: PartialArtifact;
  readonly #onProgress: (haveBytes: number) => void;
  readonly #plan: ChunkPlan<PeerId>;
  #working = 0;

  constructor(sources: Sources, partial: PartialArtifact, onProgress: (haveBytes: number) => void) {
    this.#sources = sources;
    this.#partial = partial;
    this.#onProgress = onProgress;
    this.#plan = new ChunkPlan<PeerId>(partial.missing(), sources.options.chunksPerRequest);
  }

  /** From `maxSources` of the holders at a time. Throws what the last of them failed with. */
  async all(holders: readonly PeerId[], maxSources: number, signal: AbortSignal): Promise<void> {
    const { manifest } = this.#partial;
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const waiting = [...holders];
    this.#working = Math.min(holders.length, maxSources);
    let failure: unknown;
    const work = async () => {
      for (let peer = waiting.shift(); peer !== undefined && !this.#plan.isDone; peer = waiting.shift()) {
        try {
          await this.#from(peer, either);
        } catch (error) {
          if (either.aborted) return;
          failure = error;
          this.#sources.failed(peer, manifest, error);
        }
      }
      // Whoever still fetches, fetches what is there already.
      if (this.#plan.isDone) over.abort();
    };
    await Promise.all(Array.from({ length: this.#working }, work));
    if (this.#partial.missing().length === 0) return;
    throwIfAborted(signal);
    throw failure ?? new GismeshError('ARTIFACT_DAMAGED', `No peer has all of ${manifest.id} undamaged`);
  }

  #from(peer: PeerId, signal: AbortSignal): Promise<void> {
    const { manifest, haveBytes } = this.#partial;
    const bytes = manifest.size - haveBytes;
    return this.#sources.use(peer, signal, bytes, (stream) => this.#over(stream, peer));
  }

  async #over(stream: ArtifactStream, peer: PeerId): Promise<void> {
    // Chunks are written while the next one is on its way.
    const room = memoryInTurn(CHUNKS_AHEAD + 1);
    const { manifest } = this.#partial;
    const plan = this.#plan;
    const batches: Batch[] = [];
    const writing: Promise<void>[] = [];
    try {
      for (let batch = plan.take(peer, this.#working); batch; batch = plan.take(peer, this.#working)) {
        batches.push(batch);
        for await (const { index, bytes } of stream.chunks(manifest, batch.first, batch.count, room)) {
          if (!bytes) plan.refuse(peer, index);
          if (!bytes || !plan.isWanted(index)) continue;
          if (writing.length === CHUNKS_AHEAD) await writing.shift();
          const put = this.#put(peer, index, bytes);
          // Marked as handled: it is awaited a little later.
          put.catch(() => {});
          writing.push(put);
        }
      }
      await Promise.all(writing);
    } finally {
      await Promise.allSettled(writing);
      for (const batch of batches) plan.giveBack(peer, batch);
    }
  }

  async #put(peer: PeerId, index: number, bytes: Uint8Array): Promise<void> {
    if (!(await this.#partial.put(index, [bytes]))) {
      this.#plan.refuse(peer, index);
      throw this.#sources.badChunk(peer, this.#partial.manifest, index);
    }
    this.#sources.received(bytes.length);
    this.#plan.done(index);
    this.#onProgress(this.#partial.haveBytes);
  }
}
