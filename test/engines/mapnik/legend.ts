import test from 'ava';
import type { Engine, LegendTask } from '../../../src/engines/engine.ts';
import { codeOf, mapnikEngine, patient } from '../helpers/engines.ts';
import { decode, type Picture } from '../helpers/pictures.ts';
import { layerXml, makeBundle, squareGeoJson, testFolder } from '../helpers/projects.ts';

const folder = testFolder();
const xml = `<Map srs="epsg:3857">
  <Style name="land">
    <Rule name="Red land"><Filter>[name] = 'a &lt; b'</Filter><PolygonSymbolizer fill="#ff0000"/></Rule>
    <Rule name="Green land"><ElseFilter/><PolygonSymbolizer fill="#00ff00"/></Rule>
  </Style>
  <Style name="icon"><Rule><MarkersSymbolizer file="icon.svg" width="12" height="12"/></Rule></Style>
  <Style name="label"><Rule>
    <TextSymbolizer face-name="DejaVu Sans Bold" size="12" fill="#0000ff" placement="line">[name]</TextSymbolizer>
  </Rule></Style>
  ${layerXml('land', 'land', 'square.geojson')}
  ${layerXml('icon', 'icon', 'square.geojson')}
  ${layerXml('label', 'label', 'square.geojson')}
</Map>`;
const icon = `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">
  <rect width="10" height="10" fill="#00ff00"/></svg>`;
const bundle = makeBundle(folder, 'legend', xml, { 'square.geojson': squareGeoJson, 'icon.svg': icon });
let engine: Engine;

test.before(async () => {
  engine = await mapnikEngine(folder);
  await engine.start();
});

test.after.always(async () => {
  await engine.stop(0);
  folder.remove();
});

async function legend(layer: string, changes: Partial<LegendTask> = {}): Promise<Picture> {
  const sizes = { width: 0, height: 0, dpi: 90.7 };
  const task = {
    bundle,
    layer,
    style: '',
    encoding: 'png',
    transparent: false,
    ...sizes,
    ...changes,
  } as const;
  return decode(await engine.legend(task, patient()));
}

/** How many pixels are of a colour, in a part of the picture. */
function count(
  picture: Picture,
  isWanted: (red: number, green: number, blue: number) => boolean,
  from = 0,
): number {
  let found = 0;
  for (let row = 0; row < picture.height; row += 1) {
    for (let column = from; column < picture.width; column += 1) {
      const [red, green, blue] = picture.at(column, row);
      if (isWanted(red, green, blue)) found += 1;
    }
  }
  return found;
}

const isRed = (red: number, green: number, blue: number) => red > 200 && green < 60 && blue < 60;
const isGreen = (red: number, green: number, blue: number) => red < 60 && green > 200 && blue < 60;
const isBlue = (red: number, green: number, blue: number) => red < 120 && green < 120 && blue > 200;
const isDark = (red: number, green: number, blue: number) => red < 100 && green < 100 && blue < 100;

test('shows a sample and a name for each rule', async (t) => {
  const picture = await legend('land');
  t.true(count(picture, isRed) > 200);
  t.true(count(picture, isGreen) > 200);
  t.true(count(picture, isDark, 40) > 50);
  const red = [...Array(picture.height).keys()].filter((row) => isRed(...rgb(picture, 15, row)));
  const green = [...Array(picture.height).keys()].filter((row) => isGreen(...rgb(picture, 15, row)));
  t.true(Math.max(...red) < Math.min(...green));
});

function rgb(picture: Picture, column: number, row: number): [number, number, number] {
  const [red, green, blue] = picture.at(column, row);
  return [red, green, blue];
}

test('shows icons of the project, and words where only labels are drawn', async (t) => {
  t.true(count(await legend('icon'), isGreen) > 100);
  t.true(count(await legend('label'), isBlue) > 20);
});

test('is as large as needed, larger on finer screens', async (t) => {
  const [normal, fine] = [await legend('land'), await legend('land', { dpi: 181.4 })];
  t.true(normal.width > 80 && normal.width < 200);
  t.true(Math.abs(fine.width - 2 * normal.width) <= 2);
  t.true(Math.abs(fine.height - 2 * normal.height) <= 2);
  t.true(count(fine, isRed) > 3 * count(normal, isRed));
});

test('has the size that the client sets, with samples alone where words have no room', async (t) => {
  const small = await legend('land', { width: 20, height: 20 });
  t.like(small, { width: 20, height: 20 });
  t.true(count(small, isRed) > 20);
  t.true(count(small, isGreen) > 20);
  const wide = await legend('land', { width: 300 });
  t.is(wide.width, 300);
  const enormous = await legend('land', { width: 1_000_000, height: 1_000_000 });
  t.like(enormous, { width: 4096, height: 4096 });
});

test('is transparent or white behind, and comes in each encoding', async (t) => {
  t.is((await legend('land', { transparent: true })).at(0, 0)[3], 0);
  t.deepEqual((await legend('land')).at(0, 0), [255, 255, 255, 255]);
  for (const encoding of ['png8', 'jpeg', 'webp'] as const) {
    t.true(
      count(await legend('land', { encoding }), (red, green) => red > 180 && green < 90) > 100,
      encoding,
    );
  }
});

test('refuses unknown layers and styles', async (t) => {
  t.is(await codeOf(legend('nowhere')), 'REQUEST_INVALID');
  t.is(await codeOf(legend('land', { style: 'nothing' })), 'REQUEST_INVALID');
});
