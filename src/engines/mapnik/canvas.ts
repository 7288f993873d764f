import type { Binding, MapnikImage } from './binding.ts';

/** Images up to this size are kept for the next drawing of the same size: a metatile's, 16 MiB. */
const KEPT_PIXELS = 2048 * 2048;
/** Bytes of pixels that may wait for the garbage collector. */
const MAX_GARBAGE_BYTES = 64 * 2 ** 20;
const BYTES_PER_PIXEL = 4;

/**
 * Gives out images to draw on, one at a time. V8 does not see the pixels behind an image and has no reason to
 * collect what looks like a few small objects: a worker that makes a new image for every drawing grows by
 * gigabytes. So the last image is used again, and what could not be is collected in time.
 */
export class Canvas {
  readonly #mapnik: Binding;
  #last: MapnikImage | undefined;
  #garbageBytes = 0;

  constructor(mapnik: Binding) {
    this.#mapnik = mapnik;
  }

  /** A transparent image, valid until the next call. */
  take(width: number, height: number): MapnikImage {
    if (this.#last?.width() === width && this.#last.height() === height) {
      this.#last.clearSync();
      return this.#last;
    }
    this.#last = undefined;
    const bytes = width * height * BYTES_PER_PIXEL;
    if (this.#garbageBytes + bytes > MAX_GARBAGE_BYTES && this.#garbageBytes > 0) {
      collectGarbage();
      this.#garbageBytes = 0;
    }
    this.#garbageBytes += bytes;
    const image = new this.#mapnik.Image(width, height);
    if (width * height <= KEPT_PIXELS) this.#last = image;
    return image;
  }
}

/** Frees what Mapnik holds for objects that nobody needs any more: pixels, open files. */
export function collectGarbage(): void {
  // Workers run with --expose-gc.
  globalThis.gc?.();
}
