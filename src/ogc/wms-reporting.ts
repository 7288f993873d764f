import type { ExceptionReporting } from './exceptions.ts';
import { canBeTransparent, encodingOf } from './image-format.ts';
import { isDrawableSize } from './image-size.ts';
import type { ExceptionStyle } from './map-request.ts';
import type { Parameters } from './parameters.ts';
import type { OgcLimits } from './service.ts';
import { readBoolean, readColour, readInteger } from './values.ts';
import { likelyVersion } from './wms-version.ts';

/**
 * How a WMS client wants to be told of exceptions, taken from whatever can be read of a request. Never
 * throws: a picture that cannot be drawn, for want of a known format or a possible size, becomes XML.
 */
export function readReporting(parameters: Parameters, limits: OgcLimits): ExceptionReporting {
  const style = styleOf(parameters.get('EXCEPTIONS') ?? '');
  const encoding = encodingOf(parameters.get('FORMAT') ?? '');
  const width = readInteger(parameters.get('WIDTH') ?? '') ?? 0;
  const height = readInteger(parameters.get('HEIGHT') ?? '') ?? 0;
  const isPicture = style !== 'xml' && encoding !== undefined && isDrawableSize(width, height, limits);
  return {
    dialect: `wms-${likelyVersion(parameters)}`,
    style: isPicture ? style : 'xml',
    encoding: encoding ?? 'png',
    width: isPicture ? width : 0,
    height: isPicture ? height : 0,
    transparent:
      readBoolean(parameters.get('TRANSPARENT') ?? '') === true && canBeTransparent(encoding ?? 'png'),
    background: readColour(parameters.get('BGCOLOR') ?? '') ?? '#ffffff',
  };
}

/** `INIMAGE` (1.3.0), `application/vnd.ogc.se_inimage` (1.1.1), likewise blank; anything else is XML. */
function styleOf(text: string): ExceptionStyle {
  const match = /^(?:application\/vnd\.ogc\.se_)?(inimage|blank)$/.exec(text.toLowerCase());
  return (match?.[1] as ExceptionStyle | undefined) ?? 'xml';
}
