import { errorCode, GismeshError } from '../core/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { PeerId } from '../platform/network.ts';
import { type Random, randomInteger } from '../platform/random.ts';
import type { ArtifactStream } from './artifact-stream.ts';
import { isChunk } from './chunk-hash.ts';
import { type Batch, ChunkPlan } from './chunk-plan.ts';
import { type ArtifactId, type ByteRange, chunkRanges, type Manifest } from './manifest.ts';
import { memoryInTurn } from './memory-in-turn.ts';
import type { PartialArtifact } from './partial.ts';
import type { Reach } from './reach.ts';
import type { ArtifactStore, Ownership } from './store.ts';
import { Turnstile } from './turnstile.ts';

export interface FetcherOptions {
  /** Peers that one artifact is fetched from at once. */
  readonly maxSources: number;
  readonly maxFetches: number;
  readonly maxWaitingFetches: number;
  readonly chunksPerRequest: number;
  /** Times that holders are looked for anew without having come any further. */
  readonly maxRounds: number;
  /** Before the second time; doubled each time. */
  readonly retryMs: number;
}

export interface FetcherParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: ArtifactStore;
  readonly reach: Reach;
  readonly options: FetcherOptions;
}

export interface FetchOptions extends Ownership {
  /** Peers that are said to hold it. */
  readonly holders: readonly PeerId[];
  readonly signal: AbortSignal;
  readonly onProgress?: (haveBytes: number) => void;
}

/** A fetch that several wait for. */
interface Flight {
  readonly whole: Promise<void>;
  readonly stop: AbortController;
  readonly listeners: Set<(haveBytes: number) => void>;
  waiting: number;
}

/** Brings artifacts from other peers to this one, in full or as a stream of a part. */
export class Fetcher {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #store: ArtifactStore;
  readonly #reach: Reach;
  readonly #options: FetcherOptions;
  readonly #turnstile: Turnstile;
  readonly #flights = new Map<ArtifactId, Flight>();
  #receivedBytes = 0;
  #badChunks = 0;

