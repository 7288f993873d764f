import { defaultReporting, type ExceptionReporting, OgcException, withReporting } from './exceptions.ts';
import type { InfoFormat } from './info-format.ts';
import type { FeatureInfoQuery, LegendQuery, MapView } from './map-request.ts';
import type { Parameters } from './parameters.ts';
import type { ProjectDescription } from './project-description.ts';
import { findProject } from './project-name.ts';
import type { ServiceContext } from './service.ts';
import { readFeatureInfoQuery } from './wms-feature-info.ts';
import { readLegendQuery } from './wms-legend.ts';
import { readReporting } from './wms-reporting.ts';
import { checkUpdateSequence } from './wms-update-sequence.ts';
import { capabilitiesVersion, operationVersion, type WmsVersion } from './wms-version.ts';
import { readMapView } from './wms-view.ts';

interface AnyWmsRequest {
  readonly version: WmsVersion;
  readonly project: ProjectDescription;
  /** How later errors are to be told. */
  readonly reporting: ExceptionReporting;
  /** What was put right or passed over, for people. */
  readonly warnings: readonly string[];
}

interface GetCapabilitiesRequest extends AnyWmsRequest {
  readonly kind: 'GetCapabilities';
}

interface GetMapRequest extends AnyWmsRequest {
  readonly kind: 'GetMap';
  readonly view: MapView;
}

export interface GetFeatureInfoRequest extends AnyWmsRequest {
  readonly kind: 'GetFeatureInfo';
  readonly query: FeatureInfoQuery;
  readonly infoFormat: InfoFormat;
}

interface GetLegendGraphicRequest extends AnyWmsRequest {
  readonly kind: 'GetLegendGraphic';
  readonly query: LegendQuery;
}

export type WmsRequest =
  | GetCapabilitiesRequest
  | GetMapRequest
  | GetFeatureInfoRequest
  | GetLegendGraphicRequest;

type Operation = WmsRequest['kind'];

/** By lower-case value of REQUEST; the short ones are of WMS 1.0.0. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  getcapabilities: 'GetCapabilities',
  capabilities: 'GetCapabilities',
  getmap: 'GetMap',
  map: 'GetMap',
  getfeatureinfo: 'GetFeatureInfo',
  feature_info: 'GetFeatureInfo',
  getlegendgraphic: 'GetLegendGraphic',
};

/**
 * Reads a WMS request of version 1.1.1 or 1.3.0 (OGC 01-068r3, 06-042; GetLegendGraphic: 05-078r4). The
 * project comes from the path, or from MAP; with neither it is the default project. Throws `OgcException`.
 */
export function readWmsRequest(
  parameters: Parameters,
  pathProject: string | undefined,
  context: ServiceContext,
): WmsRequest {
  const told = reportingOf(parameters, context);
  return withReporting(told, () => {
    const operation = readOperation(parameters);
    const project = findProject(parameters, pathProject, context);
    return readOperationRequest(operation, parameters, { project, context, told });
  });
}

/** Only operations that answer with a picture can answer with an exception in it. */
function reportingOf(parameters: Parameters, context: ServiceContext): ExceptionReporting {
  const told = readReporting(parameters, context.limits);
  const operation = OPERATIONS[parameters.get('REQUEST')?.toLowerCase() ?? ''];
  const pictured = operation === 'GetMap' || operation === 'GetLegendGraphic';
  return pictured ? told : defaultReporting(told.dialect);
}

function readOperation(parameters: Parameters): Operation {
  const service = parameters.get('SERVICE');
  if (service !== undefined && service.toUpperCase() !== 'WMS') {
    throw new OgcException('InvalidParameterValue', `This is a WMS, not a "${service.slice(0, 40)}"`, {
      locator: 'SERVICE',
    });
  }
  const text = parameters.required('REQUEST');
  const key = text.toLowerCase();
  if (Object.hasOwn(OPERATIONS, key)) return OPERATIONS[key] as Operation;
  throw new OgcException('OperationNotSupported', `Request "${text.slice(0, 40)}" is not supported`, {
    locator: 'REQUEST',
  });
}

interface Reading {
  readonly project: ProjectDescription;
  readonly context: ServiceContext;
  readonly told: ExceptionReporting;
}

function readOperationRequest(
  operation: Operation,
  parameters: Parameters,
  { project, context, told }: Reading,
): WmsRequest {
  const warnings: string[] = [];
  const common = { project, reporting: told, warnings };
  const drawing = { parameters, project, context, warnings };
  switch (operation) {
    case 'GetCapabilities':
      checkUpdateSequence(parameters, project.hash);
      return { kind: operation, ...common, version: capabilitiesVersion(parameters) };
    case 'GetMap': {
      const version = operationVersion(parameters);
      return { kind: operation, ...common, version, view: readMapView({ ...drawing, version }) };
    }
    case 'GetFeatureInfo': {
      const version = operationVersion(parameters);
      return { kind: operation, ...common, version, ...readFeatureInfoQuery({ ...drawing, version }) };
    }
    case 'GetLegendGraphic': {
      const version = capabilitiesVersion(parameters);
      return { kind: operation, ...common, version, query: readLegendQuery({ ...drawing, version }) };
    }
  }
}
