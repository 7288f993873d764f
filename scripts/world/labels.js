/**
 * Decides which names stand at which zoom, and how large.
 *
 * Collisions are settled here, once, on the Web Mercator plane, and not while drawing: a renderer that sees one
 * block of tiles at a time may decide differently on two sides of a cut, and half a name is left.
 */

import {
  boundsOf,
  largestPolygon,
  poleOfInaccessibility,
  ringArea,
  signedDistance,
  squaredDistance,
} from './geometry.js';

/** Zooms with sizes of their own; beyond the last one nothing new appears. */
const ZOOMS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Columns of the label tables: `s3` is the text size in pixels at zoom 3, 0 where the name does not stand. */
export const LABEL_FIELDS = {
  label: 'text',
  ...Object.fromEntries(ZOOMS.map((zoom) => [`s${zoom}`, 'integer'])),
};

/** Names are wider than tall: the clear ellipse sought for them is this much wider than high. */
const ASPECT = 2.2;

/** Clear pixels around each name. */
const MARGIN = 4;

/** Largest width and height in pixels: half of it must fit into the buffer drawn around a block of tiles. */
const MAX_EXTENT = 220;

/** Web Mercator, in pixels of zoom 0. */
function toMercator([longitude, latitude]) {
  const clamped = Math.max(-85.05, Math.min(85.05, latitude));
  const y = Math.log(Math.tan(Math.PI / 4 + (clamped * Math.PI) / 360));
  return [((longitude + 180) / 360) * 256, (0.5 - y / (2 * Math.PI)) * 256];
}

function fromMercator([x, y]) {
  const latitude = (Math.atan(Math.sinh(Math.PI * (1 - y / 128))) * 180) / Math.PI;
  return [(x / 256) * 360 - 180, latitude];
}

/**
 * A label at the clearest spot of an area; `sizeOf(extent in pixels, zoom)` is 0 while it is too small. `avoid`:
 * a label that is to stand beside it.
 */
export function areaLabel({ name, polygons, avoid, ...rest }, sizeOf) {
  const rings = largestPolygon(polygons.map((polygon) => polygon.map((ring) => ring.map(toMercator))));
  const extent = Math.sqrt(Math.abs(ringArea(rings[0])));
  const sizeAt = (zoom) => sizeOf(extent * 2 ** zoom, zoom);
  const label = { ...rest, label: wrapName(name), weight: extent, sizeAt, anchor: 'middle' };
  const spots = new ClearSpots(rings);
  const best = { ...label, position: spots.best };
  if (avoid === undefined || leavesRoom(best, avoid)) return best;
  const others = spots.others().map((position) => ({ ...label, position }));
  return others.find((other) => leavesRoom(other, avoid)) ?? best;
}

/** Whether both labels can stand when the second one is to appear. */
function leavesRoom(label, other) {
  const zoom = ZOOMS.find((zoom) => label.sizeAt(zoom) > 0 && other.sizeAt(zoom) > 0) ?? ZOOMS.at(-1);
  const box = boxOf(label, 0, zoom);
  return [1, -1].some((side) => !overlap(box, boxOf(other, side, zoom)));
}

/** A label at a place given by hand. */
export function pointLabel({ name, position, ...rest }, sizeAt, anchor = 'middle') {
  const label = anchor === 'middle' ? wrapName(name) : name;
  return { ...rest, label, position: toMercator(position), weight: 0, sizeAt, anchor };
}

/**
 * Gives the labels their room, zoom by zoom; within a zoom earlier ones go first, and a label that stands stays.
 * Adds `position` in degrees, `s1`... and `side` (1: to the right of its place, -1: to the left, 0: on it).
 */
export function placeLabels(candidates) {
  const placed = [];
  const waiting = new Set(candidates);
  for (const zoom of ZOOMS) {
    const grid = new Map();
    for (const label of placed) occupy(grid, label, label.side, zoom);
    for (const label of waiting) {
      if (label.sizeAt(zoom) === 0) continue;
      const side = (label.anchor === 'beside' ? [1, -1] : [0]).find((side) =>
        isFree(grid, label, side, zoom),
      );
      if (side === undefined) continue;
      const standing = { ...label, side, firstZoom: zoom };
      occupy(grid, standing, side, zoom);
      placed.push({ source: label, ...standing });
      waiting.delete(label);
    }
  }
  return new Map(placed.map((label) => [label.source, rowOf(label)]));
}

function rowOf({ source, sizeAt, anchor, weight, firstZoom, position, ...rest }) {
  const sizes = ZOOMS.map((zoom) => [`s${zoom}`, zoom < firstZoom ? 0 : sizeAt(zoom)]);
  return { ...rest, position: fromMercator(position).map(roundDegrees), ...Object.fromEntries(sizes) };
}

