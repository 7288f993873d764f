import { existsSync } from 'node:fs';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import fc from 'fast-check';
import { systemClock } from '../../../src/platform/system.ts';
import type { Feature, GeoJsonGeometry, Position } from '../../../src/processes/built-in/feature-layer.ts';
import { BuiltInProcesses } from '../../../src/processes/built-in/provider.ts';
import { dimensionOf, shapeOf } from '../../../src/processes/built-in/shapes.ts';
import { box, errorOf, type Given, geoJson, literal, processes, run, textOf } from '../helpers/tasks.ts';

const projDatabase = path.resolve('node_modules/@mapnik/mapnik/share/proj/proj.db');
const provider = new BuiltInProcesses({
  projDatabase: existsSync(projDatabase) ? projDatabase : undefined,
  clock: systemClock,
  options: { ...processes.builtIn, niceness: processes.niceness, maxWorkers: 1, warmWorkers: 1 },
});
test.after.always(() => provider.stop());

interface Layer {
  readonly crs?: { readonly properties: { readonly name: string } };
  readonly features: readonly (Feature & { readonly properties: Record<string, never> })[];
}

async function result(process: string, given: Given): Promise<Layer> {
  return JSON.parse(textOf(await run(provider, process, given), 'result')) as Layer;
}

function layer(features: readonly [GeoJsonGeometry | null, Record<string, unknown>?][], crs?: string) {
  return geoJson({
    type: 'FeatureCollection',
    ...(crs === undefined ? {} : { crs: { type: 'name', properties: { name: crs } } }),
    features: features.map(([geometry, properties = {}]) => ({ type: 'Feature', geometry, properties })),
  });
}

const UTM = 'urn:ogc:def:crs:EPSG::25832';

function point(x: number, y: number): GeoJsonGeometry {
  return { type: 'Point', coordinates: [x, y] };
}

function square(x: number, y: number, size: number): GeoJsonGeometry {
  const ring = [
    [x, y],
    [x + size, y],
    [x + size, y + size],
    [x, y + size],
    [x, y],
  ];
  return { type: 'Polygon', coordinates: [ring] };
}

function geometryAt(feature: Feature | undefined): GeoJsonGeometry {
  if (!feature?.geometry) throw new Error('there is no such feature');
  return feature.geometry;
}

function area(geometry: GeoJsonGeometry | null): number {
  return shapeOf(geometry as GeoJsonGeometry).getArea();
}

function near(t: ExecutionContext, actual: number, expected: number, share: number): void {
  t.true(Math.abs(actual - expected) <= Math.abs(expected) * share, `${actual}, not ${expected}`);
}

/** Metres over the sphere, good to 0.5 %. */
function metres([a = 0, b = 0]: Position, [c = 0, d = 0]: Position): number {
  const radians = Math.PI / 180;
  const h =
    Math.sin(((d - b) * radians) / 2) ** 2 +
    Math.cos(b * radians) * Math.cos(d * radians) * Math.sin(((c - a) * radians) / 2) ** 2;
  return 2 * 6_371_009 * Math.asin(Math.sqrt(h));
}

test.serial(
  'buffer: in a projected CRS the area of a circle, of a square with round corners, and less below zero',
  async (t) => {
    const features = layer([[point(500_000, 5_500_000)], [square(0, 0, 100)], [null]], UTM);
    const given = { features, distance: literal(0.01, 'km'), segments: literal(64) };
    const grown = await result('buffer', given);
    t.is(grown.crs?.properties.name, UTM);
    t.is(grown.features.length, 2);
    near(t, area(grown.features[0]?.geometry ?? null), Math.PI * 100, 1e-3);
    near(t, area(grown.features[1]?.geometry ?? null), 10_000 + 4000 + Math.PI * 100, 1e-3);
    const shrunk = await result('buffer', { ...given, distance: literal(-10, 'm') });
    t.deepEqual(
      shrunk.features.map(({ geometry }) => area(geometry)),
      [6400],
    );
  },
);

test.serial(
  'buffer: on longitude and latitude the distance is in metres everywhere, at the date line too',
  async (t) => {
    const places: [number, number][] = [
      [0, 0],
      [10, 60],
      [-70, -45],
      [179.999, 10],
      [25, 80],
    ];
    const features = layer(places.map(([x, y]) => [point(x, y)]));
    const { features: found } = await result('buffer', { features, distance: literal(5000, 'm') });
    for (const [index, place] of places.entries()) {
      const ring = (geometryAt(found[index]) as { coordinates: Position[][] }).coordinates[0] ?? [];
      t.true(ring.length > 16);
      for (const position of ring) near(t, metres(place, position), 5000, 0.006);
      t.true(Math.max(...ring.map(([x = 0]) => Math.abs(x - place[0]))) < 2, 'in one piece');
    }
  },
);

