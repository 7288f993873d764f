import test from 'ava';
import type { Engine, FeatureInfoTask } from '../../../src/engines/engine.ts';
import type { FoundFeature } from '../../../src/ogc/map-request.ts';
import { codeOf, mapnikEngine, patient } from '../helpers/engines.ts';
import {
  featureCollection,
  layerXml,
  makeBundle,
  polygonOf,
  SQUARE,
  squareGeoJson,
  squareXml,
  testFolder,
} from '../helpers/projects.ts';

const folder = testFolder();
const bundle = makeBundle(folder, 'square', squareXml, { 'square.geojson': squareGeoJson });
let engine: Engine;

test.before(async () => {
  engine = await mapnikEngine(folder);
  await engine.start();
});

test.after.always(async () => {
  await engine.stop(0);
  folder.remove();
});

/** Asks a view of 100x100 pixels, 0.1 degrees each, over the test square. */
function ask(i: number, j: number, changes: Partial<FeatureInfoTask> = {}): Promise<FoundFeature[]> {
  const view = { crs: 'CRS:84', bbox: SQUARE, width: 100, height: 100, dpi: 90.7 };
  return engine.featureInfo(
    { bundle, layers: ['square'], ...view, geometryCrs: 'CRS:84', i, j, featureCount: 5, ...changes },
    patient(),
  );
}

test('finds a feature with its attributes and its geometry', async (t) => {
  const [found, ...others] = await ask(50, 50);
  t.deepEqual(others, []);
  t.is(found?.layer, 'square');
  t.deepEqual(found?.properties, { name: 'Square', population: 1200 });
  t.deepEqual(found?.geometry, polygonOf(SQUARE));
});

test('gives the geometry in the CRS that is asked for, x before y, whatever the view is in', async (t) => {
  const view = { crs: 'EPSG:3857', bbox: [1.2e6, 5e6, 2e6, 6e6] } as const;
  const [degrees] = await ask(50, 50, view);
  t.is(degrees?.geometryCrs, 'CRS:84');
  t.deepEqual(degrees?.geometry, polygonOf(SQUARE));
  const [found] = await ask(50, 50, { ...view, geometryCrs: 'EPSG:3857' });
  t.is(found?.geometryCrs, 'EPSG:3857');
  const [[first = []] = []] = (found!.geometry as { coordinates: number[][][] }).coordinates;
  t.deepEqual(first.map(Math.round), [1113195, 4865942]);
});

test('finds areas under the pixel, points and lines also 3 pixels beside it', async (t) => {
  const east = [20, 40, 30, 50] as const;
  t.is((await ask(0, 50, { bbox: east })).length, 0);
  const point = featureCollection([{ properties: {}, geometry: { type: 'Point', coordinates: [15, 45] } }]);
  const dot = makeBundle(folder, 'dot', squareXml, { 'square.geojson': point });
  t.is((await ask(52, 50, { bundle: dot })).length, 1);
  t.is((await ask(56, 50, { bundle: dot })).length, 0);
});

test('finds the country under a pixel of the whole world', async (t) => {
  const world = new URL('../../../node_modules/world-atlas/countries-110m.json', import.meta.url).pathname;
  const xml = `<Map srs="epsg:3857">
    <Style name="land"><Rule><PolygonSymbolizer fill="#eee"/></Rule></Style>
    <Layer name="countries" srs="epsg:4326"><StyleName>land</StyleName><Datasource>
      <Parameter name="type">topojson</Parameter><Parameter name="file">${world}</Parameter>
    </Datasource></Layer>
  </Map>`;
  const countries = makeBundle(folder, 'countries', xml);
  const half = 20037508.342789244;
  const view = { bbox: [-half, -half, half, half] as const, width: 1024, height: 1024, crs: 'EPSG:3857' };
  const nameAt = async (longitude: number, latitude: number) => {
    const y = Math.log(Math.tan(Math.PI / 4 + (latitude * Math.PI) / 360)) / Math.PI;
    const [i, j] = [((longitude + 180) / 360) * 1024, ((1 - y) / 2) * 1024].map(Math.floor);
    const found = await ask(i!, j!, { bundle: countries, layers: ['countries'], ...view });
    return found.map((feature) => feature.properties.name).filter((name) => typeof name === 'string');
  };
  t.deepEqual(await nameAt(-52, -10), ['Brazil']);
  t.deepEqual(await nameAt(134, -25), ['Australia']);
  t.deepEqual(await nameAt(-150, 0), []);
});

const stackXml = `<Map srs="epsg:3857">
  <Style name="all"><Rule><PolygonSymbolizer fill="#ff0000"/></Rule></Style>
  <Style name="near"><Rule><MaxScaleDenominator>1000</MaxScaleDenominator><PolygonSymbolizer/></Rule></Style>
  ${layerXml('bottom', 'all', 'square.geojson')}
  ${layerXml('top', 'all', 'pair.geojson')}
  ${layerXml('top', 'all', 'pair.geojson')}
  ${layerXml('near', 'near', 'square.geojson')}
</Map>`;
const pair = featureCollection([
  { properties: { name: 'a' }, geometry: polygonOf(SQUARE) },
  { properties: { name: 'b' }, geometry: polygonOf(SQUARE) },
]);
const stack = makeBundle(folder, 'stack', stackXml, {
  'square.geojson': squareGeoJson,
  'pair.geojson': pair,
});

test('answers the topmost first, each once, as many as asked for', async (t) => {
  const names = async (featureCount: number) => {
    const found = await ask(50, 50, { bundle: stack, layers: ['bottom', 'top'], featureCount });
    return found.map((feature) => feature.properties.name).sort();
  };
  t.deepEqual(await names(5), ['Square', 'a', 'b']);
  t.deepEqual(await names(2), ['a', 'b']);
});

test('leaves out layers that do not draw at this scale', async (t) => {
  t.deepEqual(await ask(50, 50, { bundle: stack, layers: ['near'] }), []);
});

test('cuts long texts and leaves out huge geometries', async (t) => {
  const ring = Array.from({ length: 20_000 }, (_, index) => {
    const angle = (index / 20_000) * 2 * Math.PI;
    return [15 + 5 * Math.cos(angle), 45 + 5 * Math.sin(angle)];
  });
  const geometry = { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
  const files = {
    'square.geojson': featureCollection([{ properties: { text: 'x'.repeat(1e5) }, geometry }]),
  };
  const [found] = await ask(50, 50, { bundle: makeBundle(folder, 'huge', squareXml, files) });
  t.is(found?.properties.text, 'x'.repeat(4000));
  t.is(found?.geometry, undefined);
});

test('refuses a layer that is not there', async (t) => {
  t.is(await codeOf(ask(1, 1, { layers: ['nowhere'] })), 'REQUEST_INVALID');
});
