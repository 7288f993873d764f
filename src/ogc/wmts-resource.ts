import { OgcException } from './exceptions.ts';
import { encodingOf } from './image-format.ts';
import type { InfoFormat } from './info-format.ts';
import type { FeatureInfoQuery, MapView } from './map-request.ts';
import type { ProjectDescription } from './project-description.ts';
import type { ServiceContext } from './service.ts';
import { type WmtsSection, wmtsSections } from './wmts-sections.ts';
import { readTile, readTileQuery, type TileAddress } from './wmts-tile.ts';

/** File extensions of the resources that a WMTS has, in their addresses, for each form of feature info. */
export const infoExtensions: Readonly<Record<string, InfoFormat>> = {
  txt: 'text/plain',
  html: 'text/html',
  xml: 'text/xml',
  json: 'application/json',
  geojson: 'application/geo+json',
  gml: 'application/vnd.ogc.gml',
};

type Resource =
  | { readonly kind: 'GetCapabilities'; readonly sections: readonly WmtsSection[] }
  | { readonly kind: 'GetTile'; readonly view: MapView }
  | { readonly kind: 'GetFeatureInfo'; readonly query: FeatureInfoQuery; readonly infoFormat: InfoFormat };

const TILE_SEGMENTS = 6;
const PIXEL_SEGMENTS = 8;

/** The resource of a project that decoded path segments name; throws with HTTP status 404 if there is none. */
export function readWmtsResource(
  segments: readonly string[],
  project: ProjectDescription,
  context: ServiceContext,
): Resource {
  try {
    return readResource(segments, project, context);
  } catch (error) {
    if (!(error instanceof OgcException)) throw error;
    const { code, message, locator } = error;
    throw new OgcException(code, message, { ...(locator ? { locator } : {}), httpStatus: 404, cause: error });
  }
}

function readResource(
  segments: readonly string[],
  project: ProjectDescription,
  context: ServiceContext,
): Resource {
  if (segments.length === 2 && segments[0] === '1.0.0' && segments[1] === 'WMTSCapabilities.xml') {
    return { kind: 'GetCapabilities', sections: wmtsSections };
  }
  const [name, extension] = splitExtension(segments.at(-1) ?? '');
  const [layer = '', style = '', tileMatrixSet = '', tileMatrix = '', tileRow = '', column = '', j = ''] =
    segments;
  const address = { layer, style, tileMatrixSet, tileMatrix, tileRow };
  if (segments.length === TILE_SEGMENTS) {
    return readTileResource({ ...address, tileCol: name }, extension, project, context);
  }
  const infoFormat = Object.hasOwn(infoExtensions, extension) ? infoExtensions[extension] : undefined;
  if (segments.length !== PIXEL_SEGMENTS || !infoFormat) throw noSuchResource();
  const pixel = { i: name, j, infoFormat };
  return {
    kind: 'GetFeatureInfo',
    ...readTileQuery({ ...address, tileCol: column }, pixel, project, context),
  };
}

function readTileResource(
  address: TileAddress,
  extension: string,
  project: ProjectDescription,
  context: ServiceContext,
): Resource {
  const encoding = encodingOf(extension);
  if (!encoding) throw noSuchResource();
  return { kind: 'GetTile', view: readTile(address, encoding, project, context) };
}

function splitExtension(segment: string): [name: string, extension: string] {
  const dot = segment.lastIndexOf('.');
  return dot === -1 ? [segment, ''] : [segment.slice(0, dot), segment.slice(dot + 1).toLowerCase()];
}

function noSuchResource(): OgcException {
  return new OgcException('InvalidParameterValue', 'This WMTS has no such resource', { httpStatus: 404 });
}
