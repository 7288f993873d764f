import test from 'ava';
import type { Engine, RenderTask } from '../../../src/engines/engine.ts';
import { codeOf, mapnikEngine, patient, squareTask } from '../helpers/engines.ts';
import { decode, type Picture, type Rgba } from '../helpers/pictures.ts';
import {
  featureCollection,
  layerXml,
  makeBundle,
  polygonOf,
  squareGeoJson,
  squareXml,
  testFolder,
} from '../helpers/projects.ts';

const RED: Rgba = [255, 0, 0, 255];
const BLUE: Rgba = [0, 0, 255, 255];
const CLEAR: Rgba = [0, 0, 0, 0];

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

async function draw(task: RenderTask): Promise<Picture> {
  const { tiles } = await engine.render(task, patient());
  return decode(tiles[0]!);
}

test('x goes to the right and y up, also in CRSs that name north first', async (t) => {
  // The square is the east half, the view reaches as far south of it as it is high.
  for (const crs of ['CRS:84', 'EPSG:4326']) {
    const picture = await draw(squareTask(bundle, { crs, bbox: [0, 30, 20, 50] }));
    t.deepEqual(picture.at(75, 25), RED, crs);
    t.deepEqual(picture.at(25, 25), BLUE, crs);
    t.deepEqual(picture.at(75, 75), BLUE, crs);
  }
});

test('the edges of the data fall on the pixels where they belong', async (t) => {
  const picture = await draw(squareTask(bundle, { bbox: [5, 35, 25, 55] }));
  const middle = [23, 24, 25, 26, 73, 74, 75, 76].map((column) => picture.at(column, 50)[0] === 255);
  t.deepEqual(middle, [false, false, true, true, true, true, false, false]);
});

test('projects into Web Mercator and other CRSs', async (t) => {
  const mercator = await draw(squareTask(bundle, { crs: 'EPSG:3857', bbox: [1e6, 4.7e6, 2.4e6, 6.6e6] }));
  t.deepEqual(mercator.at(50, 50), RED);
  t.deepEqual(mercator.at(2, 50), BLUE);
  const laea = await draw(
    squareTask(bundle, { crs: 'EPSG:3035', bbox: [4_321_000 - 1e5, 2_200_000, 4_321_000 + 1e5, 2_400_000] }),
  );
  t.deepEqual(laea.at(90, 50), RED);
  t.deepEqual(laea.at(10, 50), BLUE);
});

test('keeps the view as it is asked, whatever the shape of the picture', async (t) => {
  const picture = await draw(squareTask(bundle, { tileWidth: 200, tileHeight: 50 }));
  for (const [column, row] of [
    [0, 0],
    [199, 0],
    [0, 49],
    [199, 49],
  ] as const) {
    t.deepEqual(picture.at(column, row), RED);
  }
});

test('draws pictures of any size, and refuses sizes beyond its reach', async (t) => {
  for (const [tileWidth, tileHeight] of [
    [1, 1],
    [15, 3],
    [3, 40],
    [17, 16],
  ] as const) {
    const picture = await draw(squareTask(bundle, { bbox: [0, 40, 20, 50], tileWidth, tileHeight }));
    t.like(picture, { width: tileWidth, height: tileHeight });
    t.deepEqual(picture.at(tileWidth - 1, tileHeight - 1), tileWidth === 1 ? picture.at(0, 0) : RED);
    if (tileWidth > 1) t.deepEqual(picture.at(0, 0), BLUE);
  }
  t.is(await codeOf(draw(squareTask(bundle, { tileWidth: 20_000 }))), 'REQUEST_TOO_LARGE');
});

test('leaves out the background where the client wants it transparent, except in JPEG', async (t) => {
  const view = { bbox: [0, 40, 20, 50] as const, transparent: true, background: '#0000ff' };
  for (const encoding of ['png', 'png8', 'webp'] as const) {
    const picture = await draw(squareTask(bundle, { ...view, encoding }));
    t.is(picture.at(25, 50)[3], CLEAR[3], encoding);
    t.is(picture.at(75, 50)[3], 255, encoding);
  }
  const jpeg = await draw(squareTask(bundle, { ...view, encoding: 'jpeg' }));
  t.true(jpeg.at(25, 50)[2] > 240);
});

test('nothing of an earlier drawing shines through', async (t) => {
  await draw(squareTask(bundle));
  const clear = await draw(squareTask(bundle, { bbox: [100, 40, 110, 50], transparent: true }));
  t.true(clear.pixels.every((value) => value === 0));
});

