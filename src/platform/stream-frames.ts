import { GismeshError } from '../core/errors.ts';
import type { ByteStream } from './network.ts';

/** Length (u32 LE) and content. */
export function framed(message: Uint8Array): Uint8Array {
  const frame = Buffer.allocUnsafe(4 + message.byteLength);
  frame.writeUInt32LE(message.byteLength);
  frame.set(message, 4);
  return frame;
}

export async function readFrame(reader: ByteReader, maxBytes: number): Promise<Uint8Array> {
  const prefix = Buffer.from(await reader.read(4));
  const length = prefix.readUInt32LE();
  if (length > maxBytes)
    throw new GismeshError('MESSAGE_TOO_LARGE', `A message of ${length} bytes; at most ${maxBytes}`);
  return reader.read(length);
}

/** Reads exact lengths off a stream; what is not asked for yet stays with the sender. */
export class ByteReader {
  readonly #stream: ByteStream;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(stream: ByteStream) {
    this.#stream = stream;
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async read(length: number): Promise<Uint8Array> {
    if (this.#rest.byteLength >= length) return this.#take(length);
    const pieces = await this.#pieces(length);
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, length);
  }

  /** The same bytes as they came, not joined. */
  async #pieces(length: number): Promise<Uint8Array[]> {
    const pieces: Uint8Array[] = [];
    for (let missing = length; missing > 0; ) {
      if (!(await this.more())) throw endedEarly(missing);
      const piece = this.#take(missing);
      pieces.push(piece);
      missing -= piece.byteLength;
    }
    return pieces;
  }

  /** Reads as much as `target` holds into it. */
  async fill(target: Uint8Array): Promise<void> {
    for (let at = 0; at < target.byteLength; ) {
      if (this.#rest.byteLength === 0 && this.#stream.fill) {
        if (await this.#stream.fill(target.subarray(at))) return;
        throw endedEarly(target.byteLength - at);
      }
      if (!(await this.more())) throw endedEarly(target.byteLength - at);
      const piece = this.#take(target.byteLength - at);
      target.set(piece, at);
      at += piece.byteLength;
    }
  }

  /** Whether more has arrived than was read. */
  get hasRest(): boolean {
    return this.#rest.byteLength > 0;
  }

  /** Waits for the next byte; false when the stream ends here. */
  async more(): Promise<boolean> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#rest = next.value;
    }
    return true;
  }

  #take(length: number): Uint8Array {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

function endedEarly(missing: number): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `The stream ended ${missing} bytes before its message did`);
}
