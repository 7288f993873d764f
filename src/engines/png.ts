import { crc32, deflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * A valid RGB picture as PNG (ISO 15948), of at least `bytes` bytes: padded with an ancillary chunk, which
 * decoders skip.
 *
 * @param color red, green, blue of every pixel
 */
export function solidPng(
  width: number,
  height: number,
  color: readonly [number, number, number],
  bytes: number,
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(width * 3, Buffer.from(color))]);
  const pixels = deflateSync(Buffer.alloc(row.length * height, row), { level: 1 });
  const parts = [chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))];
  const size = SIGNATURE.length + parts.reduce((sum, part) => sum + part.length, 0);
  const padding = size < bytes ? [chunk('paDd', Buffer.alloc(Math.max(0, bytes - size - 12)))] : [];
  return Buffer.concat([SIGNATURE, parts[0]!, ...padding, ...parts.slice(1)]);
}

function chunk(type: string, data: Buffer): Buffer {
  const part = Buffer.alloc(data.length + 12);
  part.writeUInt32BE(data.length, 0);
  part.write(type, 4, 'latin1');
  part.set(data, 8);
  part.writeUInt32BE(crc32(part.subarray(4, 8 + data.length)), 8 + data.length);
  return part;
}
