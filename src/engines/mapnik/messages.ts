import type { BBox, ImageEncoding } from '../../ogc/map-request.ts';

/** A project version as a worker needs it. */
export interface ProjectFiles {
  readonly hash: string;
  readonly folder: string;
  readonly file: string;
}

/** A view in the terms of Mapnik. */
export interface View {
  /** What PROJ calls the CRS, e.g. `epsg:3857`, `OGC:CRS84`. */
  readonly srs: string;
  readonly bbox: BBox;
  readonly width: number;
  readonly height: number;
  /** Of symbols and labels; 1 on the standard pixel of 0.28 mm. */
  readonly scaleFactor: number;
  /** Before the scale factor: of pixels of 0.28 mm, whatever their real size. */
  readonly scaleDenominator: number;
}

export interface OpenMessage {
  readonly kind: 'open';
  readonly project: ProjectFiles;
  /** Longitude/latitude, for the first drawing. */
  readonly extent: BBox;
}

interface CloseMessage {
  readonly kind: 'close';
  readonly hash: string;
}

interface InspectMessage {
  readonly kind: 'inspect';
  readonly file: string;
}

interface ProjectExtentMessage {
  readonly kind: 'project-extent';
  readonly extent: BBox;
  readonly crs: readonly string[];
}

export interface RenderMessage {
  readonly kind: 'render';
  readonly project: ProjectFiles;
  readonly layers: readonly string[];
  readonly styles: readonly string[];
  /** Of the whole block. */
  readonly view: View;
  readonly columns: number;
  readonly rows: number;
  readonly buffer: number;
  readonly encoding: ImageEncoding;
  /** `#rrggbb`; absent: transparent. */
  readonly background?: string;
}

export interface FeatureInfoMessage {
  readonly kind: 'feature-info';
  readonly project: ProjectFiles;
  readonly layers: readonly string[];
  readonly view: View;
  readonly i: number;
  readonly j: number;
  readonly featureCount: number;
  /** Of the geometries that are found. */
  readonly geometryCrs: string;
}

export interface LegendMessage {
  readonly kind: 'legend';
  readonly project: ProjectFiles;
  readonly layer: string;
  readonly style: string;
  readonly title: string;
  readonly encoding: ImageEncoding;
  readonly background?: string;
  /** Pixels; 0: as needed. */
  readonly width: number;
  readonly height: number;
  readonly scaleFactor: number;
}

export type MapnikTask =
  | OpenMessage
  | CloseMessage
  | InspectMessage
  | ProjectExtentMessage
  | RenderMessage
  | FeatureInfoMessage
  | LegendMessage;

/** What PROJ calls a canonical CRS code. */
export function srsOf(crs: string): string {
  if (crs.startsWith('CRS:')) return `OGC:CRS${crs.slice('CRS:'.length)}`;
  // Mapnik knows its usual ones by their lower case.
  return crs.startsWith('EPSG:') ? crs.toLowerCase() : crs;
}