/** Samples along each axis of an area's bounds in the search for other clear spots. */
const SAMPLES = 16;

/** Other spots may be this much less clear than the best one. */
const CLEAR_ENOUGH = 0.5;

/** Centres of clear ellipses in a polygon. */
class ClearSpots {
  #rings;
  #best;

  constructor(rings) {
    this.#rings = rings.map((ring) => ring.map(([x, y]) => [x, y * ASPECT]));
    const [minX, minY, maxX, maxY] = boundsOf(this.#rings[0]);
    this.#best = poleOfInaccessibility(this.#rings, Math.max(maxX - minX, maxY - minY) / 80);
  }

  get best() {
    return unstretched(this.#best);
  }

  /** Those that are clear enough, the nearest to the best one first. */
  others() {
    const [minX, minY, maxX, maxY] = boundsOf(this.#rings[0]);
    const steps = Array.from({ length: SAMPLES }, (_, at) => (at + 0.5) / SAMPLES);
    const { position: centre, radius: largest } = this.#best;
    return steps
      .flatMap((u) => steps.map((v) => [minX + u * (maxX - minX), minY + v * (maxY - minY)]))
      .map((position) => ({ position, radius: signedDistance(this.#rings, position) }))
      .filter(({ radius }) => radius > largest * CLEAR_ENOUGH)
      .sort((a, b) => squaredDistance(a.position, centre) - squaredDistance(b.position, centre))
      .map(unstretched);
  }
}

function unstretched({ position: [x, y] }) {
  return [x, y / ASPECT];
}

/** Breaks a long name into two lines of about equal length. */
function wrapName(name) {
  if (name.length <= 11 || !name.includes(' ')) return name;
  const spaces = [...name.matchAll(/ /g)].map(({ index }) => index);
  const longest = (at) => Math.max(at, name.length - at - 1);
  const middle = spaces.reduce((best, at) => (longest(at) < longest(best) ? at : best));
  return `${name.slice(0, middle)}\n${name.slice(middle + 1)}`;
}

/** The styles space out large text by this many pixels; see `character-spacing` there. */
function spacing(size) {
  return Math.max(0, (size - 12) / 2);
}

/** Advance of a character in a condensed sans-serif face, as a share of its size; on the wide side. */
function advance(character) {
  if (/[ijlI.,'|]/.test(character)) return 0.29;
  if (/[frt\- ()]/.test(character)) return 0.38;
  if (/[mwMW]/.test(character)) return 0.9;
  return /\p{Lu}/u.test(character) ? 0.67 : 0.58;
}

function textExtent({ label, caps }, size) {
  const lines = (caps ? label.toUpperCase() : label).split('\n');
  const width = (line) =>
    [...line].reduce((sum, character) => sum + advance(character) * size + spacing(size), 0);
  return { width: Math.max(...lines.map(width)), height: lines.length * size * 1.25 };
}

/** Pixels from the centre of a dot to the text beside it. */
const BESIDE = 5;

function boxOf(label, side, zoom) {
  const size = label.sizeAt(zoom);
  const { width, height } = textExtent(label, size);
  const [x, y] = label.position.map((value) => value * 2 ** zoom);
  const [left, right] =
    side === 0 ? [-width / 2, width / 2] : side > 0 ? [-BESIDE, BESIDE + width] : [-BESIDE - width, BESIDE];
  return [x + left - MARGIN, y - height / 2 - MARGIN, x + right + MARGIN, y + height / 2 + MARGIN];
}

const CELL = 256;

function cellsOf([minX, minY, maxX, maxY]) {
  const cells = [];
  for (let column = Math.floor(minX / CELL); column <= Math.floor(maxX / CELL); column++) {
    for (let row = Math.floor(minY / CELL); row <= Math.floor(maxY / CELL); row++)
      cells.push(`${column} ${row}`);
  }
  return cells;
}

function occupy(grid, label, side, zoom) {
  const box = boxOf(label, side, zoom);
  for (const cell of cellsOf(box)) grid.set(cell, [...(grid.get(cell) ?? []), box]);
}

/** Neither over another name nor over the edge of the world, where names are cut. */
function isFree(grid, label, side, zoom) {
  const box = boxOf(label, side, zoom);
  const world = 256 * 2 ** zoom;
  if (box[0] < 0 || box[2] > world || box[2] - box[0] > MAX_EXTENT || box[3] - box[1] > MAX_EXTENT)
    return false;
  return cellsOf(box).every((cell) => (grid.get(cell) ?? []).every((other) => !overlap(box, other)));
}

function overlap(a, b) {
  return a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];
}

function roundDegrees(value) {
  return Number(value.toFixed(3));
}
