import { GismeshError } from '../core/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import { type Random, randomInteger } from '../platform/random.ts';
import type { ArtifactStream } from './artifact-stream.ts';
import type { ArtifactId, Manifest } from './manifest.ts';
import type { Reach } from './reach.ts';

export interface SourcesOptions {
  /** Chunks of one request. */
  readonly chunksPerRequest: number;
  /** Times that holders are looked for anew without having come any further. */
  readonly maxRounds: number;
  /** Before the second time; doubled each time. */
  readonly retryMs: number;
}

export interface SourcesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly reach: Reach;
  readonly options: SourcesOptions;
}

/** The peers that artifacts are fetched from: who has one, a stream to each, and what came of it. */
export class Sources {
  readonly options: SourcesOptions;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #reach: Reach;
  #receivedBytes = 0;
  #badChunks = 0;

  constructor({ clock, random, log, reach, options }: SourcesParts) {
    this.options = options;
    this.#clock = clock;
    this.#random = random;
    this.#log = log;
    this.#reach = reach;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Chunks that came with other content than they should have. */
  get badChunks(): number {
    return this.#badChunks;
  }

  /** Who holds an artifact, in no order. */
  async holders(id: ArtifactId, hints: readonly PeerId[]): Promise<PeerId[]> {
    return this.#shuffled(await this.#reach.holders(id, hints));
  }

  /** Manifest of an artifact that is held elsewhere, and who holds it, in no order. */
  async locate(
    id: ArtifactId,
    hints: readonly PeerId[],
    signal: AbortSignal,
  ): Promise<{ manifest: Manifest; holders: PeerId[] }> {
    const holders = await this.holders(id, hints);
    let failure: unknown = new GismeshError('ARTIFACT_UNKNOWN', `No peer that can be reached holds ${id}`);
    for (const peer of holders) {
      try {
        return { manifest: await this.use(peer, signal, 0, (stream) => stream.manifest(id)), holders };
      } catch (error) {
        failure = error;
      }
      throwIfAborted(signal);
    }
    throw failure;
  }

  /** `bytes`: about what will be asked for. */
  open(peer: PeerId, signal: AbortSignal, bytes: number): Promise<ArtifactStream> {
    return this.#reach.open(peer, signal, bytes);
  }

  /** A stream for as long as `body` needs it. */
  async use<T>(
    peer: PeerId,
    signal: AbortSignal,
    bytes: number,
    body: (stream: ArtifactStream) => Promise<T>,
  ): Promise<T> {
    const stream = await this.open(peer, signal, bytes);
    try {
      const result = await body(stream);
      await stream.close();
      return result;
    } catch (error) {
      stream.abort(error);
      throw error;
    }
  }

  received(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  badChunk(peer: PeerId, { id }: Manifest, index: number): GismeshError {
    this.#badChunks += 1;
    this.#log.warn({ peer, artifact: id, chunk: index }, 'a peer gave a chunk with the wrong content');
    return new GismeshError('MESSAGE_MALFORMED', `${peer} gave wrong content for chunk ${index} of ${id}`);
  }

  /** A peer is left for another. */
  failed(peer: PeerId, { id }: Manifest, error: unknown): void {
    this.#log.debug({ peer, artifact: id, err: error }, 'a peer stopped giving an artifact');
  }

  pause(round: number, signal: AbortSignal): Promise<void> {
    return sleep(this.#clock, this.options.retryMs * 2 ** (round - 1) * (0.5 + this.#random.next()), signal);
  }

  /** So that those who fetch the same do not all begin at the same peer. */
  #shuffled(peers: PeerId[]): PeerId[] {
    for (let i = peers.length - 1; i > 0; i -= 1) {
      const j = randomInteger(this.#random, i + 1);
      [peers[i], peers[j]] = [peers[j] as PeerId, peers[i] as PeerId];
    }
    return peers;
  }
}

export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new GismeshError('CANCELLED', 'The artifact is no longer needed');
}
