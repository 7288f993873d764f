import { OgcException } from './exceptions.ts';
import type { BBox } from './map-request.ts';

/** Added to a number it turns -0, which is another key to a cache, into 0. */
const NO_SIGN_OF_ZERO = 0;

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/**
 * A number as WMS 1.3.0 section 6.5 writes it, exponents allowed; undefined for anything else, NaN and
 * Infinity among it. A `+` that the client did not escape has become a space on its way.
 */
export function readNumber(text: string): number | undefined {
  const restored = text.trim().replace(/([eE]) (?=\d)/, '$1+');
  if (restored.length > 64 || !DECIMAL.test(restored)) return undefined;
  const value = Number(restored) + NO_SIGN_OF_ZERO;
  return Number.isFinite(value) ? value : undefined;
}

/** A decimal integer that a number holds exactly, undefined for anything else. */
export function readInteger(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,16}$/.test(trimmed)) return undefined;
  const value = Number(trimmed) + NO_SIGN_OF_ZERO;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** A boolean as WMS writes it, and as others do; undefined for anything else. */
export function readBoolean(text: string): boolean | undefined {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case '1':
    case 'yes':
    case 'on':
      return true;
    case 'false':
    case '0':
    case 'no':
    case 'off':
      return false;
    default:
      return undefined;
  }
}

/** `0xRRGGBB`, also `#RRGGBB` and `RRGGBB`, as `#rrggbb`; undefined for anything else. */
export function readColour(text: string): string | undefined {
  const match = /^(?:0x|#)?([0-9a-f]{6})$/i.exec(text.trim());
  return match?.[1] === undefined ? undefined : `#${match[1].toLowerCase()}`;
}

/**
 * The four numbers of a BBOX, minima before maxima; `yx` swaps the pairs of CRSs that put north first.
 * Throws `InvalidBBOX`.
 */
export function readBBox(text: string, axisOrder: 'xy' | 'yx'): BBox {
  const parts = text.split(',');
  const [a, b, c, d] = parts.map(readNumber);
  if (parts.length !== 4 || a === undefined || b === undefined || c === undefined || d === undefined) {
    throw invalidBBox(`BBOX takes four numbers separated by commas, not "${text.slice(0, 100)}"`);
  }
  const bbox: BBox = axisOrder === 'yx' ? [b, a, d, c] : [a, b, c, d];
  if (bbox[0] >= bbox[2] || bbox[1] >= bbox[3]) {
    throw invalidBBox(`BBOX "${text.slice(0, 100)}" has a minimum that is not below its maximum`);
  }
  if (!Number.isFinite(bbox[2] - bbox[0]) || !Number.isFinite(bbox[3] - bbox[1])) {
    throw invalidBBox('BBOX is larger than any map');
  }
  return bbox;
}

function invalidBBox(message: string): OgcException {
  return new OgcException('InvalidBBOX', message, { locator: 'BBOX' });
}
