import { asGeometry, type Geometry, type Position } from './geometry.ts';
import { MERCATOR_RADIUS } from './tile-matrix-set.ts';

/**
 * A geometry of the map's CRS (x before y) in longitude and latitude. Undefined for CRSs other than WGS 84
 * itself and Web Mercator, whose formulas are short and exact: without PROJ no others can be had.
 */
export function toLongitudeLatitude(value: unknown, crs: string): Geometry | undefined {
  const geometry = asGeometry(value);
  if (crs === 'CRS:84' || crs === 'EPSG:4326') return geometry;
  return geometry && crs === 'EPSG:3857' ? transform(geometry) : undefined;
}

function transform(geometry: Geometry): Geometry {
  if (geometry.type === 'GeometryCollection') {
    return { type: geometry.type, geometries: geometry.geometries.map(transform) };
  }
  return { ...geometry, coordinates: transformNested(geometry.coordinates) } as Geometry;
}

type Nested = Position | readonly Nested[];

function transformNested(nested: Nested): Nested {
  return isPosition(nested) ? inverseMercator(nested) : nested.map(transformNested);
}

function isPosition(nested: Nested): nested is Position {
  return typeof nested[0] === 'number';
}

/** EPSG method 1024, reversed. */
function inverseMercator([x = 0, y = 0]: Position): Position {
  const longitude = (x / MERCATOR_RADIUS) * (180 / Math.PI);
  const latitude = Math.atan(Math.sinh(y / MERCATOR_RADIUS)) * (180 / Math.PI);
  return [longitude, latitude];
}
