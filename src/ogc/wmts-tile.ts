import { OgcException } from './exceptions.ts';
import { encodingOf } from './image-format.ts';
import { geometryCrsOf, type InfoFormat, readInfoFormat } from './info-format.ts';
import { findLayer, queryableLayers, rootLayerName } from './layers.ts';
import type { FeatureInfoQuery, ImageEncoding, MapView } from './map-request.ts';
import type { Parameters } from './parameters.ts';
import type { ProjectDescription } from './project-description.ts';
import type { ServiceContext } from './service.ts';
import { matrixSize, type TileMatrixSet, tileBBox, tileMatrixSets } from './tile-matrix-set.ts';
import { tileView } from './tile-view.ts';
import { readInteger } from './values.ts';

/** A tile as WMTS names it, not yet understood. */
export interface TileAddress {
  readonly layer: string;
  /** Empty: the default. */
  readonly style: string;
  readonly tileMatrixSet: string;
  readonly tileMatrix: string;
  readonly tileRow: string;
  readonly tileCol: string;
}

/** The tile that the parameters of GetTile and GetFeatureInfo name (WMTS 1.0.0 table 22). */
export function tileAddress(parameters: Parameters): TileAddress {
  if (!parameters.has('STYLE')) parameters.required('STYLE');
  return {
    layer: parameters.required('LAYER'),
    style: parameters.get('STYLE') ?? '',
    tileMatrixSet: parameters.required('TILEMATRIXSET'),
    tileMatrix: parameters.required('TILEMATRIX'),
    tileRow: parameters.required('TILEROW'),
    tileCol: parameters.required('TILECOL'),
  };
}

/** The format of a tile; throws InvalidParameterValue. */
export function readTileFormat(text: string): ImageEncoding {
  const encoding = encodingOf(text);
  if (encoding) return encoding;
  throw invalid('FORMAT', `Format "${text.slice(0, 60)}" is not offered`);
}

/** The picture of a tile; throws InvalidParameterValue, TileOutOfRange. */
export function readTile(
  address: TileAddress,
  encoding: ImageEncoding,
  project: ProjectDescription,
  context: ServiceContext,
): MapView {
  const { layer, style } = readLayer(address, project);
  const set = tileMatrixSets.find(({ id }) => id === address.tileMatrixSet);
  if (!set) throw invalid('TILEMATRIXSET', `There is no set "${address.tileMatrixSet.slice(0, 60)}"`);
  const level = readInteger(address.tileMatrix);
  if (level === undefined || level < 0 || level > context.limits.maxZoom) {
    throw invalid('TILEMATRIX', `TileMatrix goes from 0 to ${context.limits.maxZoom}`);
  }
  const { columns, rows } = matrixSize(set, level);
  const row = readIndex(address.tileRow, 'TILEROW', rows);
  const column = readIndex(address.tileCol, 'TILECOL', columns);
  return view(project, set, { level, column, row }, { layer, style, encoding });
}

interface TileIndex {
  readonly level: number;
  readonly column: number;
  readonly row: number;
}

function view(
  project: ProjectDescription,
  set: TileMatrixSet,
  { level, column, row }: TileIndex,
  drawn: { layer: string | undefined; style: string; encoding: ImageEncoding },
): MapView {
  const bbox = tileBBox(set, level, column, row);
  if (!bbox) throw new OgcException('TileOutOfRange', 'There is no such tile', { locator: 'TILEROW' });
  return tileView(project, set, bbox, { ...drawn, pixelRatio: 1 });
}

/** WMTS has one code for all of it, where WMS has one for each. */
function readLayer(
  { layer: name, style }: TileAddress,
  project: ProjectDescription,
): { layer: string | undefined; style: string } {
  const isWhole = name === rootLayerName(project);
  const layer = findLayer(project, name);
  if (!isWhole && !layer)
    throw invalid('LAYER', `Project "${project.id}" has no layer "${name.slice(0, 60)}"`);
  const isDefault = style === '' || style === 'default';
  if (!isDefault && !layer?.styles.some((known) => known.name === style)) {
    throw invalid('STYLE', `Layer "${name}" has no style "${style.slice(0, 60)}"`);
  }
  return { layer: layer?.name, style };
}

function readIndex(text: string, name: 'TILEROW' | 'TILECOL', count: number): number {
  const index = readInteger(text);
  if (index === undefined) throw invalid(name, `${name} must be a whole number`);
  if (index >= 0 && index < count) return index;
  const message = `${name} goes from 0 to ${count - 1} in this TileMatrix`;
  throw new OgcException('TileOutOfRange', message, { locator: name });
}

/** What a GetFeatureInfo asks besides its tile. */
export interface TilePixel {
  readonly i: string;
  readonly j: string;
  readonly infoFormat: string;
}

/** A question about a pixel of a tile; throws InvalidParameterValue, TileOutOfRange, PointIJOutOfRange. */
export function readTileQuery(
  address: TileAddress,
  { i, j, infoFormat }: TilePixel,
  project: ProjectDescription,
  context: ServiceContext,
): { query: FeatureInfoQuery; infoFormat: InfoFormat } {
  const view = readTile(address, 'png', project, context);
  const queryable = queryableLayers(project).map(({ name }) => name);
  const queryLayers = view.layers.length === 0 ? queryable : view.layers;
  if (queryLayers.length === 0 || queryLayers.some((name) => !queryable.includes(name))) {
    throw invalid('LAYER', `Layer "${address.layer}" cannot be queried`);
  }
  const format = readTileInfoFormat(infoFormat);
  return {
    query: {
      view,
      queryLayers,
      i: readTilePixel(i, 'I', view.width),
      j: readTilePixel(j, 'J', view.height),
      featureCount: context.limits.defaultTileFeatures,
      geometryCrs: geometryCrsOf(format, view.crs),
    },
    infoFormat: format,
  };
}

function readTilePixel(text: string, name: 'I' | 'J', size: number): number {
  const pixel = readInteger(text);
  if (pixel !== undefined && pixel >= 0 && pixel < size) return pixel;
  throw new OgcException('PointIJOutOfRange', `${name} goes from 0 to ${size - 1}`, { locator: name });
}

function readTileInfoFormat(text: string): InfoFormat {
  try {
    return readInfoFormat(text);
  } catch (cause) {
    throw invalid('INFOFORMAT', (cause as Error).message);
  }
}

function invalid(locator: string, message: string): OgcException {
  return new OgcException('InvalidParameterValue', message, { locator });
}
