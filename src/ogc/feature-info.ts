import { type CrsCatalogue, crsUrn } from './crs.ts';
import { asGeometry } from './geometry.ts';
import { writeGml2, writeGml3 } from './gml.ts';
import { type InfoFormat, isLongitudeLatitude } from './info-format.ts';
import type { FeatureInfoQuery, FoundFeature } from './map-request.ts';
import type { WrittenDocument } from './service.ts';
import { dropUnwritable, element, escapeXml, writeXml } from './xml.ts';

/** The answer to GetFeatureInfo, of WMS and WMTS, in the form asked for. */
export function writeFeatureInfo(
  features: readonly FoundFeature[],
  format: InfoFormat,
  query: FeatureInfoQuery,
  crs: CrsCatalogue,
): WrittenDocument {
  const { crs: code } = query.view;
  switch (format) {
    case 'text/plain':
      return answer('text/plain; charset=utf-8', writePlain(features));
    case 'text/html':
      return answer('text/html; charset=utf-8', writeHtml(features));
    case 'text/xml':
      return answer('text/xml', writeAttributes(features));
    case 'application/json':
      return answer(format, writeJson(features, code));
    case 'application/geo+json':
      return answer(format, writeGeoJson(features, code));
    case 'application/vnd.ogc.gml':
      return answer(format, writeGml2(features, code));
    case 'application/vnd.ogc.gml/3.1.1':
      return answer(format, writeGml3(features, code, crs.lookup(code)?.axisOrder ?? 'xy'));
  }
}

function answer(contentType: string, body: string): WrittenDocument {
  return { status: 200, contentType, body };
}

function writePlain(features: readonly FoundFeature[]): string {
  if (features.length === 0) return 'No features were found.\n';
  const blocks = features.map(({ layer, id, properties }) => {
    const lines = Object.entries(properties).map(([name, value]) => `  ${oneLine(name)} = ${shown(value)}`);
    return [`${oneLine(layer)} ${oneLine(id)}`, ...lines].join('\n');
  });
  return `${blocks.join('\n\n')}\n`;
}

function shown(value: string | number | boolean | null): string {
  return value === null ? '' : oneLine(String(value));
}

function oneLine(text: string): string {
  return dropUnwritable(text).replace(/\s+/g, ' ').trim();
}

const HTML_STYLE =
  'body{font:14px system-ui,sans-serif;margin:8px}table{border-collapse:collapse;margin:0 0 12px}' +
  'caption{text-align:left;font-weight:600;padding:4px 0}' +
  'th,td{border:1px solid #ccc;padding:2px 8px;text-align:left;vertical-align:top}';

function writeHtml(features: readonly FoundFeature[]): string {
  const tables = features.map(({ layer, id, properties }) => {
    const rows = Object.entries(properties).map(
      ([name, value]) =>
        `<tr><th scope="row">${escapeXml(name)}</th><td>${escapeXml(String(value ?? ''))}</td></tr>`,
    );
    return `<table><caption>${escapeXml(`${layer} ${id}`)}</caption>${rows.join('')}</table>`;
  });
  const body = tables.length > 0 ? tables.join('\n') : '<p>No features were found.</p>';
  return (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Features</title>' +
    `<style>${HTML_STYLE}</style></head><body>\n${body}\n</body></html>\n`
  );
}

/** Features as layers with attributes, as QGIS Server writes and its client reads them. */
function writeAttributes(features: readonly FoundFeature[]): string {
  const layers = Map.groupBy(features, ({ layer }) => layer);
  const root = element(
    'GetFeatureInfoResponse',
    {},
    [...layers].map(([name, found]) => element('Layer', { name }, found.map(attributesElement))),
  );
  return writeXml(root);
}

function attributesElement({ id, properties }: FoundFeature) {
  const attributes = Object.entries(properties).map(([name, value]) =>
    element('Attribute', { name, value: value === null ? '' : String(value) }),
  );
  return element('Feature', { id }, attributes);
}

/** GeoJSON of 2008: coordinates in the map's CRS, which it names, x before y. */
function writeJson(features: readonly FoundFeature[], crs: string): string {
  const named = { type: 'name', properties: { name: crsUrn(crs) } };
  return JSON.stringify({
    type: 'FeatureCollection',
    crs: named,
    features: features.map((feature) => geoJsonFeature(feature, feature.geometry ?? null)),
  });
}

/** GeoJSON (RFC 7946): longitude and latitude, or no geometry where a peer gives no such. */
function writeGeoJson(features: readonly FoundFeature[], crs: string): string {
  return JSON.stringify({
    type: 'FeatureCollection',
    features: features.map((feature) => {
      const isGiven = isLongitudeLatitude(feature.geometryCrs ?? crs);
      return geoJsonFeature(feature, (isGiven && asGeometry(feature.geometry)) || null);
    }),
  });
}

function geoJsonFeature({ layer, id, properties }: FoundFeature, geometry: unknown) {
  return { type: 'Feature', id: `${layer}.${id}`, layer, properties, geometry };
}
