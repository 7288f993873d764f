import type { Binding } from '../../../src/engines/mapnik/binding.ts';
import { loadMapnik, locateMapnik, prepareBinding } from '../../../src/engines/mapnik/load.ts';
import { testFolder } from './projects.ts';

export type Rgba = readonly [red: number, green: number, blue: number, alpha: number];

export interface Picture {
  readonly width: number;
  readonly height: number;
  at(column: number, row: number): Rgba;
  /** RGBA bytes, row by row. */
  readonly pixels: Buffer;
}

let loaded: Binding | undefined;

/** Mapnik within the test's own process. */
export function testMapnik(): Binding {
  if (loaded === undefined) {
    const folder = testFolder();
    const files = locateMapnik();
    loaded = loadMapnik(files, prepareBinding(files, folder.path));
    folder.remove();
  }
  return loaded;
}

/** Decodes an image of any encoding. */
export function decode(bytes: Uint8Array): Picture {
  const images = testMapnik().Image as unknown as { fromBytesSync(bytes: Buffer): DecodedImage };
  const image = images.fromBytesSync(Buffer.from(bytes));
  const [width, height, pixels] = [image.width(), image.height(), image.data()];
  return {
    width,
    height,
    pixels,
    at(column, row) {
      const offset = (row * width + column) * 4;
      return [pixels[offset]!, pixels[offset + 1]!, pixels[offset + 2]!, pixels[offset + 3]!];
    },
  };
}

interface DecodedImage {
  width(): number;
  height(): number;
  data(): Buffer;
}
