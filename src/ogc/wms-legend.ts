import { readDpi } from './dpi.ts';
import { OgcException } from './exceptions.ts';
import { checkPixels, readSide } from './image-size.ts';
import { rootLayerName, selectLayer } from './layers.ts';
import type { LegendQuery } from './map-request.ts';
import { readFormat, readTransparent, refuseSld, type WmsReading } from './wms-view.ts';

/**
 * What a GetLegendGraphic asks (OGC 05-078r4 section 12). Without FORMAT it is PNG; without WIDTH and HEIGHT
 * the legend is as large as it needs to be. SCALE, RULE and FEATURETYPE make no difference here.
 */
export function readLegendQuery({ parameters, project, context }: WmsReading): LegendQuery {
  const { limits } = context;
  refuseSld(parameters);
  const name = parameters.required('LAYER', 'LAYERS');
  if (name === rootLayerName(project)) {
    throw new OgcException('LayerNotDefined', 'A legend shows one layer, not the whole project', {
      locator: 'LAYER',
    });
  }
  const encoding = readFormat(parameters.get('FORMAT') ?? 'image/png');
  const width = optionalSide(parameters.get('WIDTH'), 'WIDTH', limits.maxWidth);
  const height = optionalSide(parameters.get('HEIGHT'), 'HEIGHT', limits.maxHeight);
  checkPixels(width, height, limits);
  return {
    project: project.id,
    ...selectLayer(project, name, parameters.get('STYLE', 'STYLES') ?? ''),
    encoding,
    transparent: readTransparent(parameters, encoding),
    width,
    height,
    dpi: readDpi(parameters, limits),
  };
}

function optionalSide(text: string | undefined, name: 'WIDTH' | 'HEIGHT', max: number): number {
  return text === undefined ? 0 : readSide(text, name, max);
}
