import test from 'ava';
import {
  inTileMatrixSet,
  matrixSize,
  scaleDenominator,
  tileBBox,
  tileMatrixSets,
  webMercatorQuad,
  worldCrs84Quad,
} from '../../src/ogc/tile-matrix-set.ts';

test('scale denominators of OGC 17-083r2', (t) => {
  const published: [typeof webMercatorQuad, number, number][] = [
    [webMercatorQuad, 0, 559082264.028717],
    [webMercatorQuad, 1, 279541132.014358],
    [webMercatorQuad, 10, 545978.773465544],
    [webMercatorQuad, 24, 33.3238997477],
    [worldCrs84Quad, 0, 279541132.014358],
    [worldCrs84Quad, 17, 2132.72958385],
  ];
  for (const [set, level, denominator] of published) {
    t.true(Math.abs(scaleDenominator(set, level) / denominator - 1) < 1e-10, `${set.id} ${level}`);
  }
});

test('matrix sizes', (t) => {
  t.deepEqual(matrixSize(webMercatorQuad, 3), { columns: 8, rows: 8 });
  t.deepEqual(matrixSize(worldCrs84Quad, 3), { columns: 16, rows: 8 });
});

test('the corners of each matrix are the corners of the world', (t) => {
  for (const set of tileMatrixSets) {
    for (const level of [0, 5, 24]) {
      const { columns, rows } = matrixSize(set, level);
      const northWest = tileBBox(set, level, 0, 0);
      const southEast = tileBBox(set, level, columns - 1, rows - 1);
      t.deepEqual([northWest?.[0], northWest?.[3]], [set.world[0], set.world[3]]);
      t.deepEqual([southEast?.[2], southEast?.[1]], [set.world[2], set.world[1]]);
    }
  }
});

test('there are no tiles outside a matrix', (t) => {
  for (const [column, row] of [
    [-1, 0],
    [0, -1],
    [8, 0],
    [0, 8],
    [Number.NaN, 0],
  ] as const) {
    t.is(tileBBox(webMercatorQuad, 3, column, row), undefined);
  }
});

test('boxes end where the world of the set does', (t) => {
  t.deepEqual(inTileMatrixSet(webMercatorQuad, [-180, -90, 180, 90]), webMercatorQuad.world);
  t.deepEqual(inTileMatrixSet(worldCrs84Quad, [-200, -45, 10, 90]), [-180, -45, 10, 90]);
  const [minX, minY, maxX, maxY] = inTileMatrixSet(webMercatorQuad, [-90, 0, 45, 60]);
  t.is(minX, -10018754.171394622);
  t.is(minY, 0);
  t.true(Math.abs(maxX - 5009377.085697311) < 1e-6 && Math.abs(maxY - 8399737.889818357) < 1e-6);
});
