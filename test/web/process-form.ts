import test from 'ava';
import { jsonSchema } from '../../src/ogc/processes/json-schema.ts';
import type { LiteralData } from '../../src/ogc/processes/process-description.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';
import {
  boxValue,
  formatOfFile,
  hintOf,
  type InputSchema,
  inlineValue,
  isLatitudeFirst,
  kindOf,
  numberValue,
} from '../../web/src/jobs/process-form.ts';
import { literal } from '../ogc/processes/helpers/echo.ts';

const schemaOf = (data: Parameters<typeof jsonSchema>[0]) => jsonSchema(data) as InputSchema;
const literalKind = (changes: Partial<LiteralData>) => kindOf({ schema: schemaOf(literal(changes)) });

test('every kind of input gets its control, as the peer describes it', (t) => {
  t.deepEqual(literalKind({ allowedValues: ['red', 'green'] }), { kind: 'choice', values: ['red', 'green'] });
  t.deepEqual(literalKind({ dataType: 'boolean' }), { kind: 'boolean' });
  t.deepEqual(literalKind({ dataType: 'dateTime' }), { kind: 'text', type: 'datetime-local' });
  t.deepEqual(literalKind({ dataType: 'anyURI' }), { kind: 'text', type: 'url' });
  t.deepEqual(literalKind({}), { kind: 'text', type: 'text' });
  const range = { minimum: '1', maximum: '64', closure: 'closed' } as const;
  t.deepEqual(literalKind({ dataType: 'integer', allowedRanges: [range] }), {
    kind: 'number',
    isWhole: true,
    minimum: 1,
    maximum: 64,
    units: [],
  });
  const uom = { parameters: [{ name: 'uom', value: ['m', 'km'] }] };
  const measure = kindOf({ schema: { type: 'number' }, additionalParameters: uom });
  t.deepEqual(measure, { kind: 'number', isWhole: false, units: ['m', 'km'] });
  const formats = [formatOf('application/geo+json'), formatOf('image/png', 'base64')];
  t.deepEqual(kindOf({ schema: schemaOf({ kind: 'complex', formats }) }), {
    kind: 'complex',
    formats: [
      { mediaType: 'application/geo+json', isBinary: false },
      { mediaType: 'image/png', isBinary: true },
    ],
  });
  t.deepEqual(kindOf({ schema: schemaOf({ kind: 'bbox', crs: ['CRS:84', 'EPSG:4326', 'EPSG:3857'] }) }), {
    kind: 'bbox',
    crs: ['CRS:84', 'EPSG:4326', 'EPSG:3857'],
  });
});

test('ranges are told in words', (t) => {
  const ranges = (...allowedRanges: LiteralData['allowedRanges']) =>
    hintOf(schemaOf(literal({ dataType: 'double', allowedRanges })));
  t.is(ranges({ minimum: '0', closure: 'open' }), 'above 0');
  t.is(
    ranges(
      { minimum: '1', maximum: '2', closure: 'closed' },
      { minimum: '5', maximum: '6', closure: 'open' },
    ),
    'from 1 to 2, or above 5 below 6',
  );
  t.is(ranges(), '');
});

test('what a person gives becomes JSON, or is refused in words', (t) => {
  t.is(numberValue('30', ''), 30);
  t.deepEqual(numberValue('30', 'km'), { value: 30, uom: 'km' });
  t.throws(() => numberValue('many', ''), { message: '"many" is no number' });
  t.deepEqual(boxValue(['1', '2', '3', '4'], 'CRS:84'), { bbox: [1, 2, 3, 4], crs: 'CRS:84' });
  t.throws(() => boxValue(['1', '', '3', '4'], 'CRS:84'), { message: 'A box needs four numbers' });
  const json = { mediaType: 'application/geo+json', isBinary: false };
  t.deepEqual(inlineValue('{"type":"Point"}', json), { value: { type: 'Point' }, mediaType: json.mediaType });
  t.throws(() => inlineValue('{', json), { message: /no JSON/ });
  t.deepEqual(inlineValue('a,b', { mediaType: 'text/csv', isBinary: false }), {
    value: 'a,b',
    mediaType: 'text/csv',
  });
  t.deepEqual(inlineValue('QQ==', { mediaType: 'image/png', isBinary: true }), {
    value: 'QQ==',
    encoding: 'base64',
    mediaType: 'image/png',
  });
});

test('which CRS write the latitude first', (t) => {
  t.true(isLatitudeFirst('EPSG:4326'));
  t.true(isLatitudeFirst('http://www.opengis.net/def/crs/EPSG/0/4326'));
  t.false(isLatitudeFirst('CRS:84'));
  t.false(isLatitudeFirst('EPSG:3857'));
});

test('a file is in the format that its name says, where that is offered', (t) => {
  const formats = [
    'application/geo+json',
    'application/geopackage+sqlite3',
    'application/x-zipped-shp',
    'image/tiff; subtype=geotiff',
  ].map((mediaType) => ({ mediaType, isBinary: true }));
  const chosen = (name: string) => formatOfFile(name, formats)?.mediaType;
  t.is(chosen('Roads.GPKG'), 'application/geopackage+sqlite3');
  t.is(chosen('roads.2024.zip'), 'application/x-zipped-shp');
  t.is(chosen('dem.tif'), 'image/tiff; subtype=geotiff');
  t.is(chosen('roads.geojson'), 'application/geo+json');
  t.is(chosen('notes.docx'), undefined);
  t.is(chosen('roads'), undefined);
});
