import { OgcException } from './exceptions.ts';
import { geometryCrsOf, type InfoFormat, readInfoFormat } from './info-format.ts';
import { findLayer, layerNotDefined, queryableLayers, rootLayerName, splitList } from './layers.ts';
import type { FeatureInfoQuery } from './map-request.ts';
import type { ProjectDescription } from './project-description.ts';
import { readInteger } from './values.ts';
import { readQueriedView, type WmsReading } from './wms-view.ts';

/** What a GetFeatureInfo asks (WMS 1.3.0 section 7.4.3, 1.1.1 section 7.3.3). */
export function readFeatureInfoQuery(reading: WmsReading): {
  query: FeatureInfoQuery;
  infoFormat: InfoFormat;
} {
  const { parameters, project, context } = reading;
  const view = readQueriedView(reading);
  const names = splitList(parameters.required('QUERY_LAYERS'));
  if (names.length > context.limits.maxLayers) {
    const message = `QUERY_LAYERS names more than ${context.limits.maxLayers} layers`;
    throw new OgcException('InvalidParameterValue', message, { locator: 'QUERY_LAYERS' });
  }
  const infoFormat = readInfoFormat(parameters.get('INFO_FORMAT'));
  return {
    query: {
      view,
      queryLayers: selectQueryLayers(project, names),
      ...readPoint(reading, view.width, view.height),
      featureCount: readFeatureCount(reading),
      geometryCrs: geometryCrsOf(infoFormat, view.crs),
    },
    infoFormat,
  };
}

/**
 * The layers to ask, each once. The project's own name stands for all that can be asked. Throws
 * LayerNotDefined, LayerNotQueryable.
 */
function selectQueryLayers(project: ProjectDescription, names: readonly string[]): string[] {
  const layers = names.flatMap((name) => {
    if (name === rootLayerName(project)) {
      const all = queryableLayers(project);
      if (all.length > 0) return all;
      throw layerNotQueryable(name);
    }
    const layer = findLayer(project, name);
    if (!layer) throw layerNotDefined(project, name, 'QUERY_LAYERS');
    if (!layer.queryable) throw layerNotQueryable(name);
    return [layer];
  });
  return [...new Set(layers.map(({ name }) => name))];
}

function layerNotQueryable(name: string): OgcException {
  return new OgcException('LayerNotQueryable', `Layer "${name}" cannot be queried`, {
    locator: 'QUERY_LAYERS',
  });
}

/** I and J in 1.3.0, X and Y before; each is understood in the other. Throws InvalidPoint. */
function readPoint(
  { parameters, version }: WmsReading,
  width: number,
  height: number,
): { i: number; j: number } {
  const [column, row] = version === '1.3.0' ? (['I', 'J'] as const) : (['X', 'Y'] as const);
  const [otherColumn, otherRow] = version === '1.3.0' ? ['X', 'Y'] : ['I', 'J'];
  return {
    i: readPixel(parameters.required(column, otherColumn), column, width),
    j: readPixel(parameters.required(row, otherRow), row, height),
  };
}

/** A column or row of an image, from 0; throws InvalidPoint. */
function readPixel(text: string, name: string, size: number): number {
  const pixel = readInteger(text);
  if (pixel !== undefined && pixel >= 0 && pixel < size) return pixel;
  const message = `${name} must be a pixel of the map, from 0 to ${size - 1}`;
  throw new OgcException('InvalidPoint', message, { locator: name });
}

/** FEATURE_COUNT; one where it makes no sense, as the standards have it, and never more than the limit. */
function readFeatureCount({ parameters, context, warnings }: WmsReading): number {
  const text = parameters.get('FEATURE_COUNT');
  if (text === undefined) return 1;
  const { maxFeatures } = context.limits;
  const count = readInteger(text);
  if (count === undefined || count < 1) {
    warnings.push('FEATURE_COUNT is no positive whole number: 1');
    return 1;
  }
  if (count > maxFeatures) warnings.push(`FEATURE_COUNT is above ${maxFeatures}: ${maxFeatures}`);
  return Math.min(count, maxFeatures);
}
