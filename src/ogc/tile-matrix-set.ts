import type { BBox } from './map-request.ts';

/** Semi-major axis of WGS 84 in metres, the sphere of Web Mercator. */
const MERCATOR_RADIUS = 6378137;

/** Half the circumference of that sphere in metres: where Web Mercator's square world ends. */
export const MERCATOR_EDGE = Math.PI * MERCATOR_RADIUS;

/** Metres of a standard rendering pixel (OGC 17-083r2 section 6.1). */
const STANDARD_PIXEL = 0.00028;

/** A pyramid of tiles, each level with twice the columns and rows of the one above. */
export interface TileMatrixSet {
  readonly id: string;
  readonly title: string;
  /** Canonical code, and as a WMTS writes it. */
  readonly crs: string;
  readonly crsUrn: string;
  /** Of WMTS 1.0.0 annex E, where its levels are just those. */
  readonly wellKnownScaleSet?: string;
  readonly world: BBox;
  /** Of level 0. */
  readonly columns: number;
  readonly rows: number;
  readonly metresPerUnit: number;
  /** Pixels of a tile's side. */
  readonly tileSize: number;
}

/** OGC 17-083r2 annex D.1. */
export const webMercatorQuad: TileMatrixSet = {
  id: 'WebMercatorQuad',
  title: 'Google Maps compatible, for the world',
  crs: 'EPSG:3857',
  crsUrn: 'urn:ogc:def:crs:EPSG::3857',
  wellKnownScaleSet: 'urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible',
  world: [-MERCATOR_EDGE, -MERCATOR_EDGE, MERCATOR_EDGE, MERCATOR_EDGE],
  columns: 1,
  rows: 1,
  metresPerUnit: 1,
  tileSize: 256,
};

/**
 * OGC 17-083r2 annex D.2. The well-known scale set GoogleCRS84Quad begins a level above it, so that it is
 * not of that set in the words of WMTS 1.0.0.
 */
export const worldCrs84Quad: TileMatrixSet = {
  id: 'WorldCRS84Quad',
  title: 'CRS84 for the world',
  crs: 'CRS:84',
  crsUrn: 'urn:ogc:def:crs:OGC:1.3:CRS84',
  world: [-180, -90, 180, 90],
  columns: 2,
  rows: 1,
  metresPerUnit: (MERCATOR_RADIUS * Math.PI) / 180,
  tileSize: 256,
};

export const tileMatrixSets: readonly TileMatrixSet[] = [webMercatorQuad, worldCrs84Quad];

/** Columns and rows of a level. */
export function matrixSize(set: TileMatrixSet, level: number): { columns: number; rows: number } {
  return { columns: set.columns * 2 ** level, rows: set.rows * 2 ** level };
}

export function scaleDenominator(set: TileMatrixSet, level: number): number {
  const span = (set.world[2] - set.world[0]) / matrixSize(set, level).columns;
  return ((span / set.tileSize) * set.metresPerUnit) / STANDARD_PIXEL;
}

/** The ground of a tile; columns count from the west, rows from the north. Undefined outside the matrix. */
export function tileBBox(set: TileMatrixSet, level: number, column: number, row: number): BBox | undefined {
  const { columns, rows } = matrixSize(set, level);
  if (!(column >= 0 && column < columns && row >= 0 && row < rows)) return undefined;
  const [west, south, east, north] = set.world;
  return [
    between(west, east, column, columns),
    between(north, south, row + 1, rows),
    between(west, east, column + 1, columns),
    between(north, south, row, rows),
  ];
}

/** Counted from the middle of the world, which is 0, so that each edge is rounded only once. */
function between(first: number, last: number, index: number, count: number): number {
  return (first + last) / 2 + (index - count / 2) * ((last - first) / count);
}

/** A longitude/latitude box in the set's CRS, as far as the set's world reaches. */
export function inTileMatrixSet(set: TileMatrixSet, [west, south, east, north]: BBox): BBox {
  const isMercator = set.crs === 'EPSG:3857';
  const x = (longitude: number) => (isMercator ? (longitude / 180) * MERCATOR_EDGE : longitude);
  const y = (latitude: number) => (isMercator ? mercatorNorthing(latitude) : latitude);
  const [minX, minY, maxX, maxY] = set.world;
  return [
    Math.max(minX, x(west)),
    Math.max(minY, y(south)),
    Math.min(maxX, x(east)),
    Math.min(maxY, y(north)),
  ];
}

/** EPSG method 1024; infinite at the poles. */
function mercatorNorthing(latitude: number): number {
  return MERCATOR_RADIUS * Math.atanh(Math.sin((latitude * Math.PI) / 180));
}