test('encodes what is asked, recognisable by its first bytes', async (t) => {
  const starts = { png: '89504e47', png8: '89504e47', jpeg: 'ffd8ff', webp: '52494646' } as const;
  for (const [encoding, start] of Object.entries(starts)) {
    const task = squareTask(bundle, { encoding: encoding as RenderTask['encoding'] });
    const { tiles } = await engine.render(task, patient());
    t.true(Buffer.from(tiles[0]!).toString('hex').startsWith(start), encoding);
  }
});

test('a tile cut from a block equals the tile drawn alone', async (t) => {
  const block = await engine.render(
    squareTask(bundle, {
      bbox: [5, 35, 25, 55],
      columns: 2,
      rows: 2,
      tileWidth: 64,
      tileHeight: 64,
      buffer: 32,
    }),
    patient(),
  );
  const parts = [
    [5, 45, 15, 55],
    [15, 45, 25, 55],
    [5, 35, 15, 45],
    [15, 35, 25, 45],
  ] as const;
  for (const [index, bbox] of parts.entries()) {
    const alone = await draw(squareTask(bundle, { bbox, tileWidth: 64, tileHeight: 64, buffer: 32 }));
    t.deepEqual(decode(block.tiles[index]!).pixels, alone.pixels, `tile ${index}`);
  }
});

test('the buffer lets a label of a place beyond the edge reach into the picture', async (t) => {
  const label = `<Map srs="epsg:3857">
    <Style name="label"><Rule>
      <TextSymbolizer face-name="DejaVu Sans Bold" size="20" fill="#ff0000">[name]</TextSymbolizer>
    </Rule></Style>
    ${layerXml('label', 'label', 'point.geojson')}
  </Map>`;
  const point = featureCollection([
    { properties: { name: 'MMMMMM' }, geometry: { type: 'Point', coordinates: [8, 45] } },
    { properties: { name: 'far' }, geometry: { type: 'Point', coordinates: [-60, -10] } },
  ]);
  const labelled = makeBundle(folder, 'label', label, { 'point.geojson': point });
  const painted = async (buffer: number) => {
    const task = squareTask(labelled, { layers: ['label'], transparent: true, buffer });
    return (await draw(task)).pixels.some((value) => value !== 0);
  };
  t.false(await painted(0));
  t.true(await painted(64));
});

test('draws layers in the order asked for, the last one on top', async (t) => {
  const xml = `<Map srs="epsg:3857">
    <Style name="red"><Rule><PolygonSymbolizer fill="#ff0000"/></Rule></Style>
    <Style name="green"><Rule><PolygonSymbolizer fill="#00ff00"/></Rule></Style>
    ${layerXml('red', 'red', 'square.geojson')}
    ${layerXml('green', 'green', 'square.geojson')}
  </Map>`;
  const two = makeBundle(folder, 'two', xml, { 'square.geojson': squareGeoJson });
  const top = async (...layers: string[]) => (await draw(squareTask(two, { layers, styles: [] }))).at(50, 50);
  t.deepEqual(await top('green', 'red'), RED);
  t.deepEqual(await top('red', 'green'), [0, 255, 0, 255]);
  t.deepEqual(await top('red'), RED);
});

test('layers of equal names are one layer, each in its place in the project', async (t) => {
  const xml = `<Map srs="epsg:3857">
    <Style name="red"><Rule><PolygonSymbolizer fill="#ff0000"/></Rule></Style>
    <Style name="green"><Rule><PolygonSymbolizer fill="#00ff00"/></Rule></Style>
    ${layerXml('both', 'red', 'square.geojson')}
    ${layerXml('both', 'green', 'east.geojson')}
  </Map>`;
  const east = featureCollection([{ properties: {}, geometry: polygonOf([15, 40, 20, 50]) }]);
  const files = { 'square.geojson': squareGeoJson, 'east.geojson': east };
  const picture = await draw(squareTask(makeBundle(folder, 'both', xml, files), { layers: ['both'] }));
  t.deepEqual(picture.at(25, 50), RED);
  t.deepEqual(picture.at(75, 50), [0, 255, 0, 255]);
});

