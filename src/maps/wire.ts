import { create, type MessageInitShape } from '@bufbuild/protobuf';
import * as pb from '../../protocols/maps/maps_pb.js';
import { GismeshError } from '../core/errors.ts';
import type { BBox, ImageEncoding } from '../ogc/map-request.ts';
import type { Drawing, DrawingTask } from './drawing.ts';

/** A drawing as it goes over the wire (protocols/maps). */
export function drawingToWire({ projectHash, engine, task }: Drawing): pb.Drawing {
  return create(pb.DrawingSchema, { projectHash, engine: { ...engine }, task: taskToWire(task) });
}

type WireTask = NonNullable<MessageInitShape<typeof pb.DrawingSchema>['task']>;

function taskToWire(task: DrawingTask): WireTask {
  switch (task.kind) {
    case 'image': {
      const { kind, ...value } = task;
      return {
        case: 'image',
        value: { ...value, layers: [...task.layers], styles: [...task.styles], bbox: [...task.bbox] },
      };
    }
    case 'features': {
      const { kind, ...value } = task;
      return { case: 'featureInfo', value: { ...value, layers: [...task.layers], bbox: [...task.bbox] } };
    }
    case 'legend': {
      const { kind, ...value } = task;
      return { case: 'legend', value };
    }
  }
}

const ENCODINGS: readonly string[] = ['png', 'png8', 'jpeg', 'webp'] satisfies ImageEncoding[];
const MAX_LIST = 1000;
const MAX_PARTS = 256;
const MAX_SIDE = 65_536;
const MAX_DPI = 100_000;
const MAX_FEATURES = 10_000;

/** Throws `MESSAGE_MALFORMED` on anything that no peer of this version would send. */
export function drawingFromWire(wire: pb.Drawing | undefined, limits: { maxPixels: number }): Drawing {
  if (!wire?.engine || !/^[0-9a-f]{64}$/.test(wire.projectHash)) throw malformed('project or engine');
  const { name, version, fonts } = wire.engine;
  const task = taskFromWire(wire.task, limits.maxPixels);
  return { projectHash: wire.projectHash, engine: { name, version, fonts }, task };
}

function taskFromWire(task: pb.Drawing['task'], maxPixels: number): DrawingTask {
  switch (task.case) {
    case 'image': {
      const { $typeName, $unknown, ...value } = task.value;
      const { columns, rows, tileWidth, tileHeight, buffer, layers, styles } = value;
      checkRange('number of tiles', columns * rows, 1, MAX_PARTS);
      checkSize(columns * tileWidth, rows * tileHeight, buffer, maxPixels);
      checkLayers(layers);
      if (styles.length !== layers.length) throw malformed('styles');
      checkDpi(value.dpi);
      const bbox = bboxFromWire(value.bbox);
      return { kind: 'image', ...value, bbox, encoding: encodingFromWire(value.encoding) };
    }
    case 'featureInfo': {
      const { $typeName, $unknown, geometryCrs, ...value } = task.value;
      checkLayers(value.layers);
      checkSize(value.width, value.height, 0, maxPixels);
      checkRange('column', value.i, 0, value.width - 1);
      checkRange('row', value.j, 0, value.height - 1);
      checkRange('number of features', value.featureCount, 0, MAX_FEATURES);
      checkDpi(value.dpi);
      const bbox = bboxFromWire(value.bbox);
      return { kind: 'features', ...value, bbox, ...(geometryCrs !== '' && { geometryCrs }) };
    }
    case 'legend': {
      const { $typeName, $unknown, ...value } = task.value;
      // No width or no height: the engine chooses.
      checkSize(Math.max(1, value.width), Math.max(1, value.height), 0, maxPixels);
      checkDpi(value.dpi);
      return { kind: 'legend', ...value, encoding: encodingFromWire(value.encoding) };
    }
    default:
      throw malformed('task');
  }
}

/** NaN is in no range. */
function checkRange(what: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) throw malformed(what);
}

function checkSize(width: number, height: number, buffer: number, maxPixels: number): void {
  checkRange('width', width, 1, MAX_SIDE);
  checkRange('height', height, 1, MAX_SIDE);
  checkRange('number of pixels', (width + 2 * buffer) * (height + 2 * buffer), 1, maxPixels);
}

function checkLayers(layers: readonly string[]): void {
  checkRange('number of layers', layers.length, 1, MAX_LIST);
}

function checkDpi(dpi: number): void {
  if (!(dpi > 0 && dpi <= MAX_DPI)) throw malformed('resolution');
}

function bboxFromWire(numbers: readonly number[]): BBox {
  const [minX, minY, maxX, maxY] = numbers as [number, number, number, number];
  const ordered = numbers.length === 4 && numbers.every(Number.isFinite) && minX < maxX && minY < maxY;
  if (!ordered) throw malformed('bbox');
  return [minX, minY, maxX, maxY];
}

function encodingFromWire(text: string): ImageEncoding {
  if (!ENCODINGS.includes(text)) throw malformed('encoding');
  return text as ImageEncoding;
}

function malformed(what: string): GismeshError {
  return new GismeshError('MESSAGE_MALFORMED', `A peer sent a drawing whose ${what} makes no sense`);
}