test.serial('buffer: dissolved buffers that overlap are one area', async (t) => {
  const features = layer([[point(0, 0)], [point(0.001, 0)], [point(1, 1)]]);
  const given = { features, distance: literal(100, 'm'), dissolve: literal(true) };
  const { features: found } = await result('buffer', given);
  t.is(found.length, 1);
  t.is(found[0]?.geometry?.type, 'MultiPolygon');
  t.is((geometryAt(found[0]) as { coordinates: unknown[] }).coordinates.length, 2);
});

test.serial('simplify: drops what lies within the tolerance and keeps the rest', async (t) => {
  const line: GeoJsonGeometry = {
    type: 'LineString',
    coordinates: [
      [0, 0],
      [50, 1],
      [100, 0],
      [100, 100],
    ],
  };
  const features = layer([[line, { name: 'a' }]], UTM);
  const { features: found } = await result('simplify', { features, tolerance: literal(2, 'm') });
  t.deepEqual((geometryAt(found[0]) as { coordinates: Position[] }).coordinates, [
    [0, 0],
    [100, 0],
    [100, 100],
  ]);
  t.deepEqual(found[0]?.properties, { name: 'a' } as never);
  const kept = await result('simplify', { features, tolerance: literal(0.5, 'm') });
  t.is((geometryAt(kept.features[0]) as { coordinates: Position[] }).coordinates.length, 4);
});

test.serial('intersection: areas in both layers, with the properties of both', async (t) => {
  const features = layer([[square(0, 0, 2), { name: 'a', own: 1 }], [square(10, 10, 1)]]);
  const overlay = layer([[square(1, 1, 2), { name: 'b', other: 2 }], [square(2, 0, 1)]]);
  const { features: found } = await result('intersection', { features, overlay });
  t.is(found.length, 1, 'touching along an edge is no common area');
  t.is(area(found[0]?.geometry ?? null), 1);
  t.deepEqual(found[0]?.properties, { name: 'a', own: 1, overlay_name: 'b', other: 2 } as never);
});

test.serial('intersection: polygons that cross themselves are put right first', async (t) => {
  const bow: GeoJsonGeometry = {
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [2, 2],
        [2, 0],
        [0, 2],
        [0, 0],
      ],
    ],
  };
  const { features } = await result('intersection', {
    features: layer([[bow]]),
    overlay: layer([[square(-1, -1, 4)]]),
  });
  t.true(features.length === 1 && area(features[0]?.geometry ?? null) > 0);
});

test.serial('intersection: layers in different CRSs are refused by name', async (t) => {
  const given = { features: layer([[square(0, 0, 2)]]), overlay: layer([[square(0, 0, 2)]], UTM) };
  const error = await errorOf(run(provider, 'intersection', given));
  t.is(error.code, 'INPUT_INVALID');
  t.is(error.locator, 'overlay');
});

test.serial('dissolve: one area for each value of the field, and none lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(7), { minLength: 1, maxLength: 80 }), async (cells) => {
      const features = layer(cells.map((cell) => [square(cell, 0, 1), { parity: cell % 2 }]));
      const { features: found } = await result('dissolve', { features, field: literal('parity') });
      const distinct = new Set(cells);
      t.is(found.length, new Set(cells.map((cell) => cell % 2)).size);
      near(
        t,
        found.reduce((sum, { geometry }) => sum + area(geometry), 0),
        distinct.size,
        1e-9,
      );
      t.is(
        found.reduce((sum, { properties }) => sum + Number(properties.count), 0),
        cells.length,
      );
    }),
    { numRuns: 15 },
  );
});

test.serial('dissolve: a field that no feature has is refused by name, with those there are', async (t) => {
  const features = layer([[square(0, 0, 1), { name: 1 }]]);
  const error = await errorOf(run(provider, 'dissolve', { features, field: literal('nam') }));
  t.is(error.locator, 'field');
  t.regex(error.message, /"nam"; there are name/);
});

