import { imageFormats } from '../../ogc/image-format.ts';
import type { ImageEncoding } from '../../ogc/map-request.ts';
import { blankBitmap, textBitmap } from './bitmap.ts';
import { encodeJpeg } from './jpeg.ts';
import { encodePng } from './png.ts';
import { encodeWebp } from './webp.ts';

/** Red, green, blue; 0 to 255. */
export type Colour = readonly [number, number, number];

export interface Colours {
  readonly paper: Colour;
  readonly ink: Colour;
  /** The paper is see-through, where the format can do that. */
  readonly transparent: boolean;
}

export interface ErrorPicture {
  /** Drawn into the picture; '' leaves it blank. */
  readonly message: string;
  readonly encoding: ImageEncoding;
  readonly width: number;
  readonly height: number;
  readonly transparent: boolean;
  /** `#rrggbb`. */
  readonly background: string;
}

const DARK: Colour = [0x9b, 0x00, 0x1c];
const LIGHT: Colour = [0xff, 0xff, 0xff];

/**
 * The picture of an error for clients that asked for one (WMS 1.3.0, 7.3.3.11: INIMAGE and BLANK), in the
 * format and size of the map they wanted. Undefined when the format has no pictures of that size.
 * Drawn at once, about 3 ms per million pixels: pictures that waited for a thread would pile up in memory.
 */
export function drawErrorImage(picture: ErrorPicture): { body: Uint8Array; contentType: string } | undefined {
  const { message, encoding, width, height } = picture;
  const bitmap = message === '' ? blankBitmap(width, height) : textBitmap(message, width, height);
  const colours = coloursOf(picture);
  const body = encode();
  return body && { body, contentType: imageFormats[encoding] };

  function encode(): Uint8Array | undefined {
    switch (encoding) {
      case 'jpeg':
        return encodeJpeg(bitmap, colours);
      case 'webp':
        return encodeWebp(bitmap, colours);
      default:
        return encodePng(bitmap, colours);
    }
  }
}

function coloursOf({ background, transparent }: ErrorPicture): Colours {
  const value = Number.parseInt(background.slice(1), 16);
  const paper: Colour = [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  const brightness = 0.299 * paper[0] + 0.587 * paper[1] + 0.114 * paper[2];
  return { paper, ink: transparent || brightness > 110 ? DARK : LIGHT, transparent };
}
