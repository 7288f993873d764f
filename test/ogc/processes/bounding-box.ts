import test from 'ava';
import { boundingBoxOfJson, validBoundingBox } from '../../../src/ogc/processes/bounding-box.ts';
import { jsonSchema } from '../../../src/ogc/processes/json-schema.ts';
import type { BoundingBoxData } from '../../../src/ogc/processes/process-description.ts';

const latitudeFirst: BoundingBoxData = { kind: 'bbox', crs: ['EPSG:4326', 'EPSG:3857'] };
const longitudeFirst: BoundingBoxData = { kind: 'bbox', crs: ['CRS:84'] };
const metres: BoundingBoxData = { kind: 'bbox', crs: ['EPSG:3857'] };
const CRS84 = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';

function given(json: Parameters<typeof boundingBoxOfJson>[1], data: BoundingBoxData) {
  return validBoundingBox('box', boundingBoxOfJson('box', json, data), data);
}

test('JSON without a CRS is longitude before latitude, whatever the process takes', (t) => {
  t.like(given({ bbox: [7, 51, 8, 52] }, latitudeFirst), {
    crs: 'EPSG:4326',
    lower: [51, 7],
    upper: [52, 8],
  });
  t.like(given([7, 51, 8, 52], longitudeFirst), { crs: 'CRS:84', lower: [7, 51] });
  t.like(given([7, 51, 8, 52], metres), { crs: 'EPSG:3857', lower: [7, 51] });
});

test('a CRS that is no text is refused, not passed over', (t) => {
  for (const crs of [4326, {}, ['EPSG:4326'], true])
    t.throws(() => given({ bbox: [1, 2, 3, 4], crs }, metres), { message: /Input "box": the CRS/ });
  t.like(given({ bbox: [1, 2, 3, 4], crs: null }, longitudeFirst), { crs: 'CRS:84' });
});

test('the two orders of WGS 84 are taken for one another', (t) => {
  t.like(given({ bbox: [7, 51, 100, 8, 52, 200], crs: CRS84 }, latitudeFirst), {
    crs: 'EPSG:4326',
    lower: [51, 7, 100],
    upper: [52, 8, 200],
  });
  t.like(given({ bbox: [51, 7, 52, 8], crs: 'EPSG:4326' }, longitudeFirst), { lower: [7, 51] });
  t.like(given({ bbox: [51, 7, 52, 8], crs: 'EPSG:4326' }, latitudeFirst), { lower: [51, 7] });
  t.throws(() => given({ bbox: [51, 7, 52, 8], crs: CRS84 }, metres), { message: /is not one of EPSG:3857/ });
});

test('the description tells both orders, and which one is meant without a name', (t) => {
  const schema = jsonSchema(latitudeFirst) as { properties: { crs: { enum: string[]; default: string } } };
  t.true(schema.properties.crs.enum.includes(CRS84));
  t.is(schema.properties.crs.default, CRS84);
});

test('corners stand the right way round; only longitude may run across the antimeridian', (t) => {
  t.like(given([170, -20, -170, 20], longitudeFirst), { lower: [170, -20], upper: [-170, 20] });
  t.like(given([170, -20, -170, 20], latitudeFirst), { lower: [-20, 170], upper: [20, -170] });
  t.like(given([7, 51, 7, 51], longitudeFirst), { lower: [7, 51], upper: [7, 51] });
  for (const [box, data] of [
    [[7, 52, 8, 51], longitudeFirst],
    [[7, 52, 8, 51], latitudeFirst],
    [[8, 52, 7, 51], metres],
    [[7, 51, 200, 8, 52, 100], longitudeFirst],
  ] as const) {
    t.throws(() => given([...box], data), { message: /Input "box": the lower corner/ });
  }
});
