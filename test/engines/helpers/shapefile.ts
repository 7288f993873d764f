import type { BBox } from '../../../src/ogc/map-request.ts';

/** Polygon shapefile (ESRI, 1998) of rectangles, with one attribute `id`: the bytes of its three files. */
export function shapefileOf(boxes: readonly BBox[]): { shp: Buffer; shx: Buffer; dbf: Buffer } {
  const records = boxes.map(polygonRecord);
  const offsets: number[] = [];
  let offset = 100;
  for (const record of records) {
    offsets.push(offset);
    offset += record.length;
  }
  const shp = Buffer.concat([header(offset, boxes), ...records.map(numbered)]);
  const index = Buffer.concat(
    records.map((record, at) => bigEndian([offsets[at]! / 2, (record.length - 8) / 2])),
  );
  return {
    shp,
    shx: Buffer.concat([header(100 + index.length, boxes), index]),
    dbf: table(boxes.length),
  };
}

/** What is left of a shapefile with one polygon of ten million points when its transfer broke off early. */
export function brokenOffShapefile(box: BBox): { shp: Buffer; shx: Buffer; dbf: Buffer } {
  const points = 10_000_000;
  const bytes = 100 + 8 + 48 + points * 16;
  const record = polygonRecord(box);
  record.writeInt32BE((bytes - 108) / 2, 4);
  record.writeInt32LE(points, 8 + 40);
  const whole = shapefileOf([box]);
  return { ...whole, shp: Buffer.concat([header(bytes, [box]), numbered(record, 0)]) };
}

function header(bytes: number, boxes: readonly BBox[]): Buffer {
  const buffer = Buffer.alloc(100);
  buffer.writeInt32BE(9994, 0);
  buffer.writeInt32BE(bytes / 2, 24);
  buffer.writeInt32LE(1000, 28);
  buffer.writeInt32LE(5, 32);
  const bounds = [0, 1, 2, 3].map((side) =>
    (side < 2 ? Math.min : Math.max)(...boxes.map((box) => box[side as 0])),
  );
  for (const [at, value] of bounds.entries()) buffer.writeDoubleLE(value, 36 + at * 8);
  return buffer;
}

function polygonRecord([minX, minY, maxX, maxY]: BBox): Buffer {
  const points = [
    [minX, minY],
    [minX, maxY],
    [maxX, maxY],
    [maxX, minY],
    [minX, minY],
  ];
  const content = Buffer.alloc(48 + points.length * 16);
  content.writeInt32LE(5, 0);
  for (const [at, value] of [minX, minY, maxX, maxY].entries()) content.writeDoubleLE(value, 4 + at * 8);
  content.writeInt32LE(1, 36);
  content.writeInt32LE(points.length, 40);
  for (const [at, value] of points.flat().entries()) content.writeDoubleLE(value, 48 + at * 8);
  return Buffer.concat([bigEndian([0, content.length / 2]), content]);
}

function numbered(record: Buffer, index: number): Buffer {
  const copy = Buffer.from(record);
  copy.writeInt32BE(index + 1, 0);
  return copy;
}

function bigEndian(values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) buffer.writeInt32BE(value, at * 4);
  return buffer;
}

/** dBASE III with one numeric field of ten digits. */
function table(rows: number): Buffer {
  const head = Buffer.alloc(65);
  head.set([3, 100, 1, 1], 0);
  head.writeInt32LE(rows, 4);
  head.writeInt16LE(65, 8);
  head.writeInt16LE(11, 10);
  head.write('id', 32, 'latin1');
  head.write('N', 43, 'latin1');
  head.writeUInt8(10, 48);
  head.writeUInt8(0x0d, 64);
  const body = Array.from({ length: rows }, (_, row) => ` ${String(row).padStart(10)}`).join('');
  return Buffer.concat([head, Buffer.from(body, 'latin1'), Buffer.of(0x1a)]);
}
