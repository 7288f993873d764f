import type { Stream } from '@libp2p/interface';
import { concatenate } from './frames.ts';

/** Frames are gathered into writes of about this size. */
const WRITE_BYTES = 65_536;

/**
 * Writes frames to a stream as fast as it takes them. Those of one turn of the event loop go in one write: each
 * write is a message of the muxer, an encryption and a system call.
 */
export class FrameWriter {
  readonly #stream: Stream;
  readonly #onSent: () => void;
  readonly #onBroken: (error: Error) => void;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #flushScheduled = false;

  /** `onSent` is called whenever the stream took frames, `onBroken` when it takes none any more. */
  constructor(stream: Stream, on: { onSent: () => void; onBroken: (error: Error) => void }) {
    this.#stream = stream;
    this.#onSent = on.onSent;
    this.#onBroken = on.onBroken;
    stream.addEventListener('drain', () => this.#schedule());
  }

  /** Bytes that the remote's window has no room for yet. */
  get unsentBytes(): number {
    return this.#queuedBytes + this.#stream.writeBufferLength;
  }

  write(frame: Uint8Array): void {
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    this.#schedule();
  }

  discard(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** In a microtask: then the stream has already sent what it held itself when it drains. */
  #schedule(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    try {
      while (this.#queue.length > 0 && !this.#stream.writableNeedsDrain) this.#stream.send(this.#nextWrite());
    } catch (error) {
      this.#onBroken(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    this.#onSent();
  }

  #nextWrite(): Uint8Array {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && bytes < WRITE_BYTES) bytes += this.#queue[count++]!.length;
    this.#queuedBytes -= bytes;
    return concatenate(this.#queue.splice(0, count), bytes);
  }
}
