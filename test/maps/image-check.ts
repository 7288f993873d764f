import { crc32, deflateSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { checkImage } from '../../src/maps/image-check.ts';

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((width + 1) * height);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const undecodable = { code: 'IMAGE_UNDECODABLE' } as const;

test('a whole PNG of the right size passes', (t) => {
  t.notThrows(() => checkImage(png(256, 128), 'png', 256, 128));
  t.notThrows(() => checkImage(png(3, 2), 'png8', 3, 2));
});

test('another size, another kind, an exception report do not', (t) => {
  t.throws(() => checkImage(png(256, 128), 'png', 128, 256), undecodable);
  t.throws(() => checkImage(png(256, 128), 'jpeg', 256, 128), undecodable);
  t.throws(() => checkImage(png(256, 128), 'webp', 256, 128), undecodable);
  t.throws(() => checkImage(Buffer.from('<ServiceExceptionReport/>'), 'png', 1, 1), undecodable);
  t.throws(() => checkImage(new Uint8Array(0), 'png', 1, 1), undecodable);
});

test('a cut or changed PNG never passes', (t) => {
  const whole = png(64, 64);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (position, change) => {
      t.throws(() => checkImage(whole.subarray(0, position), 'png', 64, 64), undecodable);
      const rotten = Buffer.from(whole);
      rotten[position] = (rotten[position] as number) ^ change;
      t.throws(() => checkImage(rotten, 'png', 64, 64), undecodable);
    }),
  );
  t.pass();
});

test('random bytes never pass and never throw anything else', (t) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('png', 'jpeg', 'webp'),
      (bytes, encoding) => {
        t.throws(() => checkImage(bytes, encoding as 'png' | 'jpeg' | 'webp', 1, 1), undecodable);
      },
    ),
  );
  t.pass();
});