test('a style is one of the layer; none or "default" means all of them', async (t) => {
  const xml = squareXml.replace(
    '<StyleName>fill</StyleName>',
    '<StyleName>fill</StyleName><StyleName>other</StyleName>',
  );
  const styled = makeBundle(folder, 'styled', xml, { 'square.geojson': squareGeoJson });
  const color = async (style: string) => (await draw(squareTask(styled, { styles: [style] }))).at(50, 50);
  t.deepEqual(await color('fill'), RED);
  t.deepEqual(await color('other'), [0, 255, 0, 255]);
  t.deepEqual(await color(''), [0, 255, 0, 255]);
  t.deepEqual(await color('default'), [0, 255, 0, 255]);
  t.is(await codeOf(draw(squareTask(styled, { styles: ['none'] }))), 'REQUEST_INVALID');
});

test('scale limits count in the scale denominators of the OGC', async (t) => {
  // 100 pixels of 0.28 mm for 10 degrees of 111319.49 m.
  const denominator = (10 * 111_319.49) / 100 / 0.00028;
  const limited = (limit: string) => squareXml.replace('<PolygonSymbolizer', `${limit}<PolygonSymbolizer`);
  const drawsWith = async (name: string, limit: string, dpi: number) => {
    const project = makeBundle(folder, name, limited(limit), { 'square.geojson': squareGeoJson });
    return (await draw(squareTask(project, { dpi }))).at(50, 50)[0] === 255;
  };
  const below = `<MaxScaleDenominator>${denominator * 1.01}</MaxScaleDenominator>`;
  const above = `<MinScaleDenominator>${denominator * 1.01}</MinScaleDenominator>`;
  t.true(await drawsWith('below', below, 90.7));
  t.false(await drawsWith('above', above, 90.7));
  t.false(await drawsWith('below-fine', below, 181.4));
  t.true(await drawsWith('above-fine', above, 181.4));
});

test('scale denominators in feet are those of the same view in metres', async (t) => {
  // California zone 1: a square of 100 km, 1000 m a pixel.
  const denominator = 1000 / 0.00028;
  const limit = `<MinScaleDenominator>${denominator * 0.99}</MinScaleDenominator>
    <MaxScaleDenominator>${denominator * 1.01}</MaxScaleDenominator>`;
  const xml = squareXml.replace('<PolygonSymbolizer', `${limit}<PolygonSymbolizer`);
  const west = featureCollection([{ properties: {}, geometry: polygonOf([-130, 30, -110, 50]) }]);
  const feet = makeBundle(folder, 'feet', xml, { 'square.geojson': west });
  const [x, y, half] = [6_561_666, 2_000_000, 50_000 / 0.3048006096];
  const task = squareTask(feet, { crs: 'EPSG:2225', bbox: [x - half, y - half, x + half, y + half] });
  t.deepEqual((await draw(task)).at(50, 50), RED);
});

test('symbols grow with the resolution', async (t) => {
  const xml = `<Map srs="epsg:3857">
    <Style name="dot"><Rule><MarkersSymbolizer width="20" height="20" fill="#ff0000" stroke-width="0"/></Rule></Style>
    ${layerXml('dot', 'dot', 'point.geojson')}
  </Map>`;
  const point = featureCollection([{ properties: {}, geometry: { type: 'Point', coordinates: [15, 45] } }]);
  const dot = makeBundle(folder, 'dot', xml, { 'point.geojson': point });
  const width = async (dpi: number) => {
    const picture = await draw(squareTask(dot, { layers: ['dot'], dpi }));
    return Array.from({ length: 100 }, (_, column) => picture.at(column, 50)).filter(([red]) => red > 200)
      .length;
  };
  const normal = await width(90.7);
  t.true(Math.abs(normal - 20) <= 1);
  t.true(Math.abs((await width(181.4)) - 2 * normal) <= 2);
});

test('a clip that the author gave in the CRS of the project holds in others', async (t) => {
  const [west, east] = [10, 15].map((degrees) => (degrees / 180) * 20037508.34);
  const xml = squareXml.replace('<Map', `<Map maximum-extent="${west},-2e7,${east},2e7"`);
  const clipped = makeBundle(folder, 'clipped', xml, { 'square.geojson': squareGeoJson });
  const picture = await draw(squareTask(clipped, { bbox: [20, 40, 30, 50] }));
  t.deepEqual(picture.at(50, 50), BLUE);
});

test('refuses unknown layers and CRSs by name', async (t) => {
  const refused = (changes: Partial<RenderTask>, message: RegExp) =>
    t.throwsAsync(engine.render(squareTask(bundle, changes), patient()), {
      code: 'REQUEST_INVALID',
      message,
    });
  await refused({ layers: ['nowhere'] }, /nowhere/);
  await refused({ crs: 'EPSG:999999' }, /EPSG:999999/);
});
