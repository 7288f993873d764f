import { crsUrn } from './crs.ts';
import { asGeometry, type Geometry, type Position } from './geometry.ts';
import type { FoundFeature } from './map-request.ts';
import { element, textElement, writeXml, type XmlElement, xmlName } from './xml.ts';

/** What differs between the versions of GML. */
interface Dialect {
  readonly srsName: string;
  /** An element with these positions as its content. */
  positions(positions: readonly Position[]): XmlElement;
  position(position: Position): XmlElement;
  readonly outerRing: string;
  readonly innerRing: string;
  readonly multiLine: readonly [collection: string, member: string];
  readonly multiPolygon: readonly [collection: string, member: string];
  readonly idAttribute: string;
}

const NAMESPACE = 'urn:x-gismesh:features';

/** GML 2.1.2 simple features in a feature collection of WFS 1.0.0; coordinates are x before y. */
export function writeGml2(features: readonly FoundFeature[], crs: string): string {
  const tuples = (positions: readonly Position[]) =>
    element(
      'gml:coordinates',
      { decimal: '.', cs: ',', ts: ' ' },
      positions.map(([x, y]) => `${x},${y}`).join(' '),
    );
  const dialect: Dialect = {
    srsName: srsNameOfGml2(crs),
    positions: tuples,
    position: (position) => tuples([position]),
    outerRing: 'gml:outerBoundaryIs',
    innerRing: 'gml:innerBoundaryIs',
    multiLine: ['gml:MultiLineString', 'gml:lineStringMember'],
    multiPolygon: ['gml:MultiPolygon', 'gml:polygonMember'],
    idAttribute: 'fid',
  };
  const unknownBounds = element('gml:boundedBy', {}, [textElement('gml:null', 'unknown')]);
  return writeCollection(
    features,
    dialect,
    unknownBounds,
    'http://www.opengis.net/wfs http://schemas.opengis.net/wfs/1.0.0/WFS-basic.xsd',
  );
}

/** GML 3.1.1 simple features in a feature collection of WFS 1.1.0; coordinates in the CRS's axis order. */
export function writeGml3(features: readonly FoundFeature[], crs: string, axisOrder: 'xy' | 'yx'): string {
  const numbers = ([x, y]: Position) => (axisOrder === 'yx' ? `${y} ${x}` : `${x} ${y}`);
  const dialect: Dialect = {
    srsName: crsUrn(crs),
    positions: (positions) => textElement('gml:posList', positions.map(numbers).join(' ')),
    position: (position) => textElement('gml:pos', numbers(position)),
    outerRing: 'gml:exterior',
    innerRing: 'gml:interior',
    multiLine: ['gml:MultiCurve', 'gml:curveMember'],
    multiPolygon: ['gml:MultiSurface', 'gml:surfaceMember'],
    idAttribute: 'gml:id',
  };
  const unknownBounds = element('gml:boundedBy', {}, [textElement('gml:Null', 'unknown')]);
  return writeCollection(
    features,
    dialect,
    unknownBounds,
    'http://www.opengis.net/wfs http://schemas.opengis.net/wfs/1.1.0/wfs.xsd',
  );
}

function srsNameOfGml2(crs: string): string {
  return crs.startsWith('EPSG:') ? `http://www.opengis.net/gml/srs/epsg.xml#${crs.slice(5)}` : crs;
}

function writeCollection(
  features: readonly FoundFeature[],
  dialect: Dialect,
  bounds: XmlElement,
  schemaLocation: string,
): string {
  const ids = new Names();
  const root = element(
    'wfs:FeatureCollection',
    {
      'xmlns:wfs': 'http://www.opengis.net/wfs',
      'xmlns:gml': 'http://www.opengis.net/gml',
      'xmlns:gismesh': NAMESPACE,
      'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
      'xsi:schemaLocation': schemaLocation,
    },
    [
      bounds,
      ...features.map((feature) => element('gml:featureMember', {}, [featureElement(feature, dialect, ids)])),
    ],
  );
  return writeXml(root);
}

function featureElement(feature: FoundFeature, dialect: Dialect, ids: Names): XmlElement {
  const names = new Names(['geometry']);
  const properties = Object.entries(feature.properties)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => textElement(`gismesh:${names.unique(name)}`, String(value)));
  const geometry = asGeometry(feature.geometry);
  return element(
    `gismesh:${xmlName(feature.layer)}`,
    { [dialect.idAttribute]: ids.unique(`${feature.layer}.${feature.id}`) },
    [...properties, geometry && element('gismesh:geometry', {}, [geometryElement(geometry, dialect, true)])],
  );
}

/** XML names, each used once. */
class Names {
  readonly #used: Set<string>;

  constructor(used: readonly string[] = []) {
    this.#used = new Set(used);
  }

  unique(text: string): string {
    const name = xmlName(text);
    let unique = name;
    for (let suffix = 2; this.#used.has(unique); suffix++) unique = `${name}_${suffix}`;
    this.#used.add(unique);
    return unique;
  }
}

function geometryElement(geometry: Geometry, dialect: Dialect, isOutermost: boolean): XmlElement {
  const attributes = isOutermost ? { srsName: dialect.srsName } : {};
  const collection = (name: string, member: string, geometries: readonly Geometry[]) =>
    element(
      name,
      attributes,
      geometries.map((inner) => element(member, {}, [geometryElement(inner, dialect, false)])),
    );
  switch (geometry.type) {
    case 'Point':
      return element('gml:Point', attributes, [dialect.position(geometry.coordinates)]);
    case 'LineString':
      return element('gml:LineString', attributes, [dialect.positions(geometry.coordinates)]);
    case 'Polygon':
      return element('gml:Polygon', attributes, rings(geometry.coordinates, dialect));
    case 'MultiPoint':
      return collection('gml:MultiPoint', 'gml:pointMember', parts('Point', geometry.coordinates));
    case 'MultiLineString':
      return collection(...dialect.multiLine, parts('LineString', geometry.coordinates));
    case 'MultiPolygon':
      return collection(...dialect.multiPolygon, parts('Polygon', geometry.coordinates));
    case 'GeometryCollection':
      return collection('gml:MultiGeometry', 'gml:geometryMember', geometry.geometries);
  }
}

function parts(type: 'Point' | 'LineString' | 'Polygon', coordinates: readonly unknown[]): Geometry[] {
  return coordinates.map((part) => ({ type, coordinates: part }) as Geometry);
}

function rings(coordinates: readonly (readonly Position[])[], dialect: Dialect): XmlElement[] {
  return coordinates.map((ring, index) =>
    element(index === 0 ? dialect.outerRing : dialect.innerRing, {}, [
      element('gml:LinearRing', {}, [dialect.positions(ring)]),
    ]),
  );
}
