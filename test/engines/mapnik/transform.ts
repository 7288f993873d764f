import test from 'ava';
import { intersection, projectExtent, transformBox } from '../../../src/engines/mapnik/transform.ts';
import { testMapnik } from '../helpers/pictures.ts';

const mapnik = testMapnik();

test('a box around a pole holds the pole', (t) => {
  const box = transformBox(mapnik, 'OGC:CRS84', 'epsg:3995', [-180, 60, 180, 90])!;
  t.true(box[0] < -3e6 && box[1] < -3e6 && box[2] > 3e6 && box[3] > 3e6);
});

test('a box whose edges bend holds them', (t) => {
  // The northern edge of a Lambert projection lies highest in its middle or at its ends, not at both.
  const box = transformBox(mapnik, 'OGC:CRS84', 'epsg:3035', [-10, 50, 30, 60])!;
  const corners = transformBox(mapnik, 'OGC:CRS84', 'epsg:3035', [-10, 60, -10, 60])!;
  const middle = transformBox(mapnik, 'OGC:CRS84', 'epsg:3035', [10, 50, 10, 50])!;
  t.true(box[3] >= corners[3]);
  t.true(box[1] <= middle[1] + 1);
});

test('extents are clipped to where a CRS may be used', (t) => {
  const extents = projectExtent(mapnik, [-180, -90, 180, 90], ['EPSG:3857', 'EPSG:32633', 'EPSG:3031']);
  t.true(Math.abs(extents['EPSG:3857']![3] - 20_048_966) < 1);
  t.deepEqual(
    extents['EPSG:32633']?.map((side) => Math.round(side / 1e4)),
    [17, 0, 83, 933],
  );
  t.true(extents['EPSG:3031']!.every((side) => Math.abs(side) < 3.4e6));
});

test('leaves out CRSs that are unknown, or used elsewhere', (t) => {
  t.deepEqual(projectExtent(mapnik, [10, 50, 11, 51], ['EPSG:999999', 'EPSG:3031', 'nonsense']), {});
});

test('boxes that are apart have no intersection, boxes that touch have', (t) => {
  t.is(intersection([0, 0, 1, 1], [2, 0, 3, 1]), undefined);
  t.deepEqual(intersection([0, 0, 1, 1], [1, 0, 3, 1]), [1, 0, 1, 1]);
});
