import { canonicalCrs } from '../../ogc/processes/crs-name.ts';
import { ProcessError, quote } from '../../ogc/processes/problem.ts';

export type Position = number[];

type SimpleGeometry =
  | { type: 'Point'; coordinates: Position }
  | { type: 'MultiPoint' | 'LineString'; coordinates: Position[] }
  | { type: 'MultiLineString' | 'Polygon'; coordinates: Position[][] }
  | { type: 'MultiPolygon'; coordinates: Position[][][] };

export type GeoJsonGeometry = SimpleGeometry | { type: 'GeometryCollection'; geometries: GeoJsonGeometry[] };

export interface Feature {
  readonly type: 'Feature';
  readonly id?: string | number;
  readonly geometry: GeoJsonGeometry | null;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Features with one CRS, x before y. */
export interface FeatureLayer {
  /** Canonical; `CRS:84` where GeoJSON says nothing (RFC 7946). */
  readonly crs: string;
  readonly features: readonly Feature[];
}

const NESTING: Readonly<Record<SimpleGeometry['type'], number>> = {
  Point: 0,
  MultiPoint: 1,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};
/** Collections within collections: RFC 7946 would rather have none. */
const MAX_DEPTH = 8;

/** GeoJSON of an input, held against RFC 7946. Throws `ProcessError` naming the input and the feature at fault. */
export function readLayer(input: string, bytes: Uint8Array): FeatureLayer {
  const json = parsed(input, bytes);
  const check = new GeometryCheck(input);
  if (!isObject(json)) throw invalid(input, 'is no GeoJSON object');
  const crs = readCrs(input, json.crs);
  if (json.type === 'FeatureCollection') {
    if (!Array.isArray(json.features)) throw invalid(input, 'has no list "features"');
    return {
      crs,
      features: json.features.map((feature, index) => check.feature(feature, `feature ${index}`)),
    };
  }
  if (json.type === 'Feature') return { crs, features: [check.feature(json, 'the feature')] };
  return {
    crs,
    features: [{ type: 'Feature', geometry: check.geometry(json, 'the geometry'), properties: {} }],
  };
}

/** A feature collection; the CRS is named where it is not that of RFC 7946. */
export function writeLayer({ crs, features }: FeatureLayer): Uint8Array {
  const named = crs === 'CRS:84' ? {} : { crs: { type: 'name', properties: { name: crsUrn(crs) } } };
  return Buffer.from(JSON.stringify({ type: 'FeatureCollection', ...named, features }));
}

/** The geometry with every position put through `map`. */
export function mapPositions<G extends GeoJsonGeometry>(
  geometry: G,
  map: (position: Position) => Position,
): G {
  if (geometry.type === 'GeometryCollection') {
    return { ...geometry, geometries: geometry.geometries.map((inner) => mapPositions(inner, map)) };
  }
  return { ...geometry, coordinates: mapNested(geometry.coordinates, NESTING[geometry.type], map) } as G;
}

function mapNested(value: unknown, depth: number, map: (position: Position) => Position): unknown {
  if (depth === 0) return map(value as Position);
  return (value as unknown[]).map((inner) => mapNested(inner, depth - 1, map));
}

function parsed(input: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw invalid(input, `is no JSON: ${(cause as Error).message}`, cause);
  }
}

/** The member of GeoJSON 2008, which GDAL and QGIS still write. */
function readCrs(input: string, crs: unknown): string {
  if (crs === undefined || crs === null) return 'CRS:84';
  const name = isObject(crs) && isObject(crs.properties) ? crs.properties.name : undefined;
  if (typeof name !== 'string') throw invalid(input, 'has a "crs" without a name');
  return canonicalCrs(name);
}

function crsUrn(crs: string): string {
  const [authority, code] = crs.split(':');
  return authority === 'EPSG' ? `urn:ogc:def:crs:EPSG::${code}` : crs;
}

class GeometryCheck {
  readonly #input: string;

  constructor(input: string) {
    this.#input = input;
  }

  feature(feature: unknown, where: string): Feature {
    if (!isObject(feature) || feature.type !== 'Feature') throw this.#wrong(where, 'is no Feature');
    const { id, geometry, properties } = feature;
    const known = typeof id === 'string' || typeof id === 'number' ? { id } : {};
    return {
      type: 'Feature',
      ...known,
      geometry: geometry === null || geometry === undefined ? null : this.geometry(geometry, where),
      properties: isObject(properties) ? properties : {},
    };
  }

  geometry(geometry: unknown, where: string, depth = 0): GeoJsonGeometry {
    if (!isObject(geometry)) throw this.#wrong(where, 'has a geometry that is no object');
    const type = geometry.type as SimpleGeometry['type'] | 'GeometryCollection';
    if (type === 'GeometryCollection') {
      if (!Array.isArray(geometry.geometries) || depth >= MAX_DEPTH) {
        throw this.#wrong(
          where,
          'has a GeometryCollection without "geometries", or too many within each other',
        );
      }
      return { type, geometries: geometry.geometries.map((inner) => this.geometry(inner, where, depth + 1)) };
    }
    const nesting = Object.hasOwn(NESTING, String(type)) ? NESTING[type] : undefined;
    if (nesting === undefined) throw this.#wrong(where, `has a geometry of type ${quote(String(type))}`);
    this.#coordinates(geometry.coordinates, nesting, type, where);
    return { type, coordinates: geometry.coordinates } as GeoJsonGeometry;
  }

  #coordinates(value: unknown, nesting: number, type: SimpleGeometry['type'], where: string): void {
    if (!Array.isArray(value)) throw this.#wrong(where, `has coordinates that do not fit a ${type}`);
    if (nesting === 0) {
      const isPosition = value.length >= 2 && value.every((number) => Number.isFinite(number));
      if (!isPosition) throw this.#wrong(where, 'has a position that is not two or more finite numbers');
      return;
    }
    for (const inner of value) this.#coordinates(inner, nesting - 1, type, where);
    if (nesting !== 1) return;
    if (type.endsWith('LineString') && value.length < 2) {
      throw this.#wrong(where, 'has a line of fewer than two positions');
    }
    if (type.endsWith('Polygon')) this.#ring(value as Position[], where);
  }

  #ring(ring: readonly Position[], where: string): void {
    const first = ring[0];
    const last = ring.at(-1);
    const closed = first !== undefined && first[0] === last?.[0] && first[1] === last?.[1];
    if (!closed || ring.length < 4)
      throw this.#wrong(where, 'has a ring that is not closed, or of fewer than four positions');
  }

  #wrong(where: string, reason: string): ProcessError {
    return invalid(this.#input, `: ${where} ${reason}`);
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(input: string, reason: string, cause?: unknown): ProcessError {
  const text = reason.startsWith(':') ? `Input ${quote(input)}${reason}` : `Input ${quote(input)} ${reason}`;
  return new ProcessError('input-invalid', text, input, { cause });
}
