import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { locateMapnik, prepareBinding } from '../../../src/engines/mapnik/load.ts';

/** RGBA, four bytes per pixel, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Buffer;
}

interface Decoder {
  Image: {
    fromBytes(bytes: Buffer): { width(): number; height(): number; data(): Buffer };
  };
}

const folder = mkdtempSync(path.join(tmpdir(), 'gismesh-test-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const binding = prepareBinding(locateMapnik(), folder);
const { Image } = createRequire(import.meta.url)(binding) as Decoder;

/** Decodes PNG, JPEG and WebP with the libraries that Mapnik brings: another program's view of our encoders. */
export function decodeImage(bytes: Uint8Array): Pixels {
  const image = Image.fromBytes(Buffer.from(bytes));
  return { width: image.width(), height: image.height(), data: image.data() };
}