test.serial('centroid: the centre of gravity, or a point on the feature', async (t) => {
  const ring = [
    [0, 0],
    [10, 0],
    [10, 10],
    [9, 10],
    [9, 1],
    [0, 1],
    [0, 0],
  ];
  const features = layer([[square(2, 4, 2), { a: 1 }], [{ type: 'Polygon', coordinates: [ring] }]]);
  const centres = await result('centroid', { features });
  t.deepEqual(centres.features[0], { type: 'Feature', geometry: point(3, 5), properties: { a: 1 } } as never);
  const inside = await result('centroid', { features, inside: literal(true) });
  const [x = 0, y = 0] = (geometryAt(inside.features[1]) as { coordinates: Position }).coordinates;
  t.true((x >= 9 && x <= 10) || (y >= 0 && y <= 1));
});

test.serial('convex hull: around all, or around each', async (t) => {
  const features = layer([[square(0, 0, 1)], [square(9, 0, 1)], [point(5, 5)]]);
  const all = await result('convex-hull', { features });
  t.is(all.features.length, 1);
  t.is(area(all.features[0]?.geometry ?? null), 10 + (10 + 0) * 4 * 0.5);
  const each = await result('convex-hull', { features, each: literal(true) });
  t.deepEqual(
    each.features.map(({ geometry }) => area(geometry)),
    [1, 1, 0],
  );
});

test.serial('voronoi: the cells fill the box, and each holds its point', async (t) => {
  const grid = [0, 1, 2].flatMap((x) => [0, 1, 2].map((y) => [point(x, y), { name: `${x}${y}` }] as const));
  const points = layer([
    ...grid.map(([g, p]) => [g, p] as [GeoJsonGeometry, Record<string, unknown>]),
    [point(1, 1)],
  ]);
  const { features } = await result('voronoi', { points, margin: literal(50) });
  t.is(features.length, 9, 'points at the same place count once');
  near(
    t,
    features.reduce((sum, { geometry }) => sum + area(geometry), 0),
    16,
    1e-9,
  );
  const middle = features.find(({ properties }) => (properties.name as unknown as string) === '11');
  near(t, area(middle?.geometry ?? null), 1, 1e-9);
  const error = await errorOf(run(provider, 'voronoi', { points: layer([[square(0, 0, 1)]]) }));
  t.is(error.locator, 'points');
});

test.serial('reproject: to UTM and back is the same, and the CRS is named', async (t) => {
  const features = layer([[point(9.1, 50.2), { a: 1 }], [null]]);
  const there = await run(provider, 'reproject', { features, target: literal('EPSG:25832') });
  const utm = JSON.parse(textOf(there, 'result')) as Layer;
  t.is(utm.crs?.properties.name, UTM);
  const [x = 0, y = 0] = (geometryAt(utm.features[0]) as { coordinates: Position }).coordinates;
  near(t, x, 507_136.932, 1e-8);
  near(t, y, 5_560_872.787, 1e-9);
  const back = await result('reproject', {
    features: geoJson(utm),
    target: literal('urn:ogc:def:crs:OGC:1.3:CRS84'),
  });
  t.is(back.crs, undefined);
  const [lon = 0, lat = 0] = (geometryAt(back.features[0]) as { coordinates: Position }).coordinates;
  near(t, lon, 9.1, 1e-10);
  near(t, lat, 50.2, 1e-10);
  t.is(back.features[1]?.geometry, null);
});

test.serial('reproject: unknown CRSs and positions without a place are refused by name', async (t) => {
  const features = layer([[point(9, 50)]]);
  const unknown = await errorOf(run(provider, 'reproject', { features, target: literal('EPSG:1') }));
  t.is(unknown.locator, 'target');
  const evil = await errorOf(run(provider, 'reproject', { features, target: literal('+proj=nothing') }));
  t.is(evil.locator, 'target');
  const pole = await errorOf(
    run(provider, 'reproject', { features: layer([[point(0, 95)]]), target: literal('EPSG:3857') }),
  );
  t.is(pole.locator, 'features');
});

test.serial('statistics by zone: points by where they lie', async (t) => {
  const zones = layer([[square(0, 0, 10), { name: 'a' }], [square(20, 0, 1)]]);
  const values = layer([
    [point(1, 1), { v: 2 }],
    [point(2, 2), { v: 4 }],
    [point(10, 10), { v: 6 }],
    [point(15, 1), { v: 100 }],
    [point(3, 3), { v: null }],
  ]);
  const { features } = await result('zonal-statistics', { zones, values, field: literal('v') });
  const [a, empty] = features.map(({ properties }) => properties as Record<string, unknown>);
  t.like(a, { name: 'a', count: 3, sum: 12, mean: 4, min: 2, max: 6 });
  near(t, Number(a?.stddev), Math.sqrt(8 / 3), 1e-12);
  t.deepEqual(empty, { count: 0, sum: 0, mean: null, min: null, max: null, stddev: null });
});

