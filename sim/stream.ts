import { GismeshError } from '../src/core/errors.ts';
import type { ByteStream, PeerId } from '../src/platform/network.ts';
import { type Channel, type ConnectionEnd, STREAM_LABEL } from './connection.ts';

/** One side of a new stream. */
interface Side {
  readonly end: ConnectionEnd;
  readonly onClosed: (stream: StreamEnd) => void;
  /** Something that this side wrote has arrived, the first since it last heard anything: a message begins. */
  readonly onMessage: () => void;
}

/**
 * One end of a stream over a connection. A writer may have a window of bytes under way; the reader opens it
 * again as it consumes, so both directions hold back their producer.
 */
export class StreamEnd implements ByteStream {
  readonly peer: PeerId;
  readonly connection: Channel;
  readonly #end: ConnectionEnd;
  readonly #closed = new AbortController();
  readonly #onClosed: (stream: StreamEnd) => void;
  readonly #onMessage: () => void;
  /** It wrote last: whatever follows until it hears something belongs to the same message. */
  #speaking = false;
  #remote: StreamEnd | undefined;
  readonly #windowBytes: number;
  #credit: number;
  #writeEnded = false;
  #readEnded = false;
  #error: GismeshError | undefined;
  readonly #inbox: Uint8Array[] = [];
  #wakeReader: (() => void) | undefined;
  #wakeWriters: Array<() => void> = [];

  /** Both ends of a new stream; the second belongs to the other process. */
  static pair(connection: Channel, local: Side, remote: Side, windowBytes: number): [StreamEnd, StreamEnd] {
    const one = new StreamEnd(connection, local, remote.end.self, windowBytes);
    const other = new StreamEnd(connection, remote, local.end.self, windowBytes);
    one.#remote = other;
    other.#remote = one;
    return [one, other];
  }

  private constructor(connection: Channel, side: Side, peer: PeerId, windowBytes: number) {
    this.connection = connection;
    this.#end = side.end;
    this.peer = peer;
    this.#windowBytes = windowBytes;
    this.#credit = windowBytes;
    this.#onClosed = side.onClosed;
    this.#onMessage = side.onMessage;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Written here and not consumed by the reader, as far as this end knows. */
  get unreadBytes(): number {
    return this.#windowBytes - this.#credit;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#writeEnded && !this.#error) throw lost('its writing direction has ended');
    while (this.#credit <= 0 && !this.#error) {
      await new Promise<void>((resolve) => {
        this.#wakeWriters.push(resolve);
      });
    }
    if (this.#error) throw this.#error;
    this.#credit -= chunk.length;
    const content = chunk.slice();
    const begins = !this.#speaking;
    this.#speaking = true;
    this.#send(content.length, (remote) => {
      if (begins) this.#onMessage();
      remote.#speaking = false;
      remote.#inbox.push(content);
      remote.#wake();
    });
  }

  async closeWrite(): Promise<void> {
    if (this.#writeEnded || this.#error) return;
    this.#writeEnded = true;
    this.#send(0, (remote) => {
      remote.#readEnded = true;
      remote.#wake();
      remote.#closeWhenDone();
    });
    this.#closeWhenDone();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    let finished = false;
    try {
      for (;;) {
        const chunk = this.#inbox.shift();
        if (chunk) {
          this.#send(0, (remote) => {
            remote.#credit += chunk.length;
            remote.#wake();
          });
          yield chunk;
        } else if (this.#error) {
          throw this.#error;
        } else if (this.#readEnded) {
          finished = true;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wakeReader = resolve;
          });
        }
      }
    } finally {
      if (!finished) this.abort(new Error('its reader left'));
    }
  }

  abort(reason: Error): void {
    if (this.#closed.signal.aborted) return;
    this.#send(0, (remote) => remote.#fail(lost('the remote aborted it')));
    this.#fail(lost(reason.message, reason));
  }

  /** The connection is gone. */
  lose(): void {
    this.#fail(lost('its connection was closed'));
  }

  #send(bytes: number, deliver: (remote: StreamEnd) => void): void {
    const remote = this.#remote!;
    this.connection.send(this.#end, bytes, STREAM_LABEL, () => {
      if (!remote.#closed.signal.aborted) deliver(remote);
    });
  }

  #closeWhenDone(): void {
    if (this.#writeEnded && this.#readEnded) this.#close();
  }

  #fail(error: GismeshError): void {
    if (this.#closed.signal.aborted) return;
    this.#error = error;
    this.#close();
    this.#wake();
  }

  #close(): void {
    this.#closed.abort();
    this.#onClosed(this);
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
    const writers = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of writers) wake();
  }
}

function lost(why: string, cause?: unknown): GismeshError {
  return new GismeshError('NETWORK_CLOSED', `the stream is gone: ${why}`, { cause });
}
