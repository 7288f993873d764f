/** Writes ESRI shapefiles (.shp, .shx, .dbf, .prj, .cpg) after the "ESRI Shapefile Technical Description" (1998). */

import { writeFileSync } from 'node:fs';
import { boundsOf, ringArea } from './geometry.js';

const POINT = 1;
const POLYLINE = 3;
const POLYGON = 5;

const WGS84 =
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],' +
  'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]';

/** `features`: `{ position, ...attributes }`. */
export function writePoints(path, fields, features) {
  writeShapefile(path, POINT, fields, features, ({ position }) => ({
    bounds: [...position, ...position],
    content: pointContent(position),
  }));
}

/** `features`: `{ lines, ...attributes }`, lines being arrays of positions. */
export function writeLines(path, fields, features) {
  writeShapefile(path, POLYLINE, fields, features, ({ lines }) => partsContent(POLYLINE, lines));
}

/** `features`: `{ polygons, ...attributes }`, polygons being arrays of rings, the outer one first. */
export function writePolygons(path, fields, features) {
  writeShapefile(path, POLYGON, fields, features, ({ polygons }) =>
    partsContent(
      POLYGON,
      polygons.flatMap((rings) => rings.map((ring, index) => oriented(ring, index === 0))),
    ),
  );
}

/** Outer rings run clockwise, holes counter-clockwise. */
function oriented(ring, outer) {
  return ringArea(ring) < 0 === outer ? ring : ring.toReversed();
}

function pointContent([x, y]) {
  const content = Buffer.alloc(20);
  content.writeInt32LE(POINT, 0);
  content.writeDoubleLE(x, 4);
  content.writeDoubleLE(y, 12);
  return content;
}

function partsContent(type, parts) {
  const positions = parts.flat();
  const bounds = boundsOf(positions);
  const content = Buffer.alloc(44 + 4 * parts.length + 16 * positions.length);
  content.writeInt32LE(type, 0);
  for (const [index, value] of bounds.entries()) content.writeDoubleLE(value, 4 + 8 * index);
  content.writeInt32LE(parts.length, 36);
  content.writeInt32LE(positions.length, 40);
  let start = 0;
  parts.forEach((part, index) => {
    content.writeInt32LE(start, 44 + 4 * index);
    start += part.length;
  });
  let offset = 44 + 4 * parts.length;
  for (const [x, y] of positions) {
    content.writeDoubleLE(x, offset);
    content.writeDoubleLE(y, offset + 8);
    offset += 16;
  }
  return { bounds, content };
}

function writeShapefile(path, type, fields, features, encode) {
  const records = features.map(encode);
  const bounds = records.reduce(
    ([minX, minY, maxX, maxY], { bounds: [x1, y1, x2, y2] }) => [
      Math.min(minX, x1),
      Math.min(minY, y1),
      Math.max(maxX, x2),
      Math.max(maxY, y2),
    ],
    [Infinity, Infinity, -Infinity, -Infinity],
  );
  const shapes = [];
  const index = Buffer.alloc(8 * records.length);
  let words = 50;
  records.forEach(({ content }, at) => {
    const header = Buffer.alloc(8);
    header.writeInt32BE(at + 1, 0);
    header.writeInt32BE(content.length / 2, 4);
    index.writeInt32BE(words, 8 * at);
    index.writeInt32BE(content.length / 2, 8 * at + 4);
    shapes.push(header, content);
    words += 4 + content.length / 2;
  });
  writeFileSync(`${path}.shp`, Buffer.concat([fileHeader(type, words, bounds), ...shapes]));
  writeFileSync(`${path}.shx`, Buffer.concat([fileHeader(type, 50 + index.length / 2, bounds), index]));
  writeFileSync(`${path}.dbf`, table(fields, features));
  writeFileSync(`${path}.prj`, WGS84);
  writeFileSync(`${path}.cpg`, 'UTF-8');
}

function fileHeader(type, words, bounds) {
  const header = Buffer.alloc(100);
  header.writeInt32BE(9994, 0);
  header.writeInt32BE(words, 24);
  header.writeInt32LE(1000, 28);
  header.writeInt32LE(type, 32);
  for (const [index, value] of bounds.entries()) header.writeDoubleLE(value, 36 + 8 * index);
  return header;
}

/** dBASE III table. `fields`: name -> `text` (sized to the longest value), `integer` or `decimal`. */
function table(fields, features) {
  const columns = Object.entries(fields).map(([name, kind]) => {
    const cells = features.map((feature) => cell(feature[name], kind));
    const width = Math.max(1, ...cells.map((text) => text.length));
    if (name.length > 10 || width > 254) throw new Error(`${name}: too long for a dBASE column`);
    return { name, kind, width, cells };
  });
  const header = Buffer.alloc(33 + 32 * columns.length);
  header[0] = 3;
  // The date is fixed so that equal data gives equal bytes, and with them an equal content hash.
  header.set([100, 1, 1], 1);
  header.writeUInt32LE(features.length, 4);
  header.writeUInt16LE(header.length, 8);
  header.writeUInt16LE(1 + columns.reduce((sum, { width }) => sum + width, 0), 10);
  columns.forEach(({ name, kind, width }, index) => {
    const at = 32 + 32 * index;
    header.write(name, at, 'latin1');
    header.write(kind === 'text' ? 'C' : 'N', at + 11, 'latin1');
    header[at + 16] = width;
    header[at + 17] = kind === 'decimal' ? 3 : 0;
  });
  header[header.length - 1] = 0x0d;
  const rows = features.map((_, row) =>
    Buffer.concat([
      Buffer.from(' '),
      ...columns.map(({ kind, width, cells }) => pad(cells[row], width, kind === 'text')),
    ]),
  );
  return Buffer.concat([header, ...rows, Buffer.from([0x1a])]);
}

function cell(value, kind) {
  if (value === undefined || value === null) return Buffer.alloc(0);
  if (kind === 'text') return Buffer.from(String(value));
  return Buffer.from(kind === 'decimal' ? value.toFixed(3) : String(Math.round(value)));
}

function pad(text, width, left) {
  const padding = Buffer.alloc(width - text.length, ' ');
  return Buffer.concat(left ? [text, padding] : [padding, text]);
}
