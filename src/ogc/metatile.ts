import type { BBox, MapView } from './map-request.ts';
import { MERCATOR_EDGE } from './tile-matrix-set.ts';

export interface MetatileOptions {
  /** Tiles along a side of a whole block. */
  readonly size: number;
  /** Most pixels of a block, without its buffer; blocks have fewer tiles where these are large. */
  readonly maxPixels: number;
}

/** A block of tiles that is drawn in one go, and the place of one tile in it. */
export interface Metatile {
  /** Ground of the whole block: the very same numbers for each of its tiles. */
  readonly block: BBox;
  /** Tiles in the block. */
  readonly columns: number;
  readonly rows: number;
  /** Place of the tile, from the west and from the north. */
  readonly column: number;
  readonly row: number;
}

/**
 * The block that a view is drawn with. A view that is one tile of a regular grid, of whatever resolution,
 * shares a block with its neighbours; any other view is a block by itself. Blocks do not reach beyond the
 * world of their CRS.
 */
export function metatileOf(view: MapView, options: MetatileOptions): Metatile {
  const world = worldOf(view.crs);
  for (const grid of gridsOf(view.bbox, world)) {
    const column = tileIndex(view.bbox[0], view.bbox[2], grid.x);
    const row = tileIndex(view.bbox[1], view.bbox[3], grid.y);
    if (column === undefined || row === undefined) continue;
    const { columns, rows } = blockShape(view.width, view.height, options);
    const across = blockRange(column, columns, grid.x, world && [world[0], world[2]]);
    const down = blockRange(row, rows, grid.y, world && [world[1], world[3]]);
    return {
      block: blockBBox(across, down, grid),
      columns: across.end - across.start,
      rows: down.end - down.start,
      column: column - across.start,
      row: row - down.start,
    };
  }
  return { block: view.bbox, columns: 1, rows: 1, column: 0, row: 0 };
}

/** Tiles of one axis: number `n` lies between `origin + n * step` and `origin + (n + 1) * step`. */
interface Axis {
  readonly origin: number;
  /** Negative where tiles are counted from the north. */
  readonly step: number;
}

interface Grid {
  readonly x: Axis;
  readonly y: Axis;
}

const MERCATOR_WORLD: BBox = [-MERCATOR_EDGE, -MERCATOR_EDGE, MERCATOR_EDGE, MERCATOR_EDGE];
const GEOGRAPHIC_WORLD: BBox = [-180, -90, 180, 90];

const WORLDS: ReadonlyMap<string, BBox> = new Map([
  ['EPSG:3857', MERCATOR_WORLD],
  ['EPSG:4326', GEOGRAPHIC_WORLD],
  ['EPSG:4258', GEOGRAPHIC_WORLD],
  ['EPSG:4269', GEOGRAPHIC_WORLD],
  ['CRS:84', GEOGRAPHIC_WORLD],
]);

function worldOf(crs: string): BBox | undefined {
  return WORLDS.get(crs);
}

/** Grids that clients tile by: from the world's north-west corner, its south-west corner, and from 0, 0. */
function gridsOf([minX, minY, maxX, maxY]: BBox, world: BBox | undefined): Grid[] {
  const corners: [x: number, y: number][] = world
    ? [
        [world[0], world[3]],
        [world[0], world[1]],
        [0, 0],
      ]
    : [[0, 0]];
  return corners.flatMap(([x, y]) => {
    const stepX = spanOf(minX, maxX, x, world && world[2] - world[0]);
    const stepY = spanOf(minY, maxY, y, world && world[3] - world[1]);
    if (stepX === undefined || stepY === undefined) return [];
    return { x: { origin: x, step: stepX }, y: { origin: y, step: -stepY } };
  });
}

/** How far an edge may lie from its grid line, in tiles. */
const TOLERANCE = 1e-6;

/** Significant digits to which spans of no particular size are rounded, to be the same for all neighbours. */
const SPAN_DIGITS = 12;

/** Tiles from the origin beyond which nothing can be said of a span that had to be measured. */
const MAX_MEASURED_COUNT = 1e6;

/**
 * The exact span of the tiles of which `min` to `max` is one; undefined where it is none of a grid from
 * `origin`. Edges come with rounding errors, which grow with their distance from the origin. A world halved
 * some times is exact. Any other span is measured from the origin to the farther edge, where the error is
 * smallest in proportion, and rounded; that makes sense only where the edge is a multiple of the span as the
 * view itself has it.
 */
function spanOf(min: number, max: number, origin: number, worldSpan: number | undefined): number | undefined {
  const measured = max - min;
  if (worldSpan !== undefined) {
    const halved = worldSpan / 2 ** Math.round(Math.log2(worldSpan / measured));
    if (Math.abs(halved - measured) <= 2 * TOLERANCE * measured) return halved;
  }
  const farEdge = Math.abs(max - origin) > Math.abs(min - origin) ? max : min;
  const multiple = (farEdge - origin) / measured;
  const count = Math.round(multiple);
  const rounding = 8 * Number.EPSILON * count * count;
  if (Math.abs(count) > MAX_MEASURED_COUNT || Math.abs(multiple - count) > TOLERANCE + rounding) {
    return undefined;
  }
  const span = Number(((farEdge - origin) / count).toPrecision(SPAN_DIGITS));
  return Number.isFinite(span) && span > 0 ? span : undefined;
}

/** The number of the tile with these edges; undefined where they are not on the grid. */
function tileIndex(min: number, max: number, { origin, step }: Axis): number | undefined {
  const first = step > 0 ? min : max;
  const index = Math.round((first - origin) / step);
  if (!Number.isSafeInteger(index)) return undefined;
  const error = Math.max(
    Math.abs(edge({ origin, step }, index) - (step > 0 ? min : max)),
    Math.abs(edge({ origin, step }, index + 1) - (step > 0 ? max : min)),
  );
  return error <= TOLERANCE * Math.abs(step) ? index + 0 : undefined;
}

function edge({ origin, step }: Axis, index: number): number {
  return origin + index * step;
}

/** Tiles of a whole block: as many as wanted, halved until its pixels are few enough. */
function blockShape(
  width: number,
  height: number,
  { size, maxPixels }: MetatileOptions,
): { columns: number; rows: number } {
  let side = Math.max(1, Math.floor(size));
  while (side > 1 && side * width * side * height > maxPixels) side = Math.floor(side / 2);
  return { columns: side, rows: side };
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** The tiles of the block around a tile, without those outside the world; a tile outside it stands alone. */
function blockRange(
  index: number,
  size: number,
  axis: Axis,
  world: readonly [min: number, max: number] | undefined,
): Range {
  const start = Math.floor(index / size) * size;
  const whole = { start, end: start + size };
  if (!world) return whole;
  const [first, last] = axis.step > 0 ? world : [world[1], world[0]];
  const worldStart = Math.floor((first - axis.origin) / axis.step + TOLERANCE);
  const worldEnd = Math.ceil((last - axis.origin) / axis.step - TOLERANCE);
  if (index < worldStart || index >= worldEnd) return { start: index, end: index + 1 };
  return { start: Math.max(whole.start, worldStart), end: Math.min(whole.end, worldEnd) };
}

function blockBBox(across: Range, down: Range, { x, y }: Grid): BBox {
  return [edge(x, across.start), edge(y, down.end), edge(x, across.end), edge(y, down.start)];
}
