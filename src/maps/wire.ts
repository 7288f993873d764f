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
      const width = value.columns * value.tileWidth + 2 * value.buffer;
      const height = value.rows * value.tileHeight + 2 * value.buffer;
      if (!(value.columns * value.rows > 0) || !(width * height > 0 && width * height <= maxPixels)) {
        throw malformed('image size');
      }
      if (value.layers.length === 0 || value.layers.length > MAX_LIST || value.styles.length > MAX_LIST) {
        throw malformed('layers');
      }
      return {
        kind: 'image',
        ...value,
        bbox: bboxFromWire(value.bbox),
        encoding: encodingFromWire(value.encoding),
      };
    }
    case 'featureInfo': {
      const { $typeName, $unknown, ...value } = task.value;
      if (value.layers.length > MAX_LIST) throw malformed('layers');
      return { kind: 'features', ...value, bbox: bboxFromWire(value.bbox) };
    }
    case 'legend': {
      const { $typeName, $unknown, ...value } = task.value;
      if (value.width * value.height > maxPixels) throw malformed('legend size');
      return { kind: 'legend', ...value, encoding: encodingFromWire(value.encoding) };
    }
    default:
      throw malformed('task');
  }
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
