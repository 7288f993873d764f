import { OgcException } from './exceptions.ts';
import type { OgcLimits } from './service.ts';
import { childOf, type ReadElement, readXml, textAt } from './xml-read.ts';

type Pair = [name: string, value: string];

/**
 * A request posted as XML, as the parameters that say the same: GetMap of SLD 1.0 (WMS 1.1.1) and of SLD 1.1
 * (WMS 1.3.0) with named layers and styles, GetFeatureInfo around one of these, GetCapabilities of WMS and of
 * OWS Common, GetTile of WMTS. Namespaces are passed over, as clients confuse them. Throws `OgcException`.
 */
export function readXmlRequest(body: string, limits: OgcLimits): [string, string][] {
  const root = readDocument(body, limits);
  const pairs: Pair[] = [['REQUEST', root.name]];
  for (const name of ['service', 'version', 'updateSequence']) {
    const value = root.attributes.get(name);
    if (value !== undefined) pairs.push([name.toUpperCase(), value]);
  }
  return [...pairs, ...operationPairs(root)];
}

function readDocument(body: string, limits: OgcLimits): ReadElement {
  try {
    return readXml(body, limits);
  } catch (cause) {
    const message = `The posted XML cannot be read: ${(cause as Error).message}`;
    throw new OgcException('NoApplicableCode', message, { cause });
  }
}

function operationPairs(root: ReadElement): Pair[] {
  switch (root.name) {
    case 'GetMap':
      return mapPairs(root);
    case 'GetFeatureInfo':
      return [...featureInfoPairs(root), ...leafPairs(root)];
    case 'GetCapabilities':
      return capabilitiesPairs(root);
    default:
      return leafPairs(root);
  }
}

/** Elements without children, as parameters of the same names. */
function leafPairs(parent: ReadElement): Pair[] {
  return parent.children
    .filter((child) => child.children.length === 0)
    .map((child): Pair => [child.name.toUpperCase(), child.text]);
}

/** OWS Common 1.1 section 7.2.4 writes lists where KVP has commas. */
function capabilitiesPairs(root: ReadElement): Pair[] {
  const list = (name: string, item: string) =>
    childOf(root, name)
      ?.children.filter((child) => child.name === item)
      .map((child) => child.text)
      .join(',');
  return present([
    ['ACCEPTVERSIONS', list('AcceptVersions', 'Version')],
    ['SECTIONS', list('Sections', 'Section')],
  ]);
}

/** `GetMap` of OGC 02-070 and of OGC 05-078r4; what is not structured is read by its own name. */
function mapPairs(map: ReadElement): Pair[] {
  return [...layerPairs(map), ...boundsPairs(map), ...outputPairs(map), ...leafPairs(map)];
}

/** The layers and styles that a StyledLayerDescriptor names; one that brings its own is refused. */
function layerPairs(map: ReadElement): Pair[] {
  const descriptor = childOf(map, 'StyledLayerDescriptor');
  if (!descriptor) return [];
  const layers = descriptor.children.filter((child) => child.name.endsWith('Layer'));
  const named = layers.map((layer) => {
    const style = layer.children.find((child) => child.name.endsWith('Style'));
    if (layer.name !== 'NamedLayer' || (style && style.name !== 'NamedStyle')) throw ownStyles();
    return { layer: textAt(layer, 'Name') ?? '', style: (style && textAt(style, 'Name')) ?? '' };
  });
  return [
    ['LAYERS', named.map(({ layer }) => layer).join(',')],
    ['STYLES', named.map(({ style }) => style).join(',')],
  ];
}

function ownStyles(): OgcException {
  const message = 'User-defined layers and styles are not accepted; use NamedLayer and NamedStyle';
  return new OgcException('InvalidParameterValue', message, { locator: 'SLD_BODY' });
}

/** Corners as GML 2 (`coord`, `coordinates`), GML 3 (`lowerCorner`) or OWS (`LowerCorner`) has them. */
function boundsPairs(map: ReadElement): Pair[] {
  const box = childOf(map, 'BoundingBox');
  if (!box) return [];
  const crs = box.attributes.get('srsName') ?? box.attributes.get('crs') ?? box.attributes.get('SRS');
  return present([
    ['BBOX', corners(box)],
    // A CRS element of its own is read as a leaf, after this one, which then does not count.
    ['CRS', childOf(map, 'CRS')?.text ?? (crs && crsOfGml(crs))],
  ]);
}

function corners(box: ReadElement): string {
  const coordinates = box.children
    .filter((child) => child.name === 'coord')
    .flatMap((coord) => [textAt(coord, 'X') ?? '', textAt(coord, 'Y') ?? '']);
  if (coordinates.length > 0) return coordinates.join(',');
  const gml2 = textAt(box, 'coordinates');
  if (gml2 !== undefined) return gml2.split(/[\s,]+/).join(',');
  const lower = textAt(box, 'LowerCorner') ?? textAt(box, 'lowerCorner') ?? '';
  const upper = textAt(box, 'UpperCorner') ?? textAt(box, 'upperCorner') ?? '';
  return `${lower} ${upper}`.trim().split(/\s+/).join(',');
}

/** `http://www.opengis.net/gml/srs/epsg.xml#4326` is how GML 2 writes `EPSG:4326`. */
function crsOfGml(text: string): string {
  const match = /^http:\/\/www\.opengis\.net\/gml\/srs\/epsg\.xml#(\d+)$/i.exec(text);
  return match ? `EPSG:${match[1]}` : text;
}

function outputPairs(map: ReadElement): Pair[] {
  const output = childOf(map, 'Output');
  if (!output) return [];
  return [
    ...present([
      ['WIDTH', textAt(output, 'Size', 'Width')],
      ['HEIGHT', textAt(output, 'Size', 'Height')],
    ]),
    ...leafPairs(output),
  ];
}

/** `GetFeatureInfo` carries the map it asks of as `GetMap` (SLD 1.1) or `GetMapCopy`. */
function featureInfoPairs(root: ReadElement): Pair[] {
  const map = childOf(root, 'GetMap') ?? childOf(root, 'GetMapCopy');
  const queried = root.children.filter(({ name }) => name === 'QueryLayer' || name === 'QueryLayers');
  return [
    ...(map ? mapPairs(map) : []),
    ...present([
      ['QUERY_LAYERS', queried.length > 0 ? queried.map(({ text }) => text).join(',') : undefined],
      ['INFO_FORMAT', textAt(root, 'InfoFormat') ?? textAt(root, 'Output', 'InfoFormat')],
      ['FEATURE_COUNT', textAt(root, 'FeatureCount') ?? textAt(root, 'Feature_Count')],
    ]),
  ];
}

function present(pairs: readonly (readonly [string, string | undefined])[]): Pair[] {
  return pairs.filter((pair): pair is Pair => pair[1] !== undefined);
}