test.serial('statistics by zone: polygons by their share, the mean by area', async (t) => {
  const zones = layer([[square(0, 0, 10)]]);
  const values = layer([
    [square(0, 0, 4), { v: 10 }],
    [square(9, 0, 2), { v: 100 }],
  ]);
  const { features } = await result('zonal-statistics', { zones, values, field: literal('v') });
  t.like(features[0]?.properties, { count: 2, sum: 60, mean: (10 * 16 + 100 * 2) / 18 });
  const text = layer([[point(1, 1), { v: 'much' }]]);
  const error = await errorOf(
    run(provider, 'zonal-statistics', { zones, values: text, field: literal('v') }),
  );
  t.is(error.locator, 'field');
});

test.serial(
  'random points: as many as asked, within the areas, the same for the same seed, even over the ground',
  async (t) => {
    const areas = layer([[square(0, 0, 80), { name: 'a' }]]);
    const given = { areas, count: literal(2000), seed: literal(7) };
    const first = await result('random-points', given);
    t.deepEqual(await result('random-points', given), first);
    t.notDeepEqual(await result('random-points', { ...given, seed: literal(8) }), first);
    const latitudes = first.features.map(
      ({ geometry }) => (geometry as { coordinates: Position }).coordinates[1] ?? -1,
    );
    t.is(latitudes.length, 2000);
    t.true(latitudes.every((latitude) => latitude >= 0 && latitude <= 80));
    const low = latitudes.filter((latitude) => latitude < 40).length / 2000;
    near(t, low, Math.sin((40 * Math.PI) / 180) / Math.sin((80 * Math.PI) / 180), 0.06);
  },
);

test.serial('random points: keep their distance, in a box too, or say that there is no room', async (t) => {
  const extent = box([50, 7], [50.1, 7.1], 'EPSG:4326');
  const given = { extent, count: literal(50), minimumDistance: literal(500, 'm') };
  const { features } = await result('random-points', given);
  const places = features.map(({ geometry }) => (geometry as { coordinates: Position }).coordinates);
  t.true(places.every(([x = 0, y = 0]) => x >= 7 && x <= 7.1 && y >= 50 && y <= 50.1));
  for (const [index, a] of places.entries()) {
    for (const b of places.slice(index + 1)) t.true(metres(a, b) > 495);
  }
  const error = await errorOf(run(provider, 'random-points', { ...given, count: literal(5000) }));
  t.is(error.code, 'JOB_FAILED');
  const both = { ...given, areas: layer([[square(0, 0, 1)]]) };
  t.is((await errorOf(run(provider, 'random-points', both))).locator, 'areas');
});

test.serial('input that is no GeoJSON is refused by name, and says where', async (t) => {
  const cases: [unknown, RegExp][] = [
    ['{', /no JSON/],
    [[1, 2], /no GeoJSON object/],
    [{ type: 'FeatureCollection' }, /no list "features"/],
    [{ type: 'Circle' }, /type "Circle"/],
    [{ type: 'Point', coordinates: [1] }, /position/],
    [{ type: 'Point', coordinates: [1, 'x'] }, /position/],
    [{ type: 'LineString', coordinates: [[1, 2]] }, /fewer than two/],
    [
      {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            geometry: {
              type: 'Polygon',
              coordinates: [
                [
                  [0, 0],
                  [1, 1],
                  [2, 0],
                ],
              ],
            },
          },
        ],
      },
      /feature 0 has a ring/,
    ],
    [
      { type: 'Point', coordinates: [1, 2], crs: { type: 'name', properties: { name: 'EPSG:1' } } },
      /CRS "EPSG:1"/,
    ],
  ];
  for (const [json, words] of cases) {
    const features =
      json === '{'
        ? { ...geoJson({}), content: { at: 'memory', bytes: Buffer.from('{') } as const }
        : geoJson(json);
    const error = await errorOf(run(provider, 'buffer', { features, distance: literal(1) }));
    t.is(error.code, 'INPUT_INVALID', error.message);
    t.is(error.locator, 'features');
    t.regex(error.message, words);
  }
});

test.serial('progress of real work rises to the end', async (t) => {
  const features = layer(
    Array.from({ length: 3000 }, (_, index) => [point(index % 60, Math.floor(index / 60))]),
  );
  const { progress } = await run(provider, 'buffer', {
    features,
    distance: literal(100),
    segments: literal(32),
  });
  t.true(progress.length > 1);
  t.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  );
  t.is(dimensionOf(shapeOf(point(0, 0))), 0);
});
