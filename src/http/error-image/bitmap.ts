import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphOf } from './glyphs.ts';

/** One bit per pixel, rows padded to whole bytes, the leftmost pixel in a byte's highest bit; 1 is ink. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Bytes per row. */
  readonly stride: number;
  readonly bits: Uint8Array;
  /** Rows from here on hold no ink. */
  readonly inkHeight: number;
}

const MARGIN = 4;
const LINE_GAP = 2;
/** Pictures at least this wide get letters of twice the size. */
const LARGE_FROM = 768;

/** A text set into a picture of the given size, wrapped at words; what does not fit ends in three dots. */
export function textBitmap(text: string, width: number, height: number): Bitmap {
  const stride = Math.ceil(width / 8);
  const bits = new Uint8Array(stride * height);
  const scale = width >= LARGE_FROM ? 2 : 1;
  const advance = (GLYPH_WIDTH + 1) * scale;
  const leading = (GLYPH_HEIGHT + LINE_GAP) * scale;
  const columns = Math.floor((width - 2 * MARGIN + scale) / advance);
  const rows = Math.floor((height - 2 * MARGIN + LINE_GAP * scale) / leading);

  const lines = columns > 0 && rows > 0 ? wrap(text, columns, rows) : [];
  lines.forEach((line, row) => {
    [...line].forEach((character, column) => {
      drawGlyph(glyphOf(character), MARGIN + column * advance, MARGIN + row * leading);
    });
  });
  const inkHeight = lines.length === 0 ? 0 : MARGIN + lines.length * leading;
  return { width, height, stride, bits, inkHeight: Math.min(inkHeight, height) };

  function drawGlyph(glyph: readonly number[], left: number, top: number): void {
    for (let y = 0; y < GLYPH_HEIGHT * scale; y++) {
      const row = glyph[Math.floor(y / scale)]!;
      for (let x = 0; x < GLYPH_WIDTH * scale; x++) {
        if ((row >> (GLYPH_WIDTH - 1 - Math.floor(x / scale))) & 1) setPixel(left + x, top + y);
      }
    }
  }

  function setPixel(x: number, y: number): void {
    const index = y * stride + (x >> 3);
    bits[index] = bits[index]! | (0x80 >> (x & 7));
  }
}

export function blankBitmap(width: number, height: number): Bitmap {
  const stride = Math.ceil(width / 8);
  return { width, height, stride, bits: new Uint8Array(stride * height), inkHeight: 0 };
}

/** At most `rows` lines of at most `columns` characters. */
function wrap(text: string, columns: number, rows: number): string[] {
  const lines: string[] = [];
  let line = '';
  // More text than the picture has room for need not be looked at.
  for (const word of text.slice(0, columns * rows + 1).split(/\s+/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > columns) {
      lines.push(line);
      line = '';
    }
    while (rest.length > columns) {
      lines.push(rest.slice(0, columns));
      rest = rest.slice(columns);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '') lines.push(line);
  if (lines.length > rows) {
    lines.length = rows;
    lines[rows - 1] = `${lines[rows - 1]!.slice(0, Math.max(0, columns - 3))}...`.slice(0, columns);
  }
  return lines;
}
