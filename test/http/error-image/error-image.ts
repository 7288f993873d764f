import test from 'ava';
import fc from 'fast-check';
import { drawErrorImage, type ErrorPicture } from '../../../src/http/error-image/error-image.ts';
import type { ImageEncoding } from '../../../src/ogc/map-request.ts';
import { decodeImage, type Pixels } from '../helpers/decode-image.ts';

const MESSAGE = 'LayerNotDefined: the project world has no layer "seas". It has: land, countries, lakes.';
const ENCODINGS: readonly ImageEncoding[] = ['png', 'png8', 'jpeg', 'webp'];
/** JPEG rounds. */
const TOLERANCE = 8;

function draw(changes: Partial<ErrorPicture>) {
  const drawn = drawErrorImage({
    message: MESSAGE,
    encoding: 'png',
    width: 256,
    height: 256,
    transparent: false,
    background: '#ffffff',
    ...changes,
  });
  return drawn!;
}

function pixel({ width, data }: Pixels, x: number, y: number): number[] {
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

/** Ink or paper, by which of the two colours is nearer. */
function shapeOf(pixels: Pixels, ink: readonly number[], paper: readonly number[]): string {
  const rows: string[] = [];
  for (let y = 0; y < pixels.height; y++) {
    let row = '';
    for (let x = 0; x < pixels.width; x++) {
      const here = pixel(pixels, x, y);
      row += distance(here, ink) < distance(here, paper) ? '#' : '.';
    }
    rows.push(row);
  }
  return rows.join('\n');
}

function distance(a: readonly number[], b: readonly number[]): number {
  return a.slice(0, 3).reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0);
}

test('letters are where they can be read', (t) => {
  const { body } = draw({ message: 'Hi!', width: 28, height: 16 });
  t.is(
    shapeOf(decodeImage(body), [0x9b, 0, 0x1c], [255, 255, 255]),
    [
      ...Array<string>(4).fill('............................'),
      '....#...#...#.....#.........',
      '....#...#.........#.........',
      '....#...#..##.....#.........',
      '....#####...#.....#.........',
      '....#...#...#.....#.........',
      '....#...#...#...............',
      '....#...#..###....#.........',
      ...Array<string>(5).fill('............................'),
    ].join('\n'),
  );
});

for (const encoding of ENCODINGS) {
  test(`${encoding}: every decoder sees the same letters in the right size and colours`, (t) => {
    const reference = decodeImage(draw({ width: 250, height: 101, background: '#204060' }).body);
    const { body, contentType } = draw({ encoding, width: 250, height: 101, background: '#204060' });
    const pixels = decodeImage(body);
    t.is(contentType.split(';')[0], encoding === 'png8' ? 'image/png' : `image/${encoding}`);
    t.deepEqual([pixels.width, pixels.height], [250, 101]);
    t.is(
      shapeOf(pixels, [255, 255, 255], [0x20, 0x40, 0x60]),
      shapeOf(reference, [255, 255, 255], [0x20, 0x40, 0x60]),
    );
    t.true(distance(pixel(pixels, 249, 100), [0x20, 0x40, 0x60]) <= TOLERANCE);
  });

  test(`${encoding}: a blank picture has one colour only`, (t) => {
    const { body } = draw({ encoding, message: '', background: '#a0c0e0', width: 33, height: 17 });
    const { data } = decodeImage(body);
    for (let at = 0; at < data.length; at += 4) t.deepEqual(data.subarray(at, at + 4), data.subarray(0, 4));
    t.true(distance([...data.subarray(0, 3)], [0xa0, 0xc0, 0xe0]) <= TOLERANCE);
    t.is(data[3], 255);
  });
}

for (const encoding of ['png', 'png8', 'webp'] as const) {
  test(`${encoding}: transparent paper lets the layers below through, letters stay`, (t) => {
    const pixels = decodeImage(draw({ encoding, transparent: true }).body);
    t.is(pixel(pixels, 0, 0)[3], 0);
    t.true(pixels.data.some((value, index) => index % 4 === 3 && value === 255));
  });
}

test('any text fits any picture', (t) => {
  const size = fc.integer({ min: 1, max: 120 });
  fc.assert(
    fc.property(
      fc.string({ maxLength: 300, unit: 'binary' }),
      size,
      size,
      fc.constantFrom(...ENCODINGS),
      (message, width, height, encoding) => {
        const pixels = decodeImage(draw({ message, width, height, encoding }).body);
        t.deepEqual([pixels.width, pixels.height], [width, height]);
      },
    ),
  );
});

test('a text that does not fit ends in dots', (t) => {
  const last = decodeImage(draw({ message: 'word '.repeat(100), width: 80, height: 30 }).body);
  const rows = shapeOf(last, [0x9b, 0, 0x1c], [255, 255, 255]).split('\n');
  const textRows = rows.map((row, y) => ({ y, ink: row.includes('#') })).filter(({ ink }) => ink);
  const bottom = textRows.at(-1)!.y;
  t.regex(rows[bottom]!, /\.##\.\.\.\.##\.\.\.\.##\.*$/);
});

test('sides beyond what a format can hold give no picture', (t) => {
  t.is(
    drawErrorImage({
      message: '',
      encoding: 'webp',
      width: 16385,
      height: 1,
      transparent: false,
      background: '#ffffff',
    }),
    undefined,
  );
  t.is(
    drawErrorImage({
      message: '',
      encoding: 'jpeg',
      width: 65536,
      height: 1,
      transparent: false,
      background: '#ffffff',
    }),
    undefined,
  );
});
