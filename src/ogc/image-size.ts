import { OgcException } from './exceptions.ts';
import type { Parameters } from './parameters.ts';
import type { OgcLimits } from './service.ts';
import { readInteger } from './values.ts';

export function isDrawableSize(width: number, height: number, limits: OgcLimits): boolean {
  const fits = width <= limits.maxWidth && height <= limits.maxHeight && width * height <= limits.maxPixels;
  return width >= 1 && height >= 1 && fits;
}

/** WIDTH and HEIGHT, both mandatory. Throws MissingParameterValue, InvalidParameterValue. */
export function readImageSize(parameters: Parameters, limits: OgcLimits): { width: number; height: number } {
  const width = readSide(parameters.required('WIDTH'), 'WIDTH', limits.maxWidth);
  const height = readSide(parameters.required('HEIGHT'), 'HEIGHT', limits.maxHeight);
  checkPixels(width, height, limits);
  return { width, height };
}

/** An image of too many pixels in all throws InvalidParameterValue. */
export function checkPixels(width: number, height: number, limits: OgcLimits): void {
  if (width * height <= limits.maxPixels) return;
  const message = `An image of ${width} x ${height} has more than ${limits.maxPixels} pixels`;
  throw new OgcException('InvalidParameterValue', message, { locator: 'WIDTH' });
}

/** One side of an image in pixels; throws InvalidParameterValue. */
export function readSide(text: string, name: 'WIDTH' | 'HEIGHT', max: number): number {
  const side = readInteger(text);
  if (side !== undefined && side >= 1 && side <= max) return side;
  throw new OgcException('InvalidParameterValue', `${name} must be a whole number from 1 to ${max}`, {
    locator: name,
  });
}
