import { GismeshError } from '../../core/errors.ts';
import type { Binding, MapnikImage, MapnikMap } from './binding.ts';
import type { Canvas } from './canvas.ts';
import { encode } from './image-encoding.ts';
import type { RenderMessage, View } from './messages.ts';
import type { OpenProject } from './open-projects.ts';
import { transformBox } from './transform.ts';

/** Pixels around an image that a project's author may ask for. */
const MAX_BUFFER_SIZE = 1024;
/** Pixels between which Mapnik lets a map be resized; it ignores other sizes. */
export const SMALLEST_SIDE = 16;
const LARGEST_SIDE = 16_384;
/** Stands for "no clip": `maximumExtent` cannot be taken back once set. */
const EVERYWHERE = [-1e300, -1e300, 1e300, 1e300] as const;

/**
 * Draws a block in one go and cuts it into tiles. Labels and symbols beyond the block's edge, as far as the
 * buffer, take part in the placement without being drawn, so tiles of neighbouring blocks fit together.
 *
 * @returns encoded tiles, row by row from the top left
 */
export async function drawTiles(
  mapnik: Binding,
  canvas: Canvas,
  project: OpenProject,
  task: RenderMessage,
): Promise<Buffer[]> {
  const view = atLeast(SMALLEST_SIDE, task.view);
  if (Math.max(view.width, view.height) > LARGEST_SIDE) {
    throw new GismeshError('REQUEST_TOO_LARGE', `Mapnik draws at most ${LARGEST_SIDE} pixels to a side.`);
  }
  const map = project.select(task.layers, task.styles);
  pointAt(mapnik, project, map, view);
  map.background = color(mapnik, task.background);
  const buffer = Math.min(MAX_BUFFER_SIZE, Math.max(task.buffer, project.bufferSize * view.scaleFactor));
  const image = await draw(canvas.take(view.width, view.height), map, view, Math.round(buffer));
  const [width, height] = [task.view.width / task.columns, task.view.height / task.rows];
  const tiles = Array.from({ length: task.columns * task.rows }, (_, index) => {
    const [column, row] = [index % task.columns, Math.floor(index / task.columns)];
    return image.view(column * width, row * height, width, height);
  });
  return Promise.all(tiles.map((tile) => encode(tile, task.encoding)));
}

/** The view, extended to the right and below where it is too small. */
function atLeast(side: number, view: View): View {
  const [minX, minY, maxX, maxY] = view.bbox;
  const [width, height] = [Math.max(side, view.width), Math.max(side, view.height)];
  const right = minX + ((maxX - minX) / view.width) * width;
  const bottom = maxY - ((maxY - minY) / view.height) * height;
  return { ...view, bbox: [minX, bottom, right, maxY], width, height };
}

/** Sets the map to a view of at least `SMALLEST_SIDE` pixels each way. */
export function pointAt(mapnik: Binding, project: OpenProject, map: MapnikMap, view: View): void {
  map.srs = view.srs;
  map.resize(view.width, view.height);
  if (project.maximumExtent !== undefined) {
    map.maximumExtent =
      view.srs === project.srs
        ? project.maximumExtent
        : (transformBox(mapnik, project.srs, view.srs, project.maximumExtent) ?? EVERYWHERE);
  }
  map.extent = view.bbox;
}

function draw(image: MapnikImage, map: MapnikMap, view: View, buffer: number): Promise<MapnikImage> {
  // The map's own buffer decides which features are fetched, the request's where their labels may lie.
  map.bufferSize = buffer;
  const options = { scale: view.scaleFactor, scale_denominator: view.scaleDenominator, buffer_size: buffer };
  return new Promise((resolve, reject) => {
    map.render(image, options, (error) => (error ? reject(error) : resolve(image)));
  });
}

/** @param hex `#rrggbb`; absent: transparent */
export function color(mapnik: Binding, hex: string | undefined) {
  if (hex === undefined) return new mapnik.Color(0, 0, 0, 0);
  const value = Number.parseInt(hex.slice(1), 16);
  return new mapnik.Color((value >> 16) & 255, (value >> 8) & 255, value & 255, 255);
}
