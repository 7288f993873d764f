import type { ImageEncoding } from './map-request.ts';

/** The media types offered, the preferred first. */
export const imageFormats: Readonly<Record<ImageEncoding, string>> = {
  png: 'image/png',
  png8: 'image/png; mode=8bit',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

const ALIASES: Readonly<Record<string, ImageEncoding>> = {
  'image/png': 'png',
  'image/png;mode=8bit': 'png8',
  'image/png;mode=24bit': 'png',
  'image/png;mode=32bit': 'png',
  'image/png8': 'png8',
  'image/png24': 'png',
  'image/png32': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/webp': 'webp',
  png: 'png',
  png8: 'png8',
  jpeg: 'jpeg',
  jpg: 'jpeg',
  webp: 'webp',
};

/** The encoding that a FORMAT means, spelled as clients of all ages do; undefined for one not offered. */
export function encodingOf(format: string): ImageEncoding | undefined {
  const key = format.toLowerCase().replace(/[\s"']/g, '');
  return Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
}

/** Whether images of that encoding can be transparent. */
export function canBeTransparent(encoding: ImageEncoding): boolean {
  return encoding !== 'jpeg';
}
