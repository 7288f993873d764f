import test from 'ava';
import fc from 'fast-check';
import type { BBox, MapView } from '../../src/ogc/map-request.ts';
import { type Metatile, metatileOf } from '../../src/ogc/metatile.ts';
import {
  MERCATOR_EDGE,
  matrixSize,
  type TileMatrixSet,
  tileBBox,
  webMercatorQuad,
  worldCrs84Quad,
} from '../../src/ogc/tile-matrix-set.ts';

const OPTIONS = { size: 4, maxPixels: 4 * 1024 * 1024 };

function view(crs: string, bbox: BBox, width = 256, height = 256): MapView {
  return {
    project: 'world',
    layers: [],
    styles: [],
    crs,
    bbox,
    width,
    height,
    encoding: 'png',
    transparent: false,
    background: '#ffffff',
    dpi: 90.7,
  };
}

/** The ground of a tile as its block has it. */
function tileOf({ block, columns, rows, column, row }: Metatile): BBox {
  const width = (block[2] - block[0]) / columns;
  const height = (block[3] - block[1]) / rows;
  return [
    block[0] + column * width,
    block[3] - (row + 1) * height,
    block[0] + (column + 1) * width,
    block[3] - row * height,
  ];
}

function isSameGround(a: BBox, b: BBox, tolerance: number): boolean {
  const sizes = [a[2] - a[0], a[3] - a[1]] as const;
  return a.every((edge, index) => {
    const size = sizes[index % 2] as number;
    return Math.abs(edge - (b[index] as number)) <= tolerance * size;
  });
}

/** Every tile of the block that a tile is in. */
function neighbours(tile: Metatile): BBox[] {
  return Array.from({ length: tile.columns * tile.rows }, (_, index) =>
    tileOf({ ...tile, column: index % tile.columns, row: Math.floor(index / tile.columns) }),
  );
}

const anyQuadTile = fc
  .record({
    set: fc.constantFrom(webMercatorQuad, worldCrs84Quad),
    level: fc.integer({ min: 0, max: 24 }),
    across: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    down: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  })
  .map(({ set, level, across, down }) => {
    const { columns, rows } = matrixSize(set, level);
    return { set, level, column: Math.floor(across * columns), row: Math.floor(down * rows) };
  });

function quadTile(set: TileMatrixSet, level: number, column: number, row: number): MapView {
  const bbox = tileBBox(set, level, column, row);
  if (!bbox) throw new Error('outside the matrix');
  return view(set.crs, bbox);
}

test('a tile of a well-known grid is where its indices say, in a block of 4 x 4', (t) => {
  fc.assert(
    fc.property(anyQuadTile, ({ set, level, column, row }) => {
      const { columns, rows } = matrixSize(set, level);
      const tile = metatileOf(quadTile(set, level, column, row), OPTIONS);
      t.is(tile.column, column % 4);
      t.is(tile.row, row % 4);
      t.is(tile.columns, Math.min(4, columns));
      t.is(tile.rows, Math.min(4, rows));
    }),
  );
});

test('every tile of a block yields bit for bit the same block', (t) => {
  fc.assert(
    fc.property(anyQuadTile, ({ set, level, column, row }) => {
      const first = metatileOf(quadTile(set, level, column, row), OPTIONS);
      const corner = [column - first.column, row - first.row] as const;
      for (let index = 0; index < first.columns * first.rows; index++) {
        const [dx, dy] = [index % first.columns, Math.floor(index / first.columns)];
        const tile = metatileOf(quadTile(set, level, corner[0] + dx, corner[1] + dy), OPTIONS);
        t.deepEqual(tile, { ...first, column: dx, row: dy });
      }
    }),
    { numRuns: 50 },
  );
});

test('clients that write rounded numbers get the same block', (t) => {
  fc.assert(
    fc.property(anyQuadTile, fc.integer({ min: 10, max: 12 }), ({ set, level, column, row }, digits) => {
      fc.pre(set === webMercatorQuad || level <= 18);
      const exact = quadTile(set, level, column, row);
      const rounded = exact.bbox.map((edge) => Number(edge.toFixed(digits)));
      t.deepEqual(
        metatileOf({ ...exact, bbox: rounded as unknown as BBox }, OPTIONS),
        metatileOf(exact, OPTIONS),
      );
    }),
  );
});

