import test from 'ava';
import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { writeFeatureInfo } from '../../src/ogc/feature-info.ts';
import { geometryCrsOf, type InfoFormat, infoFormats } from '../../src/ogc/info-format.ts';
import type { FeatureInfoQuery, FoundFeature } from '../../src/ogc/map-request.ts';
import { readXml } from '../../src/ogc/xml-read.ts';
import { getFeatureInfo130, wms } from './helpers/read.ts';
import { catalogue } from './helpers/service.ts';

const LIMITS = { maxXmlLength: 1_000_000, maxXmlDepth: 32 };

const FEATURES: FoundFeature[] = [
  {
    layer: 'Lakes',
    id: '1',
    properties: { NAME: 'Blue <Lake> & "Pond"', depth: 12.5, frozen: false, note: null },
    geometry: { type: 'Point', coordinates: [10, 20] },
  },
  { layer: 'Road Segments', id: '7', properties: { NAME: 'Main\nStreet' } },
];

function queryIn(crs: string): FeatureInfoQuery {
  const request = wms(getFeatureInfo130());
  if (request.kind !== 'GetFeatureInfo') throw new Error(request.kind);
  return { ...request.query, view: { ...request.query.view, crs } };
}

function write(format: InfoFormat, features: readonly FoundFeature[] = FEATURES, crs = 'CRS:84') {
  return writeFeatureInfo(features, format, queryIn(crs), catalogue);
}

test('plain text', (t) => {
  const { contentType, body } = write('text/plain');
  t.is(contentType, 'text/plain; charset=utf-8');
  t.is(
    body,
    `Lakes 1
  NAME = Blue <Lake> & "Pond"
  depth = 12.5
  frozen = false
  note = 

Road Segments 7
  NAME = Main Street
`,
  );
});

test('HTML lets nothing of the data become markup', (t) => {
  const evil = '"><script>alert(1)</script>';
  const { body } = write('text/html', [{ layer: evil, id: evil, properties: { [evil]: evil } }]);
  t.false(body.includes('<script'));
  t.true(body.includes('&lt;script&gt;'));
});

test('XML as layers, features and attributes', (t) => {
  const root = readXml(write('text/xml').body, LIMITS);
  t.is(root.name, 'GetFeatureInfoResponse');
  t.deepEqual(
    root.children.map(({ attributes }) => attributes.get('name')),
    ['Lakes', 'Road Segments'],
  );
  const [name] = root.children[0]?.children[0]?.children ?? [];
  t.is(name?.attributes.get('value'), 'Blue <Lake> & "Pond"');
});

test('JSON in the map’s reference system, which it names', (t) => {
  const { contentType, body } = write('application/json', FEATURES, 'EPSG:3857');
  t.is(contentType, 'application/json');
  const collection = JSON.parse(body);
  t.is(collection.crs.properties.name, 'urn:ogc:def:crs:EPSG::3857');
  t.deepEqual(collection.features[0].geometry, { type: 'Point', coordinates: [10, 20] });
  t.is(collection.features[1].geometry, null);
  t.is(collection.features[1].id, 'Road Segments.7');
});

test('GeoJSON is in longitude and latitude or has no geometry', (t) => {
  const first = (crs: string, geometryCrs?: string) => {
    const features = FEATURES.map((feature) => ({ ...feature, ...(geometryCrs && { geometryCrs }) }));
    return JSON.parse(write('application/geo+json', features, crs).body).features[0].geometry;
  };
  for (const given of [first('EPSG:4326'), first('EPSG:31467', 'CRS:84')]) {
    t.deepEqual(given.coordinates, [10, 20]);
  }
  t.is(first('EPSG:31467'), null);
  t.is(first('EPSG:4326', 'EPSG:31467'), null);
  t.is(geometryCrsOf('application/geo+json', 'EPSG:31467'), 'CRS:84');
  t.is(geometryCrsOf('application/json', 'EPSG:31467'), 'EPSG:31467');
});

test('no features are no error in any format', (t) => {
  for (const format of infoFormats) {
    const { status, body } = write(format, []);
    t.is(status, 200);
    t.true(body.length > 0);
  }
});

const anyValue = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null));
const anyGeometry = fc.oneof(
  fc.constant(undefined),
  fc.anything(),
  fc.record({
    type: fc.constantFrom('Point', 'LineString', 'Polygon', 'MultiPolygon', 'GeometryCollection'),
    coordinates: fc.anything(),
    geometries: fc.anything(),
  }),
);
const anyFeature = fc.record({
  layer: fc.string({ unit: 'binary' }),
  id: fc.string({ unit: 'binary' }),
  properties: fc.dictionary(fc.string({ unit: 'binary' }), anyValue),
  geometry: anyGeometry,
});

test('whatever an engine finds, every format is well-formed', (t) => {
  fc.assert(
    fc.property(fc.array(anyFeature, { maxLength: 3 }), (features) => {
      for (const format of infoFormats) {
        const { body } = write(format, features as FoundFeature[]);
        if (format.includes('json')) t.is(JSON.parse(body).features.length, features.length);
        if (/xml|gml/.test(format)) t.is(XMLValidator.validate(body), true, body);
      }
    }),
    { numRuns: 200 },
  );
});
