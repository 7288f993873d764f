import type { MessageInitShape } from '@bufbuild/protobuf';
import * as pb from '../../protocols/artifacts/artifacts_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { ByteStream, Network, PeerId } from '../platform/network.ts';
import { ByteReader, framed, readFrame } from '../platform/stream-frames.ts';
import type { ArtifactReader } from './artifact-reader.ts';
import { type ArtifactId, chunkCount, chunkSize, encodeManifest, idFromBytes } from './manifest.ts';
import { CHUNKS_AHEAD, memoryInTurn } from './memory-in-turn.ts';
import type { ArtifactStore } from './store.ts';
import { ARTIFACT_PROTOCOL, type ArtifactRecord, malformed, recordFromWire, WIRE_LIMITS } from './wire.ts';

export interface TransferServerOptions {
  /** Streams served at once, and of them to one peer. */
  readonly maxServed: number;
  readonly maxServedPerPeer: number;
  /** A stream without a request is closed after this. */
  readonly idleTimeoutMs: number;
  /** Getting one chunk rid of. */
  readonly chunkTimeoutMs: number;
  /** Between two words on the progress of a copy. */
  readonly progressMs: number;
}

/** Fetches what a record says and keeps it; tells its progress in bytes. */
export type KeepArtifact = (
  record: ArtifactRecord,
  from: PeerId,
  options: { readonly signal: AbortSignal; readonly onProgress: (haveBytes: number) => void },
) => Promise<void>;

export interface TransferServerParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: ArtifactStore;
  readonly keep: KeepArtifact;
  /** A chunk that was asked for is damaged here. */
  readonly onDamage: (id: ArtifactId, index: number) => void;
  readonly options: TransferServerOptions;
}

/** Gives artifacts of this peer to others, and takes copies from them. */
export class TransferServer {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #store: ArtifactStore;
  readonly #keep: KeepArtifact;
  readonly #onDamage: (id: ArtifactId, index: number) => void;
  readonly #options: TransferServerOptions;
  readonly #served = new Map<PeerId, number>();
  #servedInAll = 0;
  #sentBytes = 0;