  constructor(parts: FetcherParts) {
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#reach = parts.reach;
    this.#options = parts.options;
    this.#turnstile = new Turnstile(parts.options.maxFetches, parts.options.maxWaitingFetches);
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Chunks that came with other content than they should have. */
  get badChunks(): number {
    return this.#badChunks;
  }

  /**
   * Resolves when the artifact is on this disk in full. What was fetched stays when it fails, for the next time.
   * Errors: `ARTIFACT_UNKNOWN` when nobody has it, `STORE_FULL`, `BUSY`, `CANCELLED`, those of the last source.
   */
  async fetch(id: ArtifactId, options: FetchOptions): Promise<void> {
    const { owner, expiresAt, signal, onProgress } = options;
    while (!(await this.#store.retain(id, { owner, expiresAt }))) {
      const known = this.#flights.get(id);
      if (known?.stop.signal.aborted) {
        // The last who waited for it has just left: it ends, and begins anew.
        await unlessAborted(
          known.whole.catch(() => {}),
          signal,
        );
        continue;
      }
      const flight = known ?? this.#launch(id, options);
      flight.waiting += 1;
      if (onProgress) flight.listeners.add(onProgress);
      try {
        await unlessAborted(flight.whole, signal);
      } finally {
        flight.waiting -= 1;
        if (onProgress) flight.listeners.delete(onProgress);
        if (flight.waiting === 0) flight.stop.abort();
      }
    }
  }

  /** Manifest of an artifact that is held elsewhere, and who holds it, in no order. */
  async locate(
    id: ArtifactId,
    hints: readonly PeerId[],
    signal: AbortSignal,
  ): Promise<{ manifest: Manifest; sources: PeerId[] }> {
    const sources = this.#shuffled(await this.#reach.holders(id, hints));
    let failure: unknown = new GismeshError('ARTIFACT_UNKNOWN', `No peer that can be reached holds ${id}`);
    for (const peer of sources) {
      try {
        const manifest = await this.#withStream(peer, signal, 0, (stream) => stream.manifest(id));
        return { manifest, sources };
      } catch (error) {
        failure = error;
      }
      throwIfAborted(signal);
    }
    throw failure;
  }

  /**
   * A part of an artifact, from one peer after another, in memory no more than two chunks. Each is compared with
   * its hash before anything of it is given out.
   */
  async *stream(
    manifest: Manifest,
    range: ByteRange,
    sources: readonly PeerId[],
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    let at = range.from;
    let failure: unknown;
    let peers: readonly PeerId[] = sources;
    for (let round = 0; round < this.#options.maxRounds; round += 1) {
      if (round > 0) await this.#pause(round, signal);
      if (round > 0) peers = this.#shuffled(await this.#reach.holders(manifest.id, sources));
      for (const peer of peers) {
        try {
          for await (const piece of this.#streamFrom(peer, manifest, { from: at, to: range.to }, signal)) {
            at += piece.length;
            yield piece;
          }
          return;
        } catch (error) {
          throwIfAborted(signal);
          failure = error;
          this.#log.debug({ peer, artifact: manifest.id, err: error }, 'a peer stopped giving an artifact');
        }
      }
    }
    throw failure ?? new GismeshError('ARTIFACT_UNKNOWN', `No peer that can be reached holds ${manifest.id}`);
  }

  // --- in full ---

  #launch(id: ArtifactId, options: FetchOptions): Flight {
    const stop = new AbortController();
    const listeners = new Set<(haveBytes: number) => void>();
    const whole = this.#turnstile
      .pass(stop.signal, () => this.#bring(id, { ...options, signal: stop.signal }, listeners))
      .finally(() => this.#flights.delete(id));
    const flight = { whole, stop, listeners, waiting: 0 };
    whole.catch(() => {});
    this.#flights.set(id, flight);
    return flight;
  }

  async #bring(
    id: ArtifactId,
    { owner, expiresAt, holders, signal }: FetchOptions,
    listeners: ReadonlySet<(haveBytes: number) => void>,
  ): Promise<void> {
    let partial: PartialArtifact | undefined;
    try {
      for (let round = 0; ; ) {
        const before = partial?.haveBytes ?? 0;
        try {
          const { manifest, sources } = await this.locate(id, holders, signal);
          partial ??= await this.#store.begin(manifest, { owner, expiresAt });
          await this.#pullAll(partial, sources, signal, listeners);
          await partial.commit();
          return;
        } catch (error) {
          throwIfAborted(signal);
          round = (partial?.haveBytes ?? 0) > before ? 1 : round + 1;
          if (errorCode(error) === 'STORE_FULL' || round >= this.#options.maxRounds) throw error;
          this.#log.debug({ artifact: id, err: error }, 'an artifact is not here yet');
        }
        await this.#pause(round, signal);
      }
    } finally {
      await partial?.leave();
    }
  }

  /** All chunks that are missing, from several peers at once. Throws what the last of them failed with. */
  async #pullAll(
    partial: PartialArtifact,
    sources: readonly PeerId[],
    signal: AbortSignal,
    listeners: ReadonlySet<(haveBytes: number) => void>,
  ): Promise<void> {
    const plan = new ChunkPlan<PeerId>(partial.missing(), this.#options.chunksPerRequest);
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const waiting = [...sources];
    let failure: unknown;
    const work = async () => {
      for (let peer = waiting.shift(); peer !== undefined && !plan.isDone; peer = waiting.shift()) {
        try {
          await this.#pull(
            partial,
            peer,
            plan,
            Math.min(sources.length, this.#options.maxSources),
            either,
            listeners,
          );
        } catch (error) {
          if (either.aborted) return;
          failure = error;
          this.#log.debug(
            { peer, artifact: partial.manifest.id, err: error },
            'a peer stopped giving an artifact',
          );
        }
      }
      // Whoever still fetches, fetches what is there already.
      if (plan.isDone) over.abort();
    };
    await Promise.all(Array.from({ length: Math.min(sources.length, this.#options.maxSources) }, work));
    if (partial.missing().length === 0) return;
    throwIfAborted(signal);
    throw (
      failure ?? new GismeshError('ARTIFACT_DAMAGED', `No peer has all of ${partial.manifest.id} undamaged`)
    );
  }

  async #pull(
    partial: PartialArtifact,
    peer: PeerId,
    plan: ChunkPlan<PeerId>,
    sources: number,
    signal: AbortSignal,
    listeners: ReadonlySet<(haveBytes: number) => void>,
  ): Promise<void> {
    const bytes = partial.manifest.size - partial.haveBytes;
    await this.#withStream(peer, signal, bytes, async (stream) => {
      // A chunk is written while the next one is on its way, into the memory of the one before.
      const room = memoryInTurn(2);
      let writing: Promise<void> = Promise.resolve();
      const batches: Batch[] = [];
      try {
        for (let batch = plan.take(peer, sources); batch; batch = plan.take(peer, sources)) {
          batches.push(batch);
          const { first, count } = batch;
          for await (const { index, bytes } of stream.chunks(partial.manifest, first, count, room)) {
            if (!bytes) plan.refuse(peer, index);
            if (!bytes || !plan.isWanted(index)) continue;
            await writing;
            writing = this.#put(partial, peer, index, [bytes], plan, listeners);
            // Marked as handled: it is awaited a little later.
            writing.catch(() => {});
          }
        }
        await writing;
      } finally {
        await writing.catch(() => {});
        for (const batch of batches) plan.giveBack(peer, batch);
      }
    });
  }

  async #put(
    partial: PartialArtifact,
    peer: PeerId,
    index: number,
    pieces: readonly Uint8Array[],
    plan: ChunkPlan<PeerId>,
    listeners: ReadonlySet<(haveBytes: number) => void>,
  ): Promise<void> {
    if (!(await partial.put(index, pieces))) {
      plan.refuse(peer, index);
      throw this.#badChunk(peer, partial.manifest, index);
    }
    this.#count(pieces);
    plan.done(index);
    for (const listener of listeners) listener(partial.haveBytes);
  }

  // --- as a stream ---

  async *#streamFrom(
    peer: PeerId,
    manifest: Manifest,
    range: ByteRange,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const parts = [...chunkRanges(manifest, range)];
    const [first] = parts;
    if (!first) return;
    const stream = await this.#reach.open(peer, signal, range.to - range.from);
    try {
      for (let at = 0; at < parts.length; ) {
        const count = Math.min(this.#options.chunksPerRequest, parts.length - at);
        for await (const { index, bytes } of stream.chunks(manifest, first.index + at, count)) {
          if (!bytes)
            throw new GismeshError(
              'ARTIFACT_DAMAGED',
              `${peer} cannot give chunk ${index} of ${manifest.id}`,
            );
          if (!isChunk(manifest, index, [bytes])) throw this.#badChunk(peer, manifest, index);
          this.#receivedBytes += bytes.length;
          const { from, to } = parts[at] as ByteRange;
          yield bytes.subarray(from, to);
          at += 1;
        }
      }
    } catch (error) {
      stream.abort(error);
      throw error;
    } finally {
      // Also when who reads has left.
      stream.abort(new GismeshError('CANCELLED', 'Nothing more is needed'));
    }
  }

  // --- inside ---

  async #withStream<T>(
    peer: PeerId,
    signal: AbortSignal,
    bytes: number,
    body: (stream: ArtifactStream) => Promise<T>,
  ): Promise<T> {
    const stream = await this.#reach.open(peer, signal, bytes);
    try {
      const result = await body(stream);
      await stream.close();
      return result;
    } catch (error) {
      stream.abort(error);
      throw error;
    }
  }

  #badChunk(peer: PeerId, { id }: Manifest, index: number): GismeshError {
    this.#badChunks += 1;
    this.#log.warn({ peer, artifact: id, chunk: index }, 'a peer gave a chunk with the wrong content');
    return new GismeshError('MESSAGE_MALFORMED', `${peer} gave wrong content for chunk ${index} of ${id}`);
  }

  #count(pieces: readonly Uint8Array[]): void {
    for (const { length } of pieces) this.#receivedBytes += length;
  }

  #pause(round: number, signal: AbortSignal): Promise<void> {
    return sleep(this.#clock, this.#options.retryMs * 2 ** (round - 1) * (0.5 + this.#random.next()), signal);
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

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new GismeshError('CANCELLED', 'The artifact is no longer needed');
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  throwIfAborted(signal);
  let onAbort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new GismeshError('CANCELLED', 'The artifact is no longer needed'));
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
