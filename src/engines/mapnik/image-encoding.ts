import { availableParallelism } from 'node:os';
import type { ImageEncoding } from '../../ogc/map-request.ts';
import type { Encodable } from './binding.ts';

/**
 * Mapnik's words for each encoding. Measured on 1024x768 pixels of map with labels: `png` at zlib level 3 takes
 * 7 ms (level 6: 13 ms, 12 % smaller), `png8` from a hextree palette with alpha 18 ms, `jpeg` 2 ms, `webp` at
 * method 2 24 ms (default method 4: 43 ms, 15 % smaller).
 */
const FORMATS: Readonly<Record<ImageEncoding, string>> = {
  png: 'png32:z=3',
  png8: 'png8:m=h:z=3',
  jpeg: 'jpeg85',
  webp: 'webp:quality=85:method=2',
};

/** Encodes on one of the thread pool's threads. */
export function encode(image: Encodable, encoding: ImageEncoding): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    image.encode(FORMATS[encoding], (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}

/** Threads on which a worker encodes; they share the cores with the other workers. */
export const ENCODING_THREADS = Math.min(4, availableParallelism());
