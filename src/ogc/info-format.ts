import { OgcException } from './exceptions.ts';

/** The forms an answer to GetFeatureInfo can take, the default first. */
export const infoFormats = [
  'text/plain',
  'text/html',
  'text/xml',
  'application/json',
  'application/geo+json',
  'application/vnd.ogc.gml',
  'application/vnd.ogc.gml/3.1.1',
] as const;

export type InfoFormat = (typeof infoFormats)[number];

const ALIASES: Readonly<Record<string, InfoFormat>> = {
  'application/xml': 'text/xml',
  'application/vnd.geo+json': 'application/geo+json',
  'application/json;subtype=geojson': 'application/json',
  'application/vnd.ogc.gml/2.1.2': 'application/vnd.ogc.gml',
  'application/gml+xml': 'application/vnd.ogc.gml/3.1.1',
  'application/gml+xml;version=3.1': 'application/vnd.ogc.gml/3.1.1',
  'text/xml;subtype=gml/2.1.2': 'application/vnd.ogc.gml',
  'text/xml;subtype=gml/3.1.1': 'application/vnd.ogc.gml/3.1.1',
};

/**
 * The form that INFO_FORMAT means; throws InvalidFormat. Without one it is plain text: WMS 1.1.1 leaves the
 * choice to the server, and clients of 1.3.0 forget it.
 */
export function readInfoFormat(text: string | undefined): InfoFormat {
  if (text === undefined) return infoFormats[0];
  const format = matching(text);
  if (format) return format;
  const message = `Format "${text.slice(0, 100)}" is not offered; there are ${infoFormats.join(', ')}`;
  throw new OgcException('InvalidFormat', message, { locator: 'INFO_FORMAT' });
}

/** The CRS of geometries in such an answer: GeoJSON (RFC 7946) is in longitude and latitude whatever the map is in. */
export function geometryCrsOf(format: InfoFormat, viewCrs: string): string {
  return format === 'application/geo+json' && !isLongitudeLatitude(viewCrs) ? 'CRS:84' : viewCrs;
}

/** Of geometries, whose x comes before y in any CRS. */
export function isLongitudeLatitude(crs: string): boolean {
  return crs === 'CRS:84' || crs === 'EPSG:4326';
}

/** A `+` that the client did not escape has become a space on its way. */
function matching(text: string): InfoFormat | undefined {
  const lower = text.trim().toLowerCase();
  const [type = ''] = lower.split(';');
  const spellings = [lower.replace(/\s*;\s*/g, ';'), lower.replaceAll(' ', '+'), type.trim()];
  for (const spelling of spellings) {
    const format = infoFormats.find((candidate) => candidate === spelling);
    if (format) return format;
    if (Object.hasOwn(ALIASES, spelling)) return ALIASES[spelling];
  }
  return undefined;
}
