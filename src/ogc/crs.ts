import type { BBox } from './map-request.ts';

/** A coordinate reference system as WMS needs it. */
export interface Crs {
  /** Canonical: `EPSG:n`, `ESRI:n`, `IGNF:name`, or `CRS:84` and its like. */
  readonly code: string;
  readonly name: string;
  /** Axis order of the definition, which WMS 1.3.0 and WMTS follow; WMS 1.1.1 is always `xy`. */
  readonly axisOrder: 'xy' | 'yx';
  /** Metres per unit on the ground, for scale denominators (degrees: 111319.49...). */
  readonly metresPerUnit: number;
  /** Where it may be used: longitude/latitude degrees. */
  readonly areaOfUse: BBox;
}

/** The CRSs this peer can draw in, backed by PROJ's database. */
export interface CrsCatalogue {
  /** Accepts any spelling a client sends (`EPSG:4326`, `epsg:4326`, `urn:ogc:def:crs:EPSG::4326`, `CRS:84`, `OGC:CRS84`). */
  lookup(text: string): Crs | undefined;
}

/** A canonical code as `urn:ogc:def:crs:EPSG::3857` (OGC 07-092r3, section 7). */
export function crsUrn(code: string): string {
  if (code.startsWith('CRS:')) return `urn:ogc:def:crs:OGC:1.3:CRS${code.slice('CRS:'.length)}`;
  return `urn:ogc:def:crs:${code.replace(':', '::')}`;
}
