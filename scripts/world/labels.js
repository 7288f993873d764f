/**
 * Where country names go and from which zoom on.
 *
 * Collisions are settled here, once, on the Web Mercator plane, and not while drawing: a renderer that sees one
 * block of tiles at a time may decide differently on two sides of a cut, and half a name is left.
 */

import { boundsOf, poleOfInaccessibility, ringArea } from './geometry.js';

/** Columns of the label tables. */
export const LABEL_FIELDS = { label: 'text', min_zoom: 'integer', rank: 'integer' };

const MAX_ZOOM = 9;

/** Names are wider than tall: the clear ellipse sought for them is this much wider than high. */
const ASPECT = 2.2;

/** Text height in pixels by rank (0: largest). Must match the sizes of the project's styles. */
export const TEXT_SIZES = [15, 13, 12, 11, 10];

/** Mean advance of a condensed sans-serif face, as a share of its size. */
const ADVANCE = 0.56;

/** Clear pixels around each name. */
const MARGIN = 3;

/** Web Mercator, in pixels of zoom 0. */
export function toMercator([longitude, latitude]) {
  const clamped = Math.max(-85.05, Math.min(85.05, latitude));
  const y = Math.log(Math.tan(Math.PI / 4 + (clamped * Math.PI) / 360));
  return [((longitude + 180) / 360) * 256, (0.5 - y / (2 * Math.PI)) * 256];
}

export function fromMercator([x, y]) {
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - y / 128))) * 180) / Math.PI;
  return [(x / 256) * 360 - 180, latitude];
}

/**
 * `areas`: `{ name, polygons }` in longitude/latitude. Returns `{ position, label, min_zoom, rank }` for all that
 * find room, the most important first.
 */
export function placeLabels(areas) {
  const candidates = areas
    .map(({ name, polygons }) => ({ name, ...bestSpot(polygons) }))
    .sort((a, b) => b.extent - a.extent);
  const placed = [];
  for (const { name, position, extent } of candidates) {
    const label = wrapName(name);
    for (let zoom = 1; zoom <= MAX_ZOOM; zoom++) {
      const rank = rankAt(extent * 2 ** zoom, zoom);
      const size = textExtent(label, TEXT_SIZES[rank]);
      if (extent * 2 ** zoom < size.width * roomNeeded(zoom)) continue;
      if (placed.some((other) => collides(position, size, other, zoom))) continue;
      placed.push({ position, label, min_zoom: zoom, rank, extent });
      break;
    }
  }
  return placed.map(({ position, ...rest }) => ({
    position: fromMercator(position).map(roundDegrees),
    ...rest,
  }));
}

/** Small islands get their name at last even where it is wider than they are. */
function roomNeeded(zoom) {
  return zoom < 5 ? 0.8 : zoom < 7 ? 0.4 : 0.1;
}

/** The centre of the largest clear ellipse in the largest polygon, and the polygon's size in pixels of zoom 0. */
function bestSpot(polygons) {
  const largest = polygons
    .map((rings) => rings.map((ring) => ring.map(toMercator)))
    .reduce((best, rings) => (Math.abs(ringArea(rings[0])) > Math.abs(ringArea(best[0])) ? rings : best));
  const stretched = largest.map((ring) => ring.map(([x, y]) => [x, y * ASPECT]));
  const [minX, minY, maxX, maxY] = boundsOf(stretched[0]);
  const precision = Math.max(maxX - minX, maxY - minY) / 100;
  const { position } = poleOfInaccessibility(stretched, precision);
  return { position: [position[0], position[1] / ASPECT], extent: Math.sqrt(Math.abs(ringArea(largest[0]))) };
}

function rankAt(extentPixels, zoom) {
  const threshold = [230, 130, 80, 45];
  const rank = threshold.findIndex((pixels) => extentPixels > pixels);
  return Math.max(rank < 0 ? 4 : rank, zoom < 3 ? 3 - zoom : 0);
}

/** Breaks a long name into two lines of about equal length. */
export function wrapName(name) {
  if (name.length <= 11 || !name.includes(' ')) return name;
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  const longest = (at) => Math.max(at, name.length - at - 1);
  const middle = spaces.reduce((best, at) => (longest(at) < longest(best) ? at : best));
  return `${name.slice(0, middle)}\n${name.slice(middle + 1)}`;
}

function textExtent(label, size) {
  const lines = label.split('\n');
  return {
    width: Math.max(...lines.map((line) => line.length)) * size * ADVANCE,
    height: lines.length * size * 1.2,
  };
}

function collides(position, size, other, zoom) {
  if (zoom < other.min_zoom) return false;
  const scale = 2 ** zoom;
  const otherSize = textExtent(other.label, TEXT_SIZES[0]);
  const clearX = (size.width + otherSize.width) / 2 + MARGIN;
  const clearY = (size.height + otherSize.height) / 2 + MARGIN;
  return (
    Math.abs(position[0] - other.position[0]) * scale < clearX &&
    Math.abs(position[1] - other.position[1]) * scale < clearY
  );
}

function roundDegrees(value) {
  return Number(value.toFixed(3));
}
