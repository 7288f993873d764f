import { hash } from 'node:crypto';
import type { EngineIdentity, FeatureInfoTask, LegendTask, RenderTask } from '../engines/engine.ts';
import type { BBox, ImageEncoding } from '../ogc/map-request.ts';

type WithoutBundle<T> = Omit<T, 'bundle'>;

export type DrawingTask =
  | ({ readonly kind: 'image' } & WithoutBundle<RenderTask>)
  | ({ readonly kind: 'features' } & WithoutBundle<FeatureInfoTask>)
  | ({ readonly kind: 'legend' } & WithoutBundle<LegendTask>);

/** One unit of work: what is bid for, placed, drawn, joined and cached. An image is a whole metatile. */
export interface Drawing {
  /** The exact bundle; no peer bids without it. */
  readonly projectHash: string;
  /** Only an engine of this very identity may draw it, so that one key has one content. */
  readonly engine: EngineIdentity;
  readonly task: DrawingTask;
}

const keys = new WeakMap<Drawing, string>();

/** sha-256 (hex) of everything that decides the drawing's bytes: its name in caches, claims and flights. */
export function drawingKey(drawing: Drawing): string {
  let key = keys.get(drawing);
  if (key === undefined) {
    key = hash('sha256', canonicalText(drawing));
    keys.set(drawing, key);
  }
  return key;
}

function canonicalText({ projectHash, engine, task }: Drawing): string {
  const fields = Object.entries(task).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([projectHash, engine.name, engine.version, engine.fonts, fields]);
}

/** What decides which peer should draw it: the same ground at the same scale goes to the same peers' caches. */
export function drawingAffinity({ projectHash, task }: Drawing): string {
  if (task.kind === 'legend') return `${projectHash}|legend|${task.layer}`;
  const [minX, minY, maxX, maxY] = task.bbox;
  const column = Math.round((minX + maxX) / (maxX - minX));
  const row = Math.round((minY + maxY) / (maxY - minY));
  return `${projectHash}|${task.crs}|${scaleBand(task.bbox, pixelWidth(task))}|${column},${row}`;
}

/** Octave of the ground resolution: drawings of one band read about the same amount of data per pixel. */
function scaleBand(bbox: BBox, widthPixels: number): number {
  return Math.round(Math.log2((bbox[2] - bbox[0]) / widthPixels));
}

function pixelWidth(task: Exclude<DrawingTask, { kind: 'legend' }>): number {
  return task.kind === 'image' ? task.columns * task.tileWidth : task.width;
}

/** Pixels that have to be drawn, with the buffer. */
export function drawnPixels(task: DrawingTask): number {
  if (task.kind !== 'image') return 1;
  const width = task.columns * task.tileWidth + 2 * task.buffer;
  const height = task.rows * task.tileHeight + 2 * task.buffer;
  return width * height;
}

/** How many parts the result has: one per tile, one for anything else. */
export function partCount(task: DrawingTask): number {
  return task.kind === 'image' ? task.columns * task.rows : 1;
}

const contentTypes: Readonly<Record<ImageEncoding, string>> = {
  png: 'image/png',
  png8: 'image/png; mode=8bit',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

/** Media type of the parts. */
export function contentTypeOf({ task }: Drawing): string {
  return task.kind === 'features' ? 'application/json' : contentTypes[task.encoding];
}

/** Answers about single pixels are asked once; keeping them would push out what is asked again. */
export function isCacheable({ task }: Drawing): boolean {
  return task.kind !== 'features';
}
