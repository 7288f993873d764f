import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { GismeshError } from '../../core/errors.ts';
import type { ByteStream, PeerId } from '../../platform/network.ts';
import { closed, describe } from './errors.ts';

/** Larger chunks are written piece by piece, so that no more than one piece waits in the muxer. */
const PIECE_BYTES = 65_536;

/** One for all streams: making an error takes a look at the stack, for which nobody asks here. */
const GONE = new GismeshError('NETWORK_CLOSED', 'the stream is gone');

/**
 * A libp2p stream whose two directions hold back their producer.
 *
 * libp2p 3 itself does not: its iterator queues without bound, and `onDrain()` resolves too early. So a writer
 * waits for the `drain` event, and a reader that falls behind pauses the stream, which stops yamux from opening
 * the remote's window. A pause made while a `message` event is dispatched would be undone by a `resume()` that
 * caused it, therefore it happens in a microtask.
 */
export class BulkStream implements ByteStream {
  readonly peer: PeerId;
  readonly closed: AbortSignal;
  readonly #stream: Stream;
  readonly #readAheadBytes: number;
  readonly #gone = new AbortController();
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #readingEnded = false;
  #writingEnded = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  #wakeWriters: Array<() => void> = [];

  constructor(stream: Stream, peer: PeerId, readAheadBytes: number) {
    this.peer = peer;
    this.closed = this.#gone.signal;
    this.#stream = stream;
    this.#readAheadBytes = readAheadBytes;
    stream.addEventListener('message', (event) => this.#onMessage(event));
    stream.addEventListener('remoteCloseWrite', () => this.#onRemoteEnd());
    stream.addEventListener('end', () => this.#wakeReader?.());
    stream.addEventListener('drain', () => this.#onWritable());
    stream.addEventListener('close', (event) => this.#onClose(event.error));
    if (stream.status !== 'open') this.#onClose(undefined);
    else if (stream.remoteWriteStatus === 'closed') this.#onRemoteEnd();
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let offset = 0; offset < chunk.length; offset += PIECE_BYTES) {
      this.#send(chunk.subarray(offset, offset + PIECE_BYTES));
      while (this.#stream.writableNeedsDrain && !this.closed.aborted) {
        await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
      }
    }
    this.#checkWritable();
  }

  async closeWrite(): Promise<void> {
    if (this.#writingEnded) return;
    this.#checkWritable();
    try {
      await this.#stream.close();
      this.#writingEnded = true;
    } catch (cause) {
      throw this.#failure ?? closed(`The stream to ${this.peer} broke.`, cause);
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = await this.read();
        if (chunk === undefined) return;
        yield chunk;
      }
    } finally {
      if (!this.#readDone()) this.abort(new Error('The reader left.'));
    }
  }

  abort(reason: Error): void {
    this.#fail(closed(`The stream with ${this.peer} was aborted: ${describe(reason)}`, reason));
    this.#stream.abort(reason);
    this.#gone.abort(GONE);
  }

  /** Puts back what was read too far. */
  unread(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.unshift(chunk);
    this.#queuedBytes += chunk.length;
  }

  /** The next chunk; undefined at the remote's end of writing. */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#queuedBytes -= chunk.length;
        if (this.#queuedBytes <= this.#readAheadBytes / 2) this.#resume();
        return chunk;
      }
      if (this.#readDone()) return undefined;
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve;
      });
      this.#wakeReader = undefined;
    }
  }

  /** All that the remote wrote, to its end, has been handed out. */
  #readDone(): boolean {
    return this.#readingEnded && this.#chunks.length === 0 && this.#stream.readBufferLength === 0;
  }

  #checkWritable(): void {
    if (this.#failure) throw this.#failure;
    if (this.closed.aborted) throw closed(`The stream to ${this.peer} is gone.`);
  }

  #send(piece: Uint8Array): void {
    this.#checkWritable();
    try {
      this.#stream.send(piece);
    } catch (cause) {
      throw this.#failure ?? closed(`The stream to ${this.peer} takes no more bytes.`, cause);
    }
  }

  #onMessage(event: StreamMessageEvent): void {
    const chunk = event.data instanceof Uint8Array ? event.data : event.data.subarray();
    this.#chunks.push(chunk);
    this.#queuedBytes += chunk.length;
    if (this.#queuedBytes > this.#readAheadBytes) queueMicrotask(() => this.#pauseIfFull());
    this.#wakeReader?.();
  }

  #pauseIfFull(): void {
    const full = this.#queuedBytes > this.#readAheadBytes;
    if (full && this.#stream.readStatus === 'readable') this.#stream.pause();
  }

  #resume(): void {
    if (this.#stream.readStatus !== 'paused') return;
    try {
      this.#stream.resume();
    } catch {
      // The connection is gone: the rest has been dispatched, only the window update could not be sent.
    }
  }

  #onRemoteEnd(): void {
    this.#readingEnded = true;
    this.#wakeReader?.();
  }

  #onWritable(): void {
    const waiting = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of waiting) wake();
  }

  /** Without the remote's end of writing, content would seem whole that is not: a failure. */
  #onClose(error: Error | undefined): void {
    if (!this.#readingEnded) this.#fail(closed(`The stream with ${this.peer} broke before its end.`, error));
    this.#gone.abort(GONE);
    this.#onWritable();
    this.#wakeReader?.();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.#onWritable();
    this.#wakeReader?.();
  }
}
