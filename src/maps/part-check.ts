import { GismeshError } from '../core/errors.ts';
import type { FoundFeature } from '../ogc/map-request.ts';
import { type Drawing, partCount } from './drawing.ts';
import { checkImage } from './image-check.ts';

/** No encoder makes more of a pixel than this; what it adds to an image is in the allowance. */
const MAX_BYTES_PER_PIXEL = 5;
const PART_ALLOWANCE_BYTES = 64 * 1024;
/** A legend or the features under a pixel. */
const MAX_OTHER_BYTES = 16 * 1024 * 1024;

/** Throws `MESSAGE_MALFORMED` when these cannot be the parts of the drawing, before any of them is read. */
export function checkPartSizes({ task }: Drawing, sizes: readonly number[]): void {
  if (sizes.length !== partCount(task)) {
    throw new GismeshError(
      'MESSAGE_MALFORMED',
      `A drawing of ${partCount(task)} parts came with ${sizes.length}`,
    );
  }
  const most =
    task.kind === 'image'
      ? task.tileWidth * task.tileHeight * MAX_BYTES_PER_PIXEL + PART_ALLOWANCE_BYTES
      : MAX_OTHER_BYTES;
  const tooLarge = sizes.find((size) => size > most);
  if (tooLarge !== undefined) {
    throw new GismeshError('MESSAGE_MALFORMED', `A part of a drawing has ${tooLarge} bytes; at most ${most}`);
  }
}

/** Throws `IMAGE_UNDECODABLE` or `MESSAGE_MALFORMED` when a part is not what the drawing asks for. */
export function checkPart({ task }: Drawing, part: Uint8Array): void {
  if (task.kind === 'image') checkImage(part, task.encoding, task.tileWidth, task.tileHeight);
  else if (task.kind === 'legend') checkImage(part, task.encoding);
  else readFeatures(part);
}

/** The features under a pixel, from the part that holds them. */
export function readFeatures(part: Uint8Array): FoundFeature[] {
  let features: unknown;
  try {
    features = JSON.parse(Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString());
  } catch (cause) {
    throw new GismeshError('MESSAGE_MALFORMED', 'The features found are not JSON', { cause });
  }
  if (Array.isArray(features) && features.every(isFeature)) return features;
  throw new GismeshError('MESSAGE_MALFORMED', 'What was found are no features');
}

function isFeature(value: unknown): value is FoundFeature {
  const {
    layer,
    id,
    properties,
    geometryCrs = '',
  } = (value ?? {}) as Partial<Record<keyof FoundFeature, unknown>>;
  return (
    typeof layer === 'string' &&
    typeof id === 'string' &&
    typeof geometryCrs === 'string' &&
    typeof properties === 'object' &&
    properties !== null &&
    Object.values(properties).every((entry) => entry === null || typeof entry !== 'object')
  );
}
