import { OgcException } from './exceptions.ts';
import { STANDARD_DPI } from './layers.ts';
import type { Parameters } from './parameters.ts';
import type { OgcLimits } from './service.ts';
import { readNumber } from './values.ts';

/**
 * The resolution of the client's screen or printer. No standard has it; clients send DPI (QGIS),
 * MAP_RESOLUTION (MapServer) and FORMAT_OPTIONS=dpi:n (GeoServer), often all three at once: the first of them
 * counts. Throws InvalidParameterValue.
 */
export function readDpi(parameters: Parameters, limits: OgcLimits): number {
  for (const [name, text] of givenResolutions(parameters)) {
    const dpi = readNumber(text);
    if (dpi !== undefined && dpi >= limits.minDpi && dpi <= limits.maxDpi) return dpi;
    const message = `${name} must be a resolution from ${limits.minDpi} to ${limits.maxDpi} dots per inch`;
    throw new OgcException('InvalidParameterValue', message, { locator: name });
  }
  return STANDARD_DPI;
}

function givenResolutions(parameters: Parameters): [name: string, text: string][] {
  const option = /(?:^|;)\s*dpi\s*:\s*([^;]*)/i.exec(parameters.get('FORMAT_OPTIONS') ?? '');
  const given: [string, string | undefined][] = [
    ['DPI', parameters.get('DPI')],
    ['MAP_RESOLUTION', parameters.get('MAP_RESOLUTION')],
    ['FORMAT_OPTIONS', option?.[1]],
  ];
  return given.filter((pair): pair is [string, string] => pair[1] !== undefined);
}
