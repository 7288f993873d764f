import test from 'ava';
import { writeGml2, writeGml3 } from '../../src/ogc/gml.ts';
import type { FoundFeature } from '../../src/ogc/map-request.ts';
import { type ReadElement, readXml, textAt } from '../../src/ogc/xml-read.ts';

const LIMITS = { maxXmlLength: 100_000, maxXmlDepth: 32 };

function feature(geometry: unknown): FoundFeature {
  return {
    layer: 'Lakes',
    id: '1',
    properties: { NAME: 'Blue', geometry: 'of its own', note: null },
    geometry,
  };
}

function featuresOf(document: string): ReadElement[] {
  const root = readXml(document, LIMITS);
  return root.children.filter(({ name }) => name === 'featureMember').flatMap(({ children }) => children);
}

function geometryOf(document: string): ReadElement | undefined {
  return featuresOf(document)[0]?.children.find(({ name }) => name === 'geometry')?.children[0];
}

const SQUARE = [
  [0, 0],
  [2, 0],
  [2, 1],
  [0, 0],
];

test('GML 2: x before y, whatever the reference system', (t) => {
  const polygon = geometryOf(
    writeGml2([feature({ type: 'Polygon', coordinates: [SQUARE, SQUARE] })], 'EPSG:4326'),
  );
  t.is(polygon?.name, 'Polygon');
  t.is(polygon?.attributes.get('srsName'), 'http://www.opengis.net/gml/srs/epsg.xml#4326');
  t.deepEqual(
    polygon?.children.map(({ name }) => name),
    ['outerBoundaryIs', 'innerBoundaryIs'],
  );
  t.is(polygon && textAt(polygon, 'outerBoundaryIs', 'LinearRing', 'coordinates'), '0,0 2,0 2,1 0,0');
});

test('GML 3.1.1: in the axis order of the reference system', (t) => {
  const line = { type: 'MultiLineString', coordinates: [SQUARE] };
  const read = (crs: string, order: 'xy' | 'yx') => geometryOf(writeGml3([feature(line)], crs, order));
  const swapped = read('EPSG:4326', 'yx');
  t.is(swapped?.name, 'MultiCurve');
  t.is(swapped?.attributes.get('srsName'), 'urn:ogc:def:crs:EPSG::4326');
  t.is(swapped && textAt(swapped, 'curveMember', 'LineString', 'posList'), '0 0 0 2 1 2 0 0');
  const plain = read('CRS:84', 'xy');
  t.is(plain?.attributes.get('srsName'), 'urn:ogc:def:crs:OGC:1.3:CRS84');
  t.is(plain && textAt(plain, 'curveMember', 'LineString', 'posList'), '0 0 2 0 2 1 0 0');
});

const GEOMETRIES: [geometry: object, gml2: string, gml3: string][] = [
  [{ type: 'Point', coordinates: [1, 2, 3] }, 'Point', 'Point'],
  [{ type: 'MultiPoint', coordinates: SQUARE }, 'MultiPoint', 'MultiPoint'],
  [{ type: 'LineString', coordinates: SQUARE }, 'LineString', 'LineString'],
  [{ type: 'MultiLineString', coordinates: [SQUARE] }, 'MultiLineString', 'MultiCurve'],
  [{ type: 'Polygon', coordinates: [SQUARE] }, 'Polygon', 'Polygon'],
  [{ type: 'MultiPolygon', coordinates: [[SQUARE]] }, 'MultiPolygon', 'MultiSurface'],
  [
    { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] },
    'MultiGeometry',
    'MultiGeometry',
  ],
];

for (const [geometry, gml2, gml3] of GEOMETRIES) {
  test(`${gml2}`, (t) => {
    t.is(geometryOf(writeGml2([feature(geometry)], 'EPSG:3857'))?.name, gml2);
    t.is(geometryOf(writeGml3([feature(geometry)], 'EPSG:3857', 'xy'))?.name, gml3);
  });
}

const NO_GEOMETRIES = [
  undefined,
  null,
  'POINT(1 2)',
  { type: 'Point', coordinates: [] },
  { type: 'Point', coordinates: [1, Number.NaN] },
  { type: 'Circle', coordinates: [1, 2] },
  { type: 'constructor', coordinates: [1, 2] },
  { type: 'LineString', coordinates: [1, 2] },
  { type: 'GeometryCollection', geometries: [{ type: 'GeometryCollection', geometries: [] }] },
];

for (const geometry of NO_GEOMETRIES) {
  test(`no geometry: ${JSON.stringify(geometry)}`, (t) => {
    t.is(geometryOf(writeGml2([feature(geometry)], 'EPSG:3857')), undefined);
  });
}

test('features have ids and property names of their own', (t) => {
  const features = featuresOf(writeGml3([feature(undefined), feature(undefined)], 'EPSG:3857', 'xy'));
  t.deepEqual(
    features.map(({ attributes }) => attributes.get('id')),
    ['Lakes.1', 'Lakes.1_2'],
  );
  t.deepEqual(
    features[0]?.children.map(({ name, text }) => [name, text]),
    [
      ['NAME', 'Blue'],
      ['geometry_2', 'of its own'],
    ],
  );
});
