import type { Bitmap } from './bitmap.ts';
import type { Colour, Colours } from './error-image.ts';

const MAX_SIDE = 65535;
/** One step for all coefficients: letters have no frequencies that could be spared. */
const QUANTISATION = 8;

/** Zigzag order: index into an 8x8 block, row by row (ITU-T T.81, figure A.6). */
const ZIGZAG = zigzag();
/** COSINE[u][x] of the one-dimensional transform, with its scale (ITU-T T.81, A.3.3). */
const COSINE = Array.from({ length: 8 }, (_, u) =>
  Array.from(
    { length: 8 },
    (_, x) => (u === 0 ? Math.SQRT1_2 : 1) * 0.5 * Math.cos(((2 * x + 1) * u * Math.PI) / 16),
  ),
);

const RUN_OF_16 = 0xf0;

/**
 * The prefix codes, made for pictures that are mostly paper: one bit for "as the block before" (DC category 0)
 * and for "no more coefficients" (end of block); all other symbols have codes of one length.
 */
const DC_SYMBOLS = Array.from({ length: 12 }, (_, category) => category);
const DC_LONG = 5;
const AC_SYMBOLS = acSymbols();
const AC_LONG = 9;
const AC_INDEX = new Map(AC_SYMBOLS.map((symbol, index) => [symbol, index]));

/**
 * A baseline JPEG of two colours, three components of full resolution (ITU-T T.81, JFIF).
 * Undefined for a picture with a side longer than the format allows.
 */
