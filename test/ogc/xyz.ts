import test from 'ava';
import fc from 'fast-check';
import { OgcException } from '../../src/ogc/exceptions.ts';
import { readXyzPath } from '../../src/ogc/xyz.ts';
import { exceptionOf } from './helpers/read.ts';
import { context, lakes } from './helpers/service.ts';

test('a tile is the whole project on its background', (t) => {
  const view = readXyzPath('blue-lake/2/3/1.png', context);
  t.like(view, {
    project: 'blue-lake',
    layers: [],
    styles: [],
    crs: 'EPSG:3857',
    width: 256,
    height: 256,
    encoding: 'png',
    transparent: false,
    background: lakes.background,
  });
  const quarter = 10018754.171394622;
  t.deepEqual(view.bbox, [quarter, 0, 2 * quarter, quarter]);
});

test('formats, and displays of twice the resolution', (t) => {
  t.is(readXyzPath('blue-lake/0/0/0.jpg', context).encoding, 'jpeg');
  t.is(readXyzPath('blue-lake/0/0/0.webp', context).encoding, 'webp');
  const one = readXyzPath('blue-lake/0/0/0.png', context);
  const two = readXyzPath('blue-lake/0/0/0@2x.png', context);
  t.deepEqual(two, { ...one, width: 512, height: 512, dpi: 2 * one.dpi });
});

test('a layer that bears the project’s name does not take its place', (t) => {
  const [layer] = lakes.layers;
  if (!layer) throw new Error('no layer');
  const project = { ...lakes, layers: [...lakes.layers, { ...layer, name: lakes.id }] };
  t.deepEqual(readXyzPath('blue-lake/0/0/0.png', { ...context, project: () => project }).layers, []);
});

const MISSING = [
  '',
  'blue-lake',
  'nowhere/0/0/0.png',
  'blue-lake/0/0/0',
  'blue-lake/0/0/0.gif',
  'blue-lake/0/0/0.png/1',
  'blue-lake/0/0/1.png',
  'blue-lake/0/1/0.png',
  'blue-lake/3/8/0.png',
  'blue-lake/3/-1/0.png',
  'blue-lake/25/0/0.png',
  'blue-lake/99/0/0.png',
  'blue-lake/1e1/0/0.png',
  'blue-lake/0/0/0@3x.png',
  'blue-lake/24/16777216/0.png',
  'blue-lake/1/999999999/0.png',
  '../0/0/0.png',
  '%2e%2e/0/0/0.png',
  'blue-lake/%00/0/0.png',
  '%/0/0/0.png',
  '/'.repeat(10_000),
];

for (const path of MISSING) {
  test(`not there: ${path.slice(0, 40)}`, (t) => {
    const error = exceptionOf(() => readXyzPath(path, context));
    t.is(error.httpStatus, 404);
    t.is(error.reporting.dialect, 'plain');
  });
}

test('whatever the path, there is a tile or an OGC exception', (t) => {
  const segment = fc.oneof(fc.string({ unit: 'binary' }), fc.nat().map(String), fc.constant('blue-lake'));
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
      try {
        t.is(readXyzPath(segments.join('/'), context).crs, 'EPSG:3857');
      } catch (error) {
        t.true(error instanceof OgcException);
      }
    }),
    { numRuns: 1000 },
  );
});
