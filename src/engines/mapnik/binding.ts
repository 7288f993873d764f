/**
 * The part of the Mapnik binding (`@mapnik/mapnik`, which has no types of its own) that is used here.
 * Callbacks follow Node's convention: `(error, result)`.
 */

type Callback<T> = (error: Error | null, result: T) => void;

/** West/south/east/north, x before y whatever the CRS says. */
export type Box = [minX: number, minY: number, maxX: number, maxY: number];

export interface Binding {
  readonly versions: Readonly<Record<string, string>>;
  registerFonts(folder: string, options?: { recurse: boolean }): boolean;
  registerDatasources(folder: string): boolean;
  clearCache(): void;
  readonly Map: {
    new (width: number, height: number, srs?: string): MapnikMap;
    readonly ASPECT_RESPECT: number;
  };
  readonly Image: { new (width: number, height: number): MapnikImage };
  readonly Color: { new (red: number, green: number, blue: number, alpha: number): MapnikColor };
  readonly Projection: { new (definition: string, options?: { lazy: boolean }): Projection };
  readonly ProjTransform: { new (from: Projection, to: Projection): ProjTransform };
}

export interface MapnikMap {
  srs: string;
  readonly width: number;
  readonly height: number;
  bufferSize: number;
  extent: readonly number[];
  get maximumExtent(): Box | undefined;
  set maximumExtent(box: readonly number[]);
  get background(): MapnikColor | undefined;
  set background(color: MapnikColor);
  aspect_fix_mode: number;
  fromString(xml: string, options: { strict: boolean; base: string }, callback: Callback<MapnikMap>): void;
  load(file: string, options: { strict: boolean }, callback: Callback<MapnikMap>): void;
  loadFonts(): boolean;
  /** Shares the datasources with the original. */
  clone(): MapnikMap;
  /** The map as Mapnik understood it. */
  toXML(): string;
  resize(width: number, height: number): void;
  render(
    image: MapnikImage,
    options: { scale: number; scale_denominator: number; buffer_size: number },
    callback: Callback<MapnikImage>,
  ): void;
  queryMapPoint(
    x: number,
    y: number,
    options: { layer: number },
    callback: Callback<ReadonlyArray<{ layer: string; featureset: Featureset }>>,
  ): void;
  /** Copies of the top-level layers. */
  layers(): MapnikLayer[];
  add_layer(layer: MapnikLayer): void;
  remove_layer(index: number): void;
}

export interface MapnikLayer {
  readonly name: string;
  readonly srs: string;
  styles: string[];
  readonly datasource: Datasource | undefined;
  readonly minimum_scale_denominator: number;
  readonly maximum_scale_denominator: number;
}

interface Datasource {
  readonly type: 'vector' | 'raster';
  extent(): Box;
  describe(): { readonly geometry_type?: string };
}

export interface Featureset {
  next(): Feature | null;
}

export interface Feature {
  id(): number;
  attributes(): Record<string, string | number | boolean | null>;
  geometry(): Geometry;
}

interface Geometry {
  /** GeoJSON text. */
  toJSONSync(options?: { transform: ProjTransform }): string;
}

export interface Encodable {
  encode(format: string, callback: Callback<Buffer>): void;
}

export interface MapnikImage extends Encodable {
  width(): number;
  height(): number;
  /** RGBA bytes, row by row. */
  data(): Buffer;
  clearSync(): void;
  premultiplySync(): void;
  demultiplySync(): void;
  /** Both images premultiplied. */
  composite(image: MapnikImage, options: { dx: number; dy: number }, callback: Callback<MapnikImage>): void;
  view(x: number, y: number, width: number, height: number): Encodable;
}

interface MapnikColor {
  readonly r: number;
  readonly g: number;
  readonly b: number;
  readonly a: number;
}

interface Projection {
  definition(): string;
  /** Longitude/latitude degrees. */
  area_of_use(): Box | undefined;
}

export interface ProjTransform {
  forward(point: readonly [number, number]): [number, number];
  forward(box: Box): Box;
  backward(point: readonly [number, number]): [number, number];
}
