import { crc32, deflateSync } from 'node:zlib';
import type { BBox } from '../../src/ogc/map-request.ts';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const END = chunk('IEND', Buffer.alloc(0));
/** Subdivisions of a pixel to which places are told apart: finer than what sums of tile sizes are off by. */
const PER_PIXEL = 64;
/** Sizes of images in use are few. */
const beginnings = new Map<string, { head: Buffer; data: Buffer }>();

/** What a simulated engine draws of: one tile of one version of a project. */
export interface Subject {
  /** Content hash of the project. */
  readonly hash: string;
  readonly layers: readonly string[];
  readonly crs: string;
  readonly bbox: BBox;
  readonly width: number;
  readonly height: number;
}

/** Text that is the same for the same picture, whether it was drawn alone or as part of a block. */
export function stampOf({ hash, layers, crs, bbox, width, height }: Subject): string {
  const perUnit = (PER_PIXEL * width) / (bbox[2] - bbox[0]);
  const place = bbox.map((value) => Math.round(value * perUnit)).join();
  return `${hash.slice(0, 16)} ${layers.join()} ${crs} ${place} ${width}x${height}`;
}

/**
 * A valid PNG (ISO 15948) of one bit per pixel that carries the stamp in a text chunk: small, quickly made, and a
 * function of what it shows. Padded to `bytes` with an ancillary chunk, which decoders skip.
 */
export function stampedImage(stamp: string, width: number, height: number, bytes: number): Uint8Array {
  const { head, data } = beginning(width, height);
  const text = chunk('tEXt', Buffer.from(`Comment\0${stamp}`, 'latin1'));
  const size = head.length + text.length + data.length + END.length;
  const padding = size < bytes ? [chunk('paDd', Buffer.alloc(Math.max(0, bytes - size - 12)))] : [];
  return Buffer.concat([head, text, ...padding, data, END]);
}

function beginning(width: number, height: number): { head: Buffer; data: Buffer } {
  const key = `${width}x${height}`;
  const known = beginnings.get(key);
  if (known) return known;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  const made = {
    head: Buffer.concat([SIGNATURE, chunk('IHDR', header)]),
    data: chunk('IDAT', deflateSync(rows)),
  };
  beginnings.set(key, made);
  return made;
}

function chunk(type: string, data: Buffer): Buffer {
  const part = Buffer.alloc(data.length + 12);
  part.writeUInt32BE(data.length, 0);
  part.write(type, 4, 'latin1');
  part.set(data, 8);
  part.writeUInt32BE(crc32(part.subarray(4, 8 + data.length)), 8 + data.length);
  return part;
}
