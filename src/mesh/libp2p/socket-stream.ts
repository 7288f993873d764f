import type { Socket } from 'node:net';
import { GismeshError } from '../../core/errors.ts';
import type { ByteStream, PeerId } from '../../platform/network.ts';
import { closed, describe } from './errors.ts';

const HEADER_BYTES = 4;
const LARGEST_FRAME = 0xffff_ffff;

/** What arrives is gathered in blocks of this size: one allocation instead of one for each TLS record. */
const BLOCK_BYTES = 262_144;

const GONE = new GismeshError('NETWORK_CLOSED', 'the stream is gone');

/**
 * A byte stream over a socket of its own. What one `write` is given is preceded by its length (u32, big-endian); a
 * length of 0 ends a direction, so that content which breaks off is told from content that is whole.
 */
export class SocketStream implements ByteStream {
  readonly peer: PeerId;
  readonly closed: AbortSignal;
  /** The kernel has it by then. */
  readonly isDoneOnceWritten = true;
  readonly #socket: Socket;
  readonly #readAheadBytes: number;
  readonly #gone = new AbortController();
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** Of the frame that is being read. */
  #missing = 0;
  #block = Buffer.alloc(0);
  #blockUsed = 0;
  #chunks: Uint8Array[] = [];
  #queuedBytes = 0;
  #paused = false;
  #readingEnded = false;
  #writingEnded = false;
  #failure: Error | undefined;
  #wakeReader: (() => void) | undefined;
  /** Where the next bytes go, and how many it has. */
  #target: Uint8Array | undefined;
  #targetFilled = 0;

  /** `socket` is open, and nobody else reads from it; what it reads is given to `take`. */
  constructor(socket: Socket, peer: PeerId, readAheadBytes: number) {
    this.peer = peer;
    this.closed = this.#gone.signal;
    this.#socket = socket;
    this.#readAheadBytes = readAheadBytes;
    socket.on('end', () => this.#onClose(undefined));
    socket.on('error', (error) => this.#onClose(error));
    socket.on('close', () => this.#onClose(undefined));
    if (socket.destroyed) this.#onClose(undefined);
  }

  /** Bytes that the socket read; they are copied. False: the socket must not read on. */
  take(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && !this.#failure) {
      if (this.#missing > 0) {
        const used = Math.min(this.#missing, bytes.length - at);
        this.#put(bytes.subarray(at, at + used));
        this.#missing -= used;
        at += used;
        continue;
      }
      this.#header[this.#headerBytes] = bytes[at] as number;
      this.#headerBytes += 1;
      at += 1;
      if (this.#headerBytes < HEADER_BYTES) continue;
      this.#headerBytes = 0;
      this.#missing = this.#header.readUInt32BE();
      if (this.#missing === 0) this.#endReading();
    }
    if (this.#target === undefined || this.#readingEnded) this.#wakeReader?.();
    this.#paused = this.#queuedBytes > this.#readAheadBytes;
    return !this.#paused;
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#writingEnded || this.closed.aborted) {
      return Promise.reject(closed(`The stream to ${this.peer} takes no more bytes.`));
    }
    if (chunk.length === 0) return Promise.resolve();
    if (chunk.length > LARGEST_FRAME) return Promise.reject(new RangeError('too much at once'));
    this.#socket.write(headerOf(chunk.length));
    return new Promise((resolve, reject) => {
      // Called once the bytes are the kernel's: no more than one chunk waits here.
      this.#socket.write(chunk, (error) => {
        if (error) reject(this.#failure ?? closed(`The stream to ${this.peer} broke.`, error));
        else resolve();
      });
    });
  }

  async closeWrite(): Promise<void> {
    if (this.#writingEnded) return;
    if (this.#failure) throw this.#failure;
    this.#writingEnded = true;
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(headerOf(0), (error) => {
        if (error) reject(this.#failure ?? closed(`The stream to ${this.peer} broke.`, error));
        else resolve();
      });
    });
    this.#endWhenDone();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let chunk = await this.#next(); chunk !== undefined; chunk = await this.#next()) yield chunk;
    } finally {
      if (!this.#readingEnded || this.#chunks.length > 0) this.abort(new Error('The reader left.'));
    }
  }

  abort(reason: Error): void {
    this.#fail(closed(`The stream with ${this.peer} was aborted: ${describe(reason)}`, reason));
    this.#socket.destroy();
    this.#gone.abort(GONE);
  }

  async #next(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#failure) throw this.#failure;
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) {
        this.#queuedBytes -= chunk.length;
        this.#resume();
        return chunk;
      }
      if (this.#readingEnded) return undefined;
      await this.#news();
    }
  }

  async fill(target: Uint8Array): Promise<boolean> {
    let at = 0;
    while (at < target.length && this.#chunks.length > 0) {
      const chunk = this.#chunks[0] as Uint8Array;
      const used = Math.min(chunk.length, target.length - at);
      target.set(used === chunk.length ? chunk : chunk.subarray(0, used), at);
      at += used;
      this.#queuedBytes -= used;
      if (used === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(used);
    }
    if (at === target.length) {
      this.#resume();
      return true;
    }
    this.#target = target;
    this.#targetFilled = at;
    this.#resume();
    while (this.#target && !this.#failure && !this.#readingEnded) await this.#news();
    const isFull = this.#target === undefined;
    this.#target = undefined;
    if (!isFull && this.#failure) throw this.#failure;
    return isFull;
  }

  /** To where the reader wants it, or aside until there is one. */
  #put(bytes: Uint8Array): void {
    const target = this.#target;
    if (!target) {
      this.#keep(bytes);
      return;
    }
    const used = Math.min(bytes.length, target.length - this.#targetFilled);
    target.set(used === bytes.length ? bytes : bytes.subarray(0, used), this.#targetFilled);
    this.#targetFilled += used;
    if (this.#targetFilled === target.length) this.#target = undefined;
    if (used < bytes.length) this.#keep(bytes.subarray(used));
  }

  async #news(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wakeReader = resolve;
    });
    this.#wakeReader = undefined;
  }

  #resume(): void {
    if (!this.#paused || this.#queuedBytes > this.#readAheadBytes / 2) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #keep(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#blockUsed === this.#block.length) {
        this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
        this.#blockUsed = 0;
      }
      const start = this.#blockUsed;
      const used = Math.min(bytes.length - at, this.#block.length - start);
      this.#block.set(bytes.subarray(at, at + used), start);
      this.#blockUsed += used;
      at += used;
      this.#queue(start, used);
    }
    this.#queuedBytes += bytes.length;
  }

  /** What lies beside the last piece of the queue becomes one with it: the reader has fewer to deal with. */
  #queue(start: number, length: number): void {
    const last = this.#chunks.at(-1);
    if (last?.buffer === this.#block.buffer && last.byteOffset + last.length === start) {
      this.#chunks[this.#chunks.length - 1] = this.#block.subarray(last.byteOffset, start + length);
    } else this.#chunks.push(this.#block.subarray(start, start + length));
  }

  #endReading(): void {
    this.#readingEnded = true;
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#readingEnded && this.#writingEnded) this.#socket.end();
  }

  #onClose(error: Error | undefined): void {
    if (!this.#readingEnded) this.#fail(closed(`The stream with ${this.peer} broke before its end.`, error));
    this.#socket.destroy();
    this.#gone.abort(GONE);
    this.#wakeReader?.();
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    this.#chunks = [];
    this.#queuedBytes = 0;
    this.#wakeReader?.();
  }
}

function headerOf(length: number): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(length);
  return header;
}
