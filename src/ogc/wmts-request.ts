import { defaultReporting, type ExceptionReporting, OgcException, withReporting } from './exceptions.ts';
import type { InfoFormat } from './info-format.ts';
import type { FeatureInfoQuery, MapView } from './map-request.ts';
import type { Parameters } from './parameters.ts';
import { splitPath } from './path.ts';
import type { ProjectDescription } from './project-description.ts';
import { defaultProject, findProject, projectOfPath } from './project-name.ts';
import type { ServiceContext } from './service.ts';
import { readWmtsResource } from './wmts-resource.ts';
import { readSections, type WmtsSection } from './wmts-sections.ts';
import { readTile, readTileFormat, readTileQuery, tileAddress } from './wmts-tile.ts';

interface AnyWmtsRequest {
  readonly project: ProjectDescription;
  /** How later errors are to be told. */
  readonly reporting: ExceptionReporting;
}

interface WmtsGetCapabilitiesRequest extends AnyWmtsRequest {
  readonly kind: 'GetCapabilities';
  readonly sections: readonly WmtsSection[];
}

interface GetTileRequest extends AnyWmtsRequest {
  readonly kind: 'GetTile';
  readonly view: MapView;
}

interface WmtsGetFeatureInfoRequest extends AnyWmtsRequest {
  readonly kind: 'GetFeatureInfo';
  readonly query: FeatureInfoQuery;
  readonly infoFormat: InfoFormat;
}

export type WmtsRequest = WmtsGetCapabilitiesRequest | GetTileRequest | WmtsGetFeatureInfoRequest;

/**
 * Reads a WMTS 1.0.0 request in KVP (OGC 07-057r7 section 8). The project comes from the path, or from MAP;
 * with neither it is the default project. Throws `OgcException`.
 */
export function readWmtsRequest(
  parameters: Parameters,
  pathProject: string | undefined,
  context: ServiceContext,
): WmtsRequest {
  const reporting = defaultReporting('ows-1.1');
  return withReporting(reporting, () => {
    const operation = readOperation(parameters);
    const project = findProject(parameters, pathProject, context);
    const common = { project, reporting };
    if (operation === 'GetCapabilities') {
      return { kind: operation, ...common, sections: readSections(parameters, project.hash) };
    }
    checkVersion(parameters.required('VERSION'));
    const address = tileAddress(parameters);
    if (operation === 'GetTile') {
      const encoding = readTileFormat(parameters.required('FORMAT'));
      return { kind: operation, ...common, view: readTile(address, encoding, project, context) };
    }
    const pixel = {
      i: parameters.required('I'),
      j: parameters.required('J'),
      infoFormat: parameters.required('INFOFORMAT', 'INFO_FORMAT'),
    };
    return { kind: operation, ...common, ...readTileQuery(address, pixel, project, context) };
  });
}

const OPERATIONS: Readonly<Record<string, WmtsRequest['kind']>> = {
  getcapabilities: 'GetCapabilities',
  gettile: 'GetTile',
  getfeatureinfo: 'GetFeatureInfo',
};

function readOperation(parameters: Parameters): WmtsRequest['kind'] {
  const service = parameters.required('SERVICE');
  if (service.toUpperCase() !== 'WMTS') {
    throw new OgcException('InvalidParameterValue', `This is a WMTS, not a "${service.slice(0, 40)}"`, {
      locator: 'SERVICE',
    });
  }
  const text = parameters.required('REQUEST');
  const key = text.toLowerCase();
  if (Object.hasOwn(OPERATIONS, key)) return OPERATIONS[key] as WmtsRequest['kind'];
  throw new OgcException('OperationNotSupported', `Request "${text.slice(0, 40)}" is not supported`, {
    locator: 'REQUEST',
  });
}

function checkVersion(version: string): void {
  if (version === '1.0.0') return;
  throw new OgcException('InvalidParameterValue', 'VERSION must be 1.0.0', { locator: 'VERSION' });
}

/**
 * Reads a WMTS 1.0.0 request from its path (section 10), still percent-encoded and without what leads to the
 * service; the project's segment may be missing for the default project:
 * - `[<project>/]1.0.0/WMTSCapabilities.xml`
 * - `[<project>/]<layer>/<style>/<TileMatrixSet>/<TileMatrix>/<TileRow>/<TileCol>.png` (`.jpg`, `.webp`)
 * - `[<project>/]<layer>/<style>/<TileMatrixSet>/<TileMatrix>/<TileRow>/<TileCol>/<J>/<I>.html` (`.txt`,
 *   `.xml`, `.json`, `.geojson`, `.gml`)
 *
 * Throws `OgcException`, with HTTP status 404 for what is not there.
 */
export function readWmtsPath(path: string, context: ServiceContext): WmtsRequest {
  const reporting = defaultReporting('ows-1.1');
  return withReporting(reporting, () => {
    const segments = splitPath(path);
    const hasProject = segments.length % 2 === 1;
    const project = hasProject ? projectOfPath(segments[0] ?? '', context) : defaultProject(context);
    const resource = readWmtsResource(hasProject ? segments.slice(1) : segments, project, context);
    return { ...resource, project, reporting };
  });
}