const RESOLUTIONS = [0.5, 1, 2.5, 10, 28, 100, 0.2 / 3, Math.PI, 76.43702829];

const anyResolutionTile = fc.record({
  crs: fc.constantFrom('EPSG:3857', 'EPSG:31467', 'EPSG:25832'),
  resolution: fc.constantFrom(...RESOLUTIONS),
  column: fc.integer({ min: -20_000, max: 20_000 }),
  row: fc.integer({ min: -20_000, max: 20_000 }),
});

test('a grid of any resolution from 0, 0 has blocks, shared by neighbours', (t) => {
  fc.assert(
    fc.property(anyResolutionTile, ({ crs, resolution, column, row }) => {
      const span = resolution * 256;
      const bbox: BBox = [column * span, row * span, (column + 1) * span, (row + 1) * span];
      fc.pre(crs !== 'EPSG:3857' || bbox.every((edge) => Math.abs(edge) < MERCATOR_EDGE));
      const tile = metatileOf(view(crs, bbox), OPTIONS);
      t.true(tile.columns * tile.rows >= 1 && tile.columns <= 4 && tile.rows <= 4);
      t.true(isSameGround(tileOf(tile), bbox, 2e-6), 'its place is its ground');
      if (crs !== 'EPSG:3857') t.deepEqual([tile.columns, tile.rows], [4, 4]);
      const blocks = neighbours(tile).map((ground) => metatileOf(view(crs, ground), OPTIONS).block);
      for (const block of blocks) t.deepEqual(block, tile.block);
    }),
  );
});

test('a view that is no tile is a block by itself, untouched', (t) => {
  const bbox: BBox = [1234.5, 2345.6, 9876.5, 8765.4];
  t.deepEqual(metatileOf(view('EPSG:3857', bbox, 800, 600), OPTIONS), {
    block: bbox,
    columns: 1,
    rows: 1,
    column: 0,
    row: 0,
  });
});

test('whatever the view, its place in the block is its ground', (t) => {
  const number = fc.double({ min: -3e7, max: 3e7, noNaN: true });
  fc.assert(
    fc.property(
      fc.tuple(
        number,
        number,
        fc.double({ min: 1e-3, max: 1e7, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e7, noNaN: true }),
      ),
      fc.constantFrom('EPSG:3857', 'EPSG:4326', 'EPSG:31467'),
      ([x, y, width, height], crs) => {
        const bbox: BBox = [x, y, x + width, y + height];
        fc.pre(bbox[0] < bbox[2] && bbox[1] < bbox[3]);
        t.true(isSameGround(tileOf(metatileOf(view(crs, bbox), OPTIONS)), bbox, 1e-3));
      },
    ),
  );
});

test('blocks end where the world does', (t) => {
  const level2 = metatileOf(quadTile(webMercatorQuad, 1, 1, 0), OPTIONS);
  t.deepEqual(level2, { block: webMercatorQuad.world, columns: 2, rows: 2, column: 1, row: 0 });
  const thirds: BBox = [60, 30, 180, 90];
  t.deepEqual(metatileOf(view('EPSG:4326', thirds), OPTIONS), {
    block: [-180, -90, 180, 90],
    columns: 3,
    rows: 3,
    column: 2,
    row: 0,
  });
});

test('a tile beyond the edge of the world is a block by itself', (t) => {
  const width = MERCATOR_EDGE / 2;
  const bbox: BBox = [MERCATOR_EDGE, 0, MERCATOR_EDGE + width, width];
  const tile = metatileOf(view('EPSG:3857', bbox), OPTIONS);
  t.is(tile.columns, 1);
  t.true(isSameGround(tileOf(tile), bbox, 1e-9));
});

test('blocks of large tiles have fewer of them', (t) => {
  const { bbox } = quadTile(webMercatorQuad, 5, 9, 9);
  const counts = [256, 512, 1024, 2048, 4096].map((side) => {
    const { columns, rows } = metatileOf(view('EPSG:3857', bbox, side, side), OPTIONS);
    return columns * rows;
  });
  t.deepEqual(counts, [16, 16, 4, 1, 1]);
});

test('without metatiles each view is drawn alone', (t) => {
  const tile = metatileOf(quadTile(worldCrs84Quad, 6, 3, 5), { size: 1, maxPixels: 1 });
  t.deepEqual([tile.columns, tile.rows, tile.column, tile.row], [1, 1, 0, 0]);
});
