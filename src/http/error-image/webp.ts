import type { Bitmap } from './bitmap.ts';
import type { Colours } from './error-image.ts';

/** Largest side of a WebP picture, pixels. */
const MAX_SIDE = 16384;

/**
 * A lossless WebP (RFC 9649, section 3) of two colours. The colour indexing transform packs eight pixels into
 * one symbol; all 256 symbols have codes of eight bits, so the bitmap's bytes are the data as they stand. A
 * bitmap without ink has one symbol only, whose code takes no bits.
 * Undefined for a picture with a side longer than the format allows.
 */
export function encodeWebp(bitmap: Bitmap, { paper, ink, transparent }: Colours): Uint8Array | undefined {
  const { width, height } = bitmap;
  if (width > MAX_SIDE || height > MAX_SIDE) return undefined;

  const writer = new BitWriter();
  writer.write(0x2f, 8); // signature
  writer.write(width - 1, 14);
  writer.write(height - 1, 14);
  writer.write(transparent ? 1 : 0, 1);
  writer.write(0, 3); // version

  writer.write(1, 1); // a transform follows:
  writer.write(3, 2); // colour indexing
  writer.write(1, 8); // of two colours
  writeColourTable(writer, [...paper, transparent ? 0 : 255], [...ink, 255]);
  writer.write(0, 1); // no further transform

  writer.write(0, 1); // no colour cache
  writer.write(0, 1); // one group of prefix codes
  if (bitmap.inkHeight === 0) {
    writeSingleSymbol(writer, 0);
  } else {
    writeByteCode(writer);
  }
  for (let channel = 0; channel < 3; channel++) writeSingleSymbol(writer, 0); // red, blue, alpha: unused
  writeSingleSymbol(writer, 0); // distance
  const data = writer.finish(bitmap.inkHeight === 0 ? new Uint8Array(0) : bitmap.bits);
  return riff(data);
}

/** A picture of 2x1 pixels, the second as its difference from the first, each channel of two symbols. */
function writeColourTable(writer: BitWriter, first: readonly number[], second: readonly number[]): void {
  const difference = second.map((value, channel) => (value - first[channel]!) & 0xff);
  writer.write(0, 1); // no colour cache
  const GREEN_RED_BLUE_ALPHA = [1, 0, 2, 3];
  for (const channel of GREEN_RED_BLUE_ALPHA) {
    const symbols = [first[channel]!, difference[channel]!].sort((a, b) => a - b);
    if (symbols[0] === symbols[1]) writeSingleSymbol(writer, symbols[0]!);
    else writeTwoSymbols(writer, symbols[0]!, symbols[1]!);
  }
  writeSingleSymbol(writer, 0); // distance
  for (const pixel of [first, difference]) {
    for (const channel of GREEN_RED_BLUE_ALPHA) {
      const [a, b] = [first[channel]!, difference[channel]!];
      if (a !== b) writer.write(pixel[channel] === Math.min(a, b) ? 0 : 1, 1);
    }
  }
}

/** A simple prefix code of one symbol, which takes no bits. */
function writeSingleSymbol(writer: BitWriter, symbol: number): void {
  writer.write(1, 1); // simple code
  writer.write(0, 1); // of one symbol
  writer.write(1, 1); // given in eight bits
  writer.write(symbol, 8);
}

function writeTwoSymbols(writer: BitWriter, zero: number, one: number): void {
  writer.write(1, 1);
  writer.write(1, 1);
  writer.write(1, 1);
  writer.write(zero, 8);
  writer.write(one, 8);
}

/** A normal prefix code: symbols 0 to 255 with eight bits each, none for the lengths of back references. */
function writeByteCode(writer: BitWriter): void {
  writer.write(0, 1); // normal code
  // Code lengths are themselves coded, in the order 17 18 0 1 2 3 4 5 16 6 7 8: only the length 8 occurs.
  writer.write(12 - 4, 4);
  for (let index = 0; index < 11; index++) writer.write(0, 3);
  writer.write(1, 3);
  writer.write(1, 1); // not for all symbols of the alphabet,
  writer.write(3, 3); // but (in 2 + 2 * 3 bits)
  writer.write(256 - 2, 8); // for the first 256
}

function riff(data: Uint8Array): Uint8Array {
  const padding = data.length % 2;
  const file = Buffer.alloc(20 + data.length + padding);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(file.length - 8, 4);
  file.write('WEBPVP8L', 8, 'latin1');
  file.writeUInt32LE(data.length, 16);
  file.set(data, 20);
  return file;
}

/** Bits from the lowest of each byte upwards. */
class BitWriter {
  readonly #bytes: number[] = [];
  #current = 0;
  #filled = 0;

  write(value: number, count: number): void {
    for (let bit = 0; bit < count; bit++) {
      this.#current |= ((value >> bit) & 1) << this.#filled;
      if (++this.#filled === 8) {
        this.#bytes.push(this.#current);
        this.#current = 0;
        this.#filled = 0;
      }
    }
  }

  /**
   * Everything written, followed by `tail`, whose bytes are read from the lowest bit upwards: a prefix code
   * begins with its highest bit, a packed symbol has its leftmost pixel lowest, and the two reversals cancel.
   */
  finish(tail: Uint8Array): Uint8Array {
    const result = new Uint8Array(this.#bytes.length + tail.length + 1);
    result.set(this.#bytes);
    let carry = this.#current;
    let end = this.#bytes.length;
    for (const byte of tail) {
      result[end++] = carry | (byte << this.#filled);
      carry = byte >> (8 - this.#filled);
    }
    if (this.#filled === 0) return result.subarray(0, end);
    result[end++] = carry;
    return result.subarray(0, end);
  }
}
