import type { BBox } from './map-request.ts';

export interface StyleDescription {
  readonly name: string;
  readonly title: string;
}

export interface LayerDescription {
  readonly name: string;
  readonly title: string;
  readonly abstract: string;
  readonly queryable: boolean;
  /** Longitude/latitude degrees, CRS:84. */
  readonly extent: BBox;
  /** OGC scale denominators between which the layer draws; absent: unlimited. */
  readonly minScaleDenominator?: number;
  readonly maxScaleDenominator?: number;
  /** At least one; the first is the default. */
  readonly styles: readonly StyleDescription[];
}

/**
 * What every peer may know of a project without holding its data: enough for capabilities, validation and
 * the page. Serialisable as JSON; immutable for one `hash`.
 */
export interface ProjectDescription {
  /** `[a-z0-9][a-z0-9_-]{0,63}`; the folder's name. */
  readonly id: string;
  /** sha-256 (hex) over the names and bytes of the bundle's files: the exact version. */
  readonly hash: string;
  /** Name of the engine that draws it, e.g. `mapnik`. */
  readonly engine: string;
  readonly title: string;
  readonly abstract: string;
  readonly keywords: readonly string[];
  readonly attribution: string;
  /** Longitude/latitude degrees, CRS:84. */
  readonly extent: BBox;
  /** The extent in each advertised CRS, x before y. */
  readonly extents: Readonly<Record<string, BBox>>;
  /** `#rrggbb` behind the layers when the client asks for none. */
  readonly background: string;
  /** CRS advertised first, canonical codes. */
  readonly crs: readonly string[];
  /** In drawing order, bottom first. */
  readonly layers: readonly LayerDescription[];
}