  constructor(parts: TransferServerParts) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#keep = parts.keep;
    this.#onDamage = parts.onDamage;
    this.#options = parts.options;
    parts.network.onStream(ARTIFACT_PROTOCOL, (stream) => this.#serveCounted(stream));
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Streams being served. */
  get serving(): number {
    return this.#servedInAll;
  }

  async #serveCounted(stream: ByteStream): Promise<void> {
    const { peer } = stream;
    const ofPeer = this.#served.get(peer) ?? 0;
    const { maxServed, maxServedPerPeer } = this.#options;
    if (this.#servedInAll >= maxServed || ofPeer >= maxServedPerPeer) {
      await this.#reply(stream, {
        errorCode: 'BUSY',
        errorMessage: 'As many transfers as may be are under way',
      });
      await stream.closeWrite();
      return;
    }
    this.#servedInAll += 1;
    this.#served.set(peer, ofPeer + 1);
    try {
      await this.#serve(stream);
    } finally {
      this.#servedInAll -= 1;
      const left = (this.#served.get(peer) as number) - 1;
      if (left > 0) this.#served.set(peer, left);
      else this.#served.delete(peer);
    }
  }

  async #serve(stream: ByteStream): Promise<void> {
    const reader = new ByteReader(stream);
    const next = () => this.#within(stream, this.#options.idleTimeoutMs, () => reader.more());
    while (await next()) {
      const frame = await this.#within(stream, this.#options.idleTimeoutMs, () =>
        readFrame(reader, WIRE_LIMITS.message),
      );
      const { kind } = decodeMessage(pb.RequestSchema, frame);
      try {
        if (kind.case === 'manifest') await this.#sendManifest(stream, idFromBytes(kind.value.id));
        else if (kind.case === 'chunks') await this.#sendChunks(stream, kind.value);
        else if (kind.case === 'keep') await this.#take(stream, recordFromWire(kind.value.record));
        else throw malformed('no request');
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        await this.#reply(stream, error.reply);
      }
    }
    await stream.closeWrite();
  }

  async #sendManifest(stream: ByteStream, id: ArtifactId): Promise<void> {
    const manifest = await orRefuse(this.#store.manifest(id));
    const bytes = encodeManifest(manifest);
    await this.#reply(stream, { manifestBytes: bytes.length });
    await this.#within(stream, this.#options.chunkTimeoutMs, () => stream.write(bytes));
  }

  async #sendChunks(stream: ByteStream, { id, first, count }: pb.ChunksRequest): Promise<void> {
    const reader = await orRefuse(this.#store.read(idFromBytes(id)));
    try {
      if (count === 0 || count > WIRE_LIMITS.chunks || first + count > chunkCount(reader.manifest)) {
        throw malformed('range of chunks');
      }
      await this.#reply(stream, {});
      // The next ones are read while one is sent.
      const room = stream.isDoneOnceWritten ? memoryInTurn(CHUNKS_AHEAD + 1) : undefined;
      const reading: Promise<Uint8Array>[] = [];
      const end = first + count;
      let next = first;
      try {
        for (let index = first; index < end; index += 1) {
          for (; next < end && reading.length <= CHUNKS_AHEAD; next += 1) {
            const read = this.#readChunk(reader, next, room);
            // Marked as handled: it is awaited a little later.
            read.catch(() => {});
            reading.push(read);
          }
          await this.#sendChunk(stream, (await reading.shift()) as Uint8Array);
        }
      } finally {
        await Promise.allSettled(reading);
      }
    } finally {
      await reader.close();
    }
  }

  /** Empty for one that is damaged here. */
  async #readChunk(
    reader: ArtifactReader,
    index: number,
    room: ((bytes: number) => Uint8Array) | undefined,
  ): Promise<Uint8Array> {
    try {
      return await reader.chunk(index, room?.(chunkSize(reader.manifest, index)));
    } catch (error) {
      if (errorCode(error) !== 'ARTIFACT_DAMAGED') throw error;
      this.#onDamage(reader.manifest.id, index);
      return new Uint8Array(0);
    }
  }

  async #sendChunk(stream: ByteStream, chunk: Uint8Array): Promise<void> {
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(chunk.length);
    await this.#within(stream, this.#options.chunkTimeoutMs, async () => {
      await stream.write(length);
      await stream.write(chunk);
    });
    this.#sentBytes += chunk.length;
  }

  async #take(stream: ByteStream, record: ArtifactRecord): Promise<void> {
    let haveBytes = 0;
    let telling: Promise<void> = Promise.resolve();
    let isOver = false;
    const tell = () => {
      timer = this.#clock.after(this.#options.progressMs, tell);
      telling = telling.then(() =>
        isOver ? undefined : this.#reply(stream, { haveBytes: BigInt(haveBytes) }),
      );
      telling.catch((error) => stream.abort(error as Error));
    };
    let timer = this.#clock.after(this.#options.progressMs, tell);
    try {
      await orRefuse(
        this.#keep(record, stream.peer, {
          signal: stream.closed,
          onProgress: (bytes) => {
            haveBytes = bytes;
          },
        }),
      );
    } catch (error) {
      this.#log.debug({ peer: stream.peer, artifact: record.id, err: error }, 'a copy was not taken');
      throw error;
    } finally {
      isOver = true;
      timer.cancel();
      await telling;
    }
    await this.#reply(stream, { kept: true });
  }

  async #reply(stream: ByteStream, reply: MessageInitShape<typeof pb.ReplySchema>): Promise<void> {
    const message = framed(encodeMessage(pb.ReplySchema, reply));
    await this.#within(stream, this.#options.chunkTimeoutMs, () => stream.write(message));
  }

  /** A remote that neither asks nor reads is reset. */
  async #within<T>(stream: ByteStream, timeoutMs: number, body: () => Promise<T>): Promise<T> {
    const timer = this.#clock.after(timeoutMs, () => {
      stream.abort(new GismeshError('DEADLINE_EXCEEDED', `Nothing moved for ${timeoutMs} ms`));
    });
    try {
      return await body();
    } finally {
      timer.cancel();
    }
  }
}

/** Something that the asking peer is told, and the stream goes on. */
class RefusedError extends Error {
  readonly reply: { readonly errorCode: string; readonly errorMessage: string };

  constructor(cause: unknown) {
    super('refused', { cause });
    const message = cause instanceof Error ? cause.message : String(cause);
    this.reply = { errorCode: errorCode(cause), errorMessage: message.slice(0, WIRE_LIMITS.error) };
  }
}

async function orRefuse<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new RefusedError(error);
  }
}
