/** A position: x, y and whatever else the data has. */
export type Position = readonly number[];

/** A geometry of GeoJSON (RFC 7946 section 3.1) that has been checked. */
export type Geometry =
  | { readonly type: 'Point'; readonly coordinates: Position }
  | { readonly type: 'MultiPoint' | 'LineString'; readonly coordinates: readonly Position[] }
  | { readonly type: 'MultiLineString' | 'Polygon'; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly Position[])[])[] }
  | { readonly type: 'GeometryCollection'; readonly geometries: readonly Geometry[] };

/** How deep arrays of positions are nested in the coordinates of each type. */
const NESTING: Readonly<Record<string, number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};

/** The geometry that an engine handed over, if it is one and not empty. */
export function asGeometry(value: unknown): Geometry | undefined {
  return isGeometry(value, 1) ? value : undefined;
}

function isGeometry(value: unknown, collections: number): value is Geometry {
  if (typeof value !== 'object' || value === null || !('type' in value)) return false;
  if (value.type === 'GeometryCollection') {
    if (collections === 0 || !('geometries' in value) || !Array.isArray(value.geometries)) return false;
    return value.geometries.every((geometry) => isGeometry(geometry, collections - 1));
  }
  const nesting = Object.hasOwn(NESTING, String(value.type)) ? NESTING[String(value.type)] : undefined;
  return nesting !== undefined && 'coordinates' in value && isNested(value.coordinates, nesting);
}

function isNested(value: unknown, nesting: number): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  if (nesting > 0) return value.every((item) => isNested(item, nesting - 1));
  return value.length >= 2 && value.every((number) => Number.isFinite(number));
}
