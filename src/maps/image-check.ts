import { crc32 } from 'node:zlib';
import { GismeshError } from '../core/errors.ts';
import type { ImageEncoding } from '../ogc/map-request.ts';

/**
 * Makes sure that bytes are a whole image of the wanted kind and size, before a cache or a client gets them:
 * an exception report or half an image must never be served as a tile. Throws `IMAGE_UNDECODABLE`.
 *
 * @param width with `height`, in pixels; left out where the engine chooses
 */
export function checkImage(
  bytes: Uint8Array,
  encoding: ImageEncoding,
  width?: number,
  height?: number,
): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = readers[encoding](buffer);
  if (size.width !== (width ?? size.width) || size.height !== (height ?? size.height)) {
    throw undecodable(`${size.width}x${size.height} pixels instead of ${width}x${height}`);
  }
}

interface Size {
  width: number;
  height: number;
}

const readers: Record<ImageEncoding, (buffer: Buffer) => Size> = {
  png: readPng,
  png8: readPng,
  jpeg: readJpeg,
  webp: readWebp,
};

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** PNG (ISO/IEC 15948): every chunk whole with its CRC, IHDR first, data present, IEND last. */
function readPng(buffer: Buffer): Size {
  if (buffer.length < 8 || !buffer.subarray(0, 8).equals(PNG_SIGNATURE))
    throw undecodable('no PNG signature');
  let offset = 8;
  let size: Size | undefined;
  let data = false;
  while (offset + 12 <= buffer.length) {
    const length = buffer.readUInt32BE(offset);
    const end = offset + 12 + length;
    if (end > buffer.length) throw undecodable('a PNG chunk is cut off');
    const type = buffer.toString('latin1', offset + 4, offset + 8);
    if (crc32(buffer.subarray(offset + 4, end - 4)) !== buffer.readUInt32BE(end - 4)) {
      throw undecodable(`PNG chunk ${type} fails its CRC`);
    }
    if (size === undefined) {
      if (type !== 'IHDR' || length !== 13) throw undecodable('PNG does not begin with IHDR');
      size = { width: buffer.readUInt32BE(offset + 8), height: buffer.readUInt32BE(offset + 12) };
    }
    if (type === 'IDAT') data = true;
    if (type === 'IEND') {
      if (!data || end !== buffer.length) throw undecodable('PNG without data, or with bytes after its end');
      return size;
    }
    offset = end;
  }
  throw undecodable('PNG without IEND');
}

/** JPEG (ISO/IEC 10918-1): SOI, segments up to a frame header, EOI at the end. */
function readJpeg(buffer: Buffer): Size {
  if (buffer.length < 4 || buffer.readUInt16BE(0) !== 0xffd8) throw undecodable('no JPEG signature');
  if (buffer.readUInt16BE(buffer.length - 2) !== 0xffd9) throw undecodable('JPEG is cut off');
  let offset = 2;
  while (offset + 9 <= buffer.length && buffer[offset] === 0xff) {
    const marker = buffer[offset + 1] as number;
    if (isFrameHeader(marker)) {
      return { height: buffer.readUInt16BE(offset + 5), width: buffer.readUInt16BE(offset + 7) };
    }
    offset += 2 + buffer.readUInt16BE(offset + 2);
  }
  throw undecodable('JPEG without a frame header');
}

/** SOF0 to SOF15 without DHT, JPG and DAC, which lie between them. */
function isFrameHeader(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
}

/** WebP (RFC 9649): RIFF of the right length with a VP8, VP8L or VP8X chunk first. */
function readWebp(buffer: Buffer): Size {
  if (
    buffer.length < 30 ||
    buffer.toString('latin1', 0, 4) !== 'RIFF' ||
    buffer.toString('latin1', 8, 12) !== 'WEBP'
  ) {
    throw undecodable('no WebP signature');
  }
  if (buffer.readUInt32LE(4) + 8 !== buffer.length) throw undecodable('WebP is cut off');
  switch (buffer.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: buffer.readUInt16LE(26) & 0x3fff, height: buffer.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = buffer.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: buffer.readUIntLE(24, 3) + 1, height: buffer.readUIntLE(27, 3) + 1 };
    default:
      throw undecodable('WebP without an image');
  }
}

function undecodable(why: string): GismeshError {
  return new GismeshError('IMAGE_UNDECODABLE', `The engine's answer is not the image asked for: ${why}`);
}
