import test from 'ava';
import { inspect } from '../../../src/engines/mapnik/inspect.ts';
import { testMapnik } from '../helpers/pictures.ts';
import { layerXml, makeBundle, squareGeoJson, squareXml, testFolder } from '../helpers/projects.ts';
import { shapefileOf } from '../helpers/shapefile.ts';

const folder = testFolder();
test.after.always(() => folder.remove());
const files = {
  'square.geojson': squareGeoJson,
  'mercator.csv': 'x,y\n0,0\n1113194.9,1118889.97\n',
};

function inspected(xml: string) {
  return inspect(testMapnik(), makeBundle(folder, 'inspected', xml, files).file);
}

test('tells the layers with their extents in longitude and latitude', async (t) => {
  const xml = `<Map srs="epsg:3857">
    <Style name="dot"><Rule><MarkersSymbolizer/></Rule></Style>
    ${layerXml('square', 'dot', 'square.geojson')}
    <Layer name="mercator" srs="epsg:3857"><StyleName>dot</StyleName><Datasource>
      <Parameter name="type">csv</Parameter><Parameter name="file">mercator.csv</Parameter>
    </Datasource></Layer>
  </Map>`;
  const { layers } = await inspected(xml);
  t.deepEqual(
    layers.map(({ name, extent, queryable }) => [name, extent.map(Math.round), queryable]),
    [
      ['square', [10, 40, 20, 50], true],
      ['mercator', [0, 0, 10, 10], true],
    ],
  );
});

test('tells the background colour, or none', async (t) => {
  t.is((await inspected(squareXml)).background, '#0000ff');
  t.is((await inspected(squareXml.replace('background-color="#0000ff"', ''))).background, undefined);
});

test('layers of equal names are one, with the extent and the scales of all', async (t) => {
  const xml = `<Map srs="epsg:3857">
    <Style name="far"><Rule><MinScaleDenominator>1000</MinScaleDenominator><PolygonSymbolizer/></Rule></Style>
    <Style name="near"><Rule><MaxScaleDenominator>2000</MaxScaleDenominator>
      <MinScaleDenominator>500</MinScaleDenominator><PolygonSymbolizer/></Rule></Style>
    ${layerXml('a', 'near', 'square.geojson')}
    ${layerXml('b', 'near', 'square.geojson')}
    ${layerXml('a', 'far', 'square.geojson')}
  </Map>`;
  const { layers } = await inspected(xml);
  t.like(layers[0], { name: 'a', minScaleDenominator: 500 });
  t.is(layers[0]?.maxScaleDenominator, undefined);
  t.like(layers[1], { name: 'b', minScaleDenominator: 500, maxScaleDenominator: 2000 });
});

test('the limits of a layer count as well as those of its rules', async (t) => {
  const limits = 'minimum-scale-denominator="10" maximum-scale-denominator="5000"';
  const { layers } = await inspected(squareXml.replace('srs="epsg:4326"', `srs="epsg:4326" ${limits}`));
  t.like(layers[0], { minScaleDenominator: 10, maxScaleDenominator: 5000 });
});

test('a layer without data covers the world, and no layer covers more', async (t) => {
  const { shp, shx, dbf } = shapefileOf([]);
  const empty = { 'empty.shp': shp, 'empty.shx': shx, 'empty.dbf': dbf };
  const xml = squareXml.replaceAll('square.geojson', 'empty.shp').replace('geojson', 'shape');
  const { layers } = await inspect(testMapnik(), makeBundle(folder, 'empty', xml, empty).file);
  t.deepEqual(layers[0]?.extent, [-180, -90, 180, 90]);
  const wrong = squareXml.replaceAll('square.geojson', 'mercator.csv').replace('geojson', 'csv');
  t.deepEqual((await inspected(wrong)).layers[0]?.extent, [0, 0, 180, 90]);
});
