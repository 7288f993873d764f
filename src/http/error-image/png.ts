import { constants, crc32, deflateSync } from 'node:zlib';
import type { Bitmap } from './bitmap.ts';
import type { Colours } from './error-image.ts';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A PNG with a palette of two colours, one bit per pixel (W3C PNG, sections 5 and 11). */
export function encodePng(bitmap: Bitmap, { paper, ink, transparent }: Colours): Uint8Array {
  const { width, height, stride, bits } = bitmap;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 3, 0, 0, 0], 8); // bit depth 1, palette, deflate, adaptive filters, not interlaced

  const scanlines = new Uint8Array((stride + 1) * height); // each begins with its filter: 0, none
  for (let y = 0; y < height; y++) {
    scanlines.set(bits.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', Uint8Array.of(...paper, ...ink)),
    ...(transparent ? [chunk('tRNS', Uint8Array.of(0, 255))] : []),
    chunk('IDAT', deflateSync(scanlines, { level: constants.Z_BEST_SPEED })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  framed.set(body, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
