import test from 'ava';
import type { Inspection } from '../../src/engines/engine.ts';
import type { BBox } from '../../src/ogc/map-request.ts';
import { describeProject, withExtents } from '../../src/projects/describe.ts';

const identity = { id: 'our-town_map', hash: 'ab', engine: 'mapnik' };
const layer = (
  name: string,
  extent: BBox = [0, 0, 1, 1],
  more: Partial<Inspection['layers'][number]> = {},
) => ({
  name,
  extent,
  queryable: true,
  ...more,
});
const invalid = (message: RegExp) => ({ code: 'PROJECT_INVALID', message });

test('a project that says nothing of itself is described by what is found in it', (t) => {
  const draft = describeProject(identity, { layers: [layer('a'), layer('b', [5, 5, 6, 6])] }, {});
  t.like(draft, {
    ...identity,
    title: 'Our town map',
    abstract: '',
    keywords: [],
    attribution: '',
    background: '#ffffff',
    crs: ['EPSG:3857', 'EPSG:4326', 'CRS:84'],
  });
  t.deepEqual(draft.extent, [0, 0, 6, 6]);
  t.deepEqual(draft.layers[0], {
    name: 'a',
    title: 'a',
    abstract: '',
    queryable: true,
    extent: [0, 0, 1, 1],
    styles: [{ name: 'default', title: 'Default' }],
  });
});

test('what the author says goes first', (t) => {
  const draft = describeProject(
    identity,
    { background: '#000000', layers: [layer('a')] },
    {
      title: 'T',
      background: '#FFEE00',
      extent: [1, 2, 3, 4],
      layers: { a: { title: 'A', queryable: false } },
    },
  );
  t.like(draft, { title: 'T', background: '#ffee00' });
  t.deepEqual(draft.extent, [1, 2, 3, 4]);
  t.like(draft.layers[0], { title: 'A', queryable: false });
});

test('a raster does not become queryable by being called so', (t) => {
  const inspection = { layers: [layer('a', [0, 0, 1, 1], { queryable: false })] };
  t.false(describeProject(identity, inspection, { layers: { a: { queryable: true } } }).layers[0]?.queryable);
});

test('layers of equal names are one, with the scales and the extent of all', (t) => {
  const draft = describeProject(
    identity,
    {
      layers: [
        layer('a', [0, 0, 1, 1], { minScaleDenominator: 100, maxScaleDenominator: 200, queryable: false }),
        layer('b'),
        layer('a', [2, -1, 3, 1], { minScaleDenominator: 50, maxScaleDenominator: 100 }),
      ],
    },
    {},
  );
  t.deepEqual(
    draft.layers.map(({ name }) => name),
    ['a', 'b'],
  );
  t.like(draft.layers[0], { minScaleDenominator: 50, maxScaleDenominator: 200, queryable: true });
  t.deepEqual(draft.layers[0]?.extent, [0, -1, 3, 1]);
  const unlimited = describeProject(
    identity,
    {
      layers: [
        layer('a', [0, 0, 1, 1], { minScaleDenominator: 50 }),
        layer('a', [0, 0, 1, 1], { maxScaleDenominator: 60 }),
      ],
    },
    {},
  );
  t.false('minScaleDenominator' in unlimited.layers[0]!);
  t.false('maxScaleDenominator' in unlimited.layers[0]!);
});

test('extents lie within the world', (t) => {
  const extents: BBox[] = [
    [-180.02, -90, 180.02, 95],
    [Number.NaN, 0, 1, 1],
    [1, 0, -1, 1],
    [-1e308, -1e308, 1e308, 1e308],
  ];
  for (const extent of extents) {
    const [west, south, east, north] = describeProject(identity, { layers: [layer('a', extent)] }, {})
      .layers[0]!.extent;
    t.true(west >= -180 && south >= -90 && east <= 180 && north <= 90 && west < east && south < north);
  }
});

test('layer names must fit into requests', (t) => {
  for (const name of ['', 'a,b', 'a\nb', 'x'.repeat(201)]) {
    t.throws(
      () => describeProject(identity, { layers: [layer(name)] }, {}),
      invalid(/a layer is named "/),
      name,
    );
  }
  t.notThrows(() => describeProject(identity, { layers: [layer('Straßen & Wege <1>')] }, {}));
});

test('a map must have layers, and the metadata speak of these only', (t) => {
  t.throws(() => describeProject(identity, { layers: [] }, {}), invalid(/has no layers/));
  t.throws(
    () => describeProject(identity, { layers: [layer('streets')] }, { layers: { street: {} } }),
    invalid(/a layer "street" that the map has not: did you mean "streets"\?/),
  );
  const named = { layers: [layer('constructor'), layer('toString')] };
  t.deepEqual(
    describeProject(identity, named, {}).layers.map(({ title }) => title),
    ['constructor', 'toString'],
  );
});

test('CRSs that the engine cannot project to are not advertised', (t) => {
  const draft = describeProject(identity, { layers: [layer('a')] }, { crs: ['EPSG:1', 'CRS:84'] });
  const description = withExtents(draft, { 'CRS:84': [0, 0, 1, 1] });
  t.deepEqual(description.crs, ['CRS:84']);
  t.deepEqual(JSON.parse(JSON.stringify(description)), description);
});

test('a project none of whose CRSs can be drawn is refused, by their names', (t) => {
  const draft = describeProject(identity, { layers: [layer('a')] }, { crs: ['EPSG:1'] });
  t.throws(() => withExtents(draft, {}), invalid(/EPSG:1\b/));
});

test('a layer of a single point has an extent around it', (t) => {
  const points: BBox[] = [
    [7, 50, 7, 50],
    [180, 90, 180, 90],
    [-180, -90, -180, -90],
    [7, 40, 7, 60],
  ];
  for (const point of points) {
    const [west, south, east, north] = describeProject(identity, { layers: [layer('a', point)] }, {})
      .layers[0]!.extent;
    t.true(west < east && south < north);
    t.true(west >= -180 && south >= -90 && east <= 180 && north <= 90);
    t.true(west <= point[0] && point[0] <= east && south <= point[1] && point[3] <= north);
  }
});