export function encodeJpeg(bitmap: Bitmap, { paper, ink }: Colours): Uint8Array | undefined {
  const { width, height } = bitmap;
  if (width > MAX_SIDE || height > MAX_SIDE) return undefined;
  const scan = encodeScan(bitmap, toYcc(paper), toYcc(ink));
  return Buffer.concat([
    Uint8Array.of(0xff, 0xd8),
    segment(0xe0, [...Buffer.from('JFIF\0', 'latin1'), 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    segment(0xdb, [0, ...new Array<number>(64).fill(QUANTISATION)]),
    segment(0xc0, [
      8,
      height >> 8,
      height & 255,
      width >> 8,
      width & 255,
      3,
      1,
      0x11,
      0,
      2,
      0x11,
      0,
      3,
      0x11,
      0,
    ]),
    segment(0xc4, [0x00, ...codeLengths(DC_SYMBOLS.length, DC_LONG), ...DC_SYMBOLS]),
    segment(0xc4, [0x10, ...codeLengths(AC_SYMBOLS.length, AC_LONG), ...AC_SYMBOLS]),
    segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
    scan,
    Uint8Array.of(0xff, 0xd9),
  ]);
}

function encodeScan(bitmap: Bitmap, paper: Colour, ink: Colour): Uint8Array {
  const writer = new ScanWriter();
  const columns = Math.ceil(bitmap.width / 8);
  const rows = Math.ceil(bitmap.height / 8);
  const lastDc = [0, 0, 0];
  for (let row = 0; row < rows; row++) {
    const inked = row * 8 < bitmap.inkHeight;
    for (let column = 0; column < columns; column++) {
      const shape = inked ? transformBlock(bitmap, column, row) : undefined;
      for (let component = 0; component < 3; component++) {
        const level = paper[component]! - 128;
        const contrast = ink[component]! - paper[component]!;
        lastDc[component] = encodeBlock(writer, shape, level, contrast, lastDc[component]!);
      }
    }
  }
  return writer.finish();
}

/** Cosine transform of a block's ink (0 or 1), in zigzag order; undefined for a block without ink. */
function transformBlock(bitmap: Bitmap, column: number, row: number): Float64Array | undefined {
  const lines = Array.from({ length: 8 }, (_, y) => bitmap.bits[(row * 8 + y) * bitmap.stride + column] ?? 0);
  if (lines.every((line) => line === 0)) return undefined;
  const horizontal = lines.map((line) =>
    COSINE.map((wave) => wave.reduce((sum, value, x) => sum + ((line >> (7 - x)) & 1) * value, 0)),
  );
  return Float64Array.from(ZIGZAG, (index) => {
    const wave = COSINE[index >> 3]!;
    return wave.reduce((sum, value, y) => sum + horizontal[y]![index & 7]! * value, 0);
  });
}

/** Writes one block of `level` plus `contrast` times the ink; returns its quantised DC coefficient. */
function encodeBlock(
  writer: ScanWriter,
  shape: Float64Array | undefined,
  level: number,
  contrast: number,
  lastDc: number,
): number {
  const dc = Math.round((level * 8 + (shape?.[0] ?? 0) * contrast) / QUANTISATION);
  const category = bitLength(dc - lastDc);
  writer.symbol(category, DC_LONG);
  writer.magnitude(dc - lastDc, category);

  let run = 0;
  for (let k = 1; shape !== undefined && k < 64; k++) {
    const value = Math.round((shape[k]! * contrast) / QUANTISATION);
    if (value === 0) {
      run++;
      continue;
    }
    for (; run > 15; run -= 16) writer.symbol(AC_INDEX.get(RUN_OF_16)!, AC_LONG);
    const size = bitLength(value);
    writer.symbol(AC_INDEX.get((run << 4) | size)!, AC_LONG);
    writer.magnitude(value, size);
    run = 0;
  }
  if (run > 0 || shape === undefined) writer.symbol(0, AC_LONG); // end of block
  return dc;
}

/** The entropy-coded bits, highest first, with a zero byte stuffed after every 0xff. */
class ScanWriter {
  #bytes = new Uint8Array(4096);
  #length = 0;
  #buffer = 0;
  #filled = 0;

  /** The first symbol of a table has the code `0`, the others follow it with a leading 1. */
  symbol(index: number, long: number): void {
    if (index === 0) this.#write(0, 1);
    else this.#write((1 << (long - 1)) | (index - 1), long);
  }

  /** A value's additional bits: itself, or for negative ones its ones' complement (T.81, F.1.2.1). */
  magnitude(value: number, bits: number): void {
    if (bits > 0) this.#write(value < 0 ? value + (1 << bits) - 1 : value, bits);
  }

  finish(): Uint8Array {
    if (this.#filled > 0) this.#write((1 << (8 - this.#filled)) - 1, 8 - this.#filled);
    return this.#bytes.subarray(0, this.#length);
  }

  #write(value: number, count: number): void {
    this.#buffer = (this.#buffer << count) | value;
    this.#filled += count;
    while (this.#filled >= 8) {
      this.#filled -= 8;
      const byte = (this.#buffer >> this.#filled) & 0xff;
      this.#push(byte);
      if (byte === 0xff) this.#push(0);
    }
    this.#buffer &= (1 << this.#filled) - 1;
  }

  #push(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(this.#bytes.length * 2);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte;
  }
}

function bitLength(value: number): number {
  return 32 - Math.clz32(Math.abs(value));
}

/** RGB to the luminance and colour differences of JFIF. */
function toYcc([r, g, b]: Colour): Colour {
  return [
    0.299 * r + 0.587 * g + 0.114 * b,
    128 - 0.168736 * r - 0.331264 * g + 0.5 * b,
    128 + 0.5 * r - 0.418688 * g - 0.081312 * b,
  ];
}

function segment(marker: number, data: readonly number[]): Uint8Array {
  const length = data.length + 2;
  return Uint8Array.from([0xff, marker, length >> 8, length & 255, ...data]);
}

/** Numbers of codes of 1 to 16 bits: one of one bit, all others of `long`. */
function codeLengths(symbols: number, long: number): number[] {
  const lengths = new Array<number>(16).fill(0);
  lengths[0] = 1;
  lengths[long - 1] = symbols - 1;
  return lengths;
}

/** End of block first, then a run of 16 zeros, then every run of zeros with every size of a value. */
function acSymbols(): number[] {
  const symbols = [0x00, RUN_OF_16];
  for (let run = 0; run < 16; run++) for (let size = 1; size <= 10; size++) symbols.push((run << 4) | size);
  return symbols;
}

function zigzag(): number[] {
  const cells = Array.from({ length: 64 }, (_, index) => ({ index, x: index & 7, y: index >> 3 }));
  const along = ({ x, y }: { x: number; y: number }) => ((x + y) % 2 === 0 ? x : y);
  return cells.sort((a, b) => a.x + a.y - (b.x + b.y) || along(a) - along(b)).map((cell) => cell.index);
}
