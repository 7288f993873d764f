/** West/south/east/north in the units of its CRS; always x (east) before y (north), whatever the CRS says. */
export type BBox = readonly [minX: number, minY: number, maxX: number, maxY: number];

/** Image encodings offered; `png8` is palette PNG (`image/png; mode=8bit`). */
export type ImageEncoding = 'png' | 'png8' | 'jpeg' | 'webp';

/** How a WMS reports an error to this client. */
export type ExceptionStyle = 'xml' | 'inimage' | 'blank';

/** What to draw, in no client's dialect: the result of parsing WMS, WMTS or XYZ. Values are validated. */
export interface MapView {
  /** Project id, or '' for the default project. */
  readonly project: string;
  /** Layer names, bottom first. Empty: all layers of the project in drawing order. */
  readonly layers: readonly string[];
  /** One style name per layer; '' is the layer's default. */
  readonly styles: readonly string[];
  /** Canonical, as `Crs.code`. */
  readonly crs: string;
  readonly bbox: BBox;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly encoding: ImageEncoding;
  readonly transparent: boolean;
  /** `#rrggbb`. */
  readonly background: string;
  /** Dots per inch; symbols and labels scale with it. 90.7 (0.28 mm) is the OGC's standard pixel. */
  readonly dpi: number;
}

/** A question about the features under one pixel of a view. */
export interface FeatureInfoQuery {
  readonly view: MapView;
  readonly queryLayers: readonly string[];
  /** Pixel column and row from the top left. */
  readonly i: number;
  readonly j: number;
  readonly featureCount: number;
  /** Of the geometries that the answer needs. */
  readonly geometryCrs: string;
}

/** Features found under a pixel, best first, for `ogc` to write in the client's format. */
export interface FoundFeature {
  readonly layer: string;
  readonly id: string;
  readonly properties: Readonly<Record<string, string | number | boolean | null>>;
  /** GeoJSON geometry (x before y), when the engine has it. */
  readonly geometry?: unknown;
  /** Of the geometry; undefined: that of the view. */
  readonly geometryCrs?: string;
}

/** A request for the picture that explains one layer's symbols. */
export interface LegendQuery {
  readonly project: string;
  readonly layer: string;
  readonly style: string;
  readonly encoding: ImageEncoding;
  readonly transparent: boolean;
  /** Pixels; 0: as large as needed. */
  readonly width: number;
  readonly height: number;
  readonly dpi: number;
}
