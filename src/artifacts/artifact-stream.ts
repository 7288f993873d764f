import type { MessageInitShape } from '@bufbuild/protobuf';
import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { ByteStream, Network, PeerId } from '../platform/network.ts';
import { ByteReader, framed, readFrame } from '../platform/stream-frames.ts';
import {
  type ArtifactId,
  chunkSize,
  decodeManifest,
  idToBytes,
  MAX_MANIFEST_BYTES,
  type Manifest,
} from './manifest.ts';
import {
  ARTIFACT_PROTOCOL,
  type ArtifactRecord,
  errorOf,
  malformed,
  recordToWire,
  WIRE_LIMITS,
  whole,
} from './wire.ts';

export interface ArtifactStreamOptions {
  /** Opening the stream. */
  readonly openTimeoutMs: number;
  /** An answer, a chunk. */
  readonly chunkTimeoutMs: number;
}

/** A chunk as it came, not looked into; no bytes when the peer cannot give it. */
export interface ArrivedChunk {
  readonly index: number;
  readonly bytes: Uint8Array | undefined;
}

/**
 * The asking side of one stream: one request after the other. Whatever goes wrong, and the signal, reset it.
 * Errors: those of the network, those of the peer's reply, `MESSAGE_MALFORMED`.
 */
export class ArtifactStream {
  readonly peer: PeerId;
  readonly #stream: ByteStream;
  readonly #reader: ByteReader;
  readonly #clock: Clock;
  readonly #options: ArtifactStreamOptions;
  readonly #signal: AbortSignal;
  readonly #cancel: () => void;

  private constructor(stream: ByteStream, clock: Clock, options: ArtifactStreamOptions, signal: AbortSignal) {
    this.peer = stream.peer;
    this.#stream = stream;
    this.#reader = new ByteReader(stream);
    this.#clock = clock;
    this.#options = options;
    this.#signal = signal;
    this.#cancel = () => stream.abort(cancelled());
    signal.addEventListener('abort', this.#cancel, { once: true });
  }

  static async open(
    world: { readonly network: Network; readonly clock: Clock },
    peer: PeerId,
    options: ArtifactStreamOptions,
    signal: AbortSignal,
    isLarge = false,
  ): Promise<ArtifactStream> {
    const stream = await world.network.openStream(peer, ARTIFACT_PROTOCOL, {
      timeoutMs: options.openTimeoutMs,
      signal,
      isLarge,
    });
    if (signal.aborted) {
      stream.abort(cancelled());
      throw cancelled();
    }
    return new ArtifactStream(stream, world.clock, options, signal);
  }

  async manifest(id: ArtifactId): Promise<Manifest> {
    await this.#ask({ kind: { case: 'manifest', value: { id: idToBytes(id) } } });
    const { manifestBytes } = await this.#reply(this.#options.chunkTimeoutMs);
    if (manifestBytes > MAX_MANIFEST_BYTES) throw malformed('size of a manifest');
    const bytes = await this.#within(this.#options.chunkTimeoutMs, () => this.#reader.read(manifestBytes));
    return decodeManifest(id, bytes);
  }

  /**
   * Some chunks in their order. `room` gives the memory for each, of the size asked for. Who leaves early has to
   * abort the stream.
   */
  async *chunks(
    manifest: Manifest,
    first: number,
    count: number,
    room: (bytes: number) => Uint8Array = allocated,
  ): AsyncGenerator<ArrivedChunk> {
    await this.#ask({ kind: { case: 'chunks', value: { id: idToBytes(manifest.id), first, count } } });
    await this.#reply(this.#options.chunkTimeoutMs);
    for (let index = first; index < first + count; index += 1) {
      yield { index, bytes: await this.#chunk(chunkSize(manifest, index), room) };
    }
  }

  /** Has the peer keep a copy; resolves when it does. It is given up when it gets no further for `stallMs`. */
  async keep(record: ArtifactRecord, stallMs: number): Promise<void> {
    await this.#ask({ kind: { case: 'keep', value: { record: recordToWire(record) } } });
    let have = -1;
    let stalledAt = this.#clock.now() + stallMs;
    for (;;) {
      const { kept, haveBytes } = await this.#reply(Math.max(0, stalledAt - this.#clock.now()));
      if (kept) return;
      const bytes = whole(haveBytes, 'bytes');
      if (bytes > have && bytes <= record.size) {
        have = bytes;
        stalledAt = this.#clock.now() + stallMs;
      }
    }
  }

  /** No more requests. */
  async close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#cancel);
    await this.#stream.closeWrite().catch(() => {});
    // Until the other side's end is read, the stream stays open on this one.
    const ended = this.#within(this.#options.openTimeoutMs, () => this.#reader.more());
    if (await ended.catch(() => false)) this.#stream.abort(malformed('bytes that nobody asked for'));
  }

  abort(reason: unknown): void {
    this.#signal.removeEventListener('abort', this.#cancel);
    this.#stream.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }

  async #ask(request: MessageInitShape<typeof pb.RequestSchema>): Promise<void> {
    const message = framed(encodeMessage(pb.RequestSchema, request));
    await this.#within(this.#options.chunkTimeoutMs, () => this.#stream.write(message));
  }

  async #reply(timeoutMs: number): Promise<pb.Reply> {
    const frame = await this.#within(timeoutMs, () => readFrame(this.#reader, WIRE_LIMITS.message));
    const reply = decodeMessage(pb.ReplySchema, frame);
    const error = errorOf(this.peer, reply);
    if (error) throw error;
    return reply;
  }

  #chunk(size: number, room: (bytes: number) => Uint8Array): Promise<Uint8Array | undefined> {
    return this.#within(this.#options.chunkTimeoutMs, async () => {
      const length = Buffer.from(await this.#reader.read(4)).readUInt32LE();
      if (length === 0) return undefined;
      if (length !== size) throw malformed('size of a chunk');
      const bytes = room(size);
      await this.#reader.fill(bytes);
      return bytes;
    });
  }

  async #within<T>(timeoutMs: number, body: () => Promise<T>): Promise<T> {
    const timer = this.#clock.after(timeoutMs, () => {
      this.#stream.abort(
        new GismeshError('DEADLINE_EXCEEDED', `${this.peer} did not answer in ${timeoutMs} ms`),
      );
    });
    try {
      return await body();
    } finally {
      timer.cancel();
    }
  }
}

function allocated(bytes: number): Uint8Array {
  return Buffer.allocUnsafeSlow(bytes);
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'The transfer is no longer needed');
}
