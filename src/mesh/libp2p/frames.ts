import type { DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import { GismeshError } from '../../core/errors.ts';
import { encodeMessage } from '../../platform/messages.ts';

/** Seven bits of the length in each byte; three bytes carry 2 MiB, and nothing here is larger. */
const MAX_PREFIX_BYTES = 3;
export const MAX_FRAME_BYTES = 2 ** (7 * MAX_PREFIX_BYTES) - 1;

/** A message preceded by its length as an unsigned varint (LEB128). */
export function encodeFrame<D extends DescMessage>(schema: D, fields: MessageInitShape<D>): Uint8Array {
  const content = encodeMessage(schema, fields);
  const prefixLength = content.length < 0x80 ? 1 : content.length < 0x4000 ? 2 : MAX_PREFIX_BYTES;
  const frame = new Uint8Array(prefixLength + content.length);
  for (let index = 0; index < prefixLength; index++) {
    const more = index < prefixLength - 1 ? 0x80 : 0;
    frame[index] = ((content.length >> (7 * index)) & 0x7f) | more;
  }
  frame.set(content, prefixLength);
  return frame;
}

/** Finds frames in a sequence of chunks, whose borders mean nothing. */
export class FrameReader {
  readonly #maxFrameBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Held bytes below which another look for a frame is in vain. */
  #neededBytes = 1;

  constructor(maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  push(chunk: Uint8Array): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  /**
   * The content of the next frame, a view of what was pushed where possible; undefined until it is complete.
   *
   * @throws MESSAGE_TOO_LARGE, MESSAGE_MALFORMED
   */
  next(): Uint8Array | undefined {
    if (this.#heldBytes < this.#neededBytes) return undefined;
    const bytes = this.rest();
    let length = 0;
    for (let index = 0; index < MAX_PREFIX_BYTES; index++) {
      const byte = bytes[index];
      if (byte === undefined) {
        this.#neededBytes = index + 1;
        return undefined;
      }
      length |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return this.#take(bytes, index + 1, length);
    }
    throw new GismeshError('MESSAGE_MALFORMED', 'A frame does not start with its length.');
  }

  /** What follows the frames read so far. */
  rest(): Uint8Array {
    if (this.#held.length !== 1) this.#held = [concatenate(this.#held, this.#heldBytes)];
    return this.#held[0]!;
  }

  #take(bytes: Uint8Array, start: number, length: number): Uint8Array | undefined {
    if (length > this.#maxFrameBytes) {
      const message = `A frame of ${length} bytes exceeds ${this.#maxFrameBytes} bytes.`;
      throw new GismeshError('MESSAGE_TOO_LARGE', message);
    }
    const end = start + length;
    this.#neededBytes = end;
    if (bytes.length < end) return undefined;
    this.#held = [bytes.subarray(end)];
    this.#heldBytes = bytes.length - end;
    this.#neededBytes = 1;
    return bytes.subarray(start, end);
  }
}

export function concatenate(chunks: readonly Uint8Array[], totalBytes: number): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(totalBytes);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
