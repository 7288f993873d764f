import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { buildWorld } from '../../scripts/build-world.js';
import type { Engine } from '../../src/engines/engine.ts';
import type { BBox } from '../../src/ogc/map-request.ts';
import { silentLog } from '../../src/platform/log.ts';
import { ProjectCatalogue } from '../../src/projects/catalogue.ts';
import type { ProjectBundle } from '../../src/projects/project.ts';
import { mapnikEngine, patient } from '../engines/helpers/engines.ts';
import { decode } from '../engines/helpers/pictures.ts';
import { testFolder } from '../engines/helpers/projects.ts';
import { liveClock } from './helpers/live-clock.ts';
import { quickOptions } from './helpers/options.ts';

const engineFolder = testFolder();
let home: string;
let engine: Engine;
let catalogue: ProjectCatalogue;
let world: ProjectBundle;

test.before(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'gismesh-world-'));
  buildWorld(path.join(home, 'world'));
  engine = await mapnikEngine(engineFolder);
  await engine.start();
  catalogue = new ProjectCatalogue({
    roots: [path.join(home, 'world')],
    snapshotFolder: path.join(home, 'bundles'),
    engines: { mapnik: engine },
    clock: liveClock,
    log: silentLog,
    options: quickOptions({ pollMs: 60_000 }),
  });
  await catalogue.start();
  world = catalogue.current('world')!;
});

test.after.always(async () => {
  await catalogue?.stop();
  await engine?.stop(0);
  engineFolder.remove();
  await rm(home, { recursive: true, force: true });
});

const BLOCK = { buffer: 128, encoding: 'png', transparent: false, dpi: 90.7 } as const;

async function draw(crs: string, bbox: BBox, size: number, layers?: readonly string[]) {
  const names = layers ?? world.description.layers.map(({ name }) => name);
  const { tiles } = await engine.render(
    {
      ...BLOCK,
      bundle: world,
      layers: names,
      styles: names.map(() => ''),
      crs,
      bbox,
      columns: 1,
      rows: 1,
      tileWidth: size,
      tileHeight: size,
      background: world.description.background,
    },
    patient(),
  );
  return decode(tiles[0]!);
}

/** What is in the middle of a view in Web Mercator's zoom `zoom`, around a longitude and latitude. */
function ask(layer: string, [longitude, latitude]: readonly [number, number], zoom: number) {
  const half = 180 / 2 ** zoom;
  const bbox: BBox = [longitude - half, latitude - half, longitude + half, latitude + half];
  const task = {
    bundle: world,
    layers: [layer],
    crs: 'CRS:84',
    bbox,
    width: 256,
    height: 256,
    i: 128,
    j: 128,
  };
  return engine.featureInfo({ ...task, featureCount: 5, dpi: 90.7 }, patient());
}

const hex = (color: readonly number[]) =>
  `#${color
    .slice(0, 3)
    .map((value) => value.toString(16).padStart(2, '0'))
    .join('')}`;

const OCEAN = '#cfe1ea';
const ICE = '#f8f7f3';

test('is described for people, with its extent in every advertised CRS', async (t) => {
  const { description } = world;
  t.is(description.title, 'World');
  t.deepEqual(description.crs, Object.keys(description.extents));
  t.true(description.crs.length >= 8, 'no CRS was left out');
  t.is(description.background, OCEAN);
  const titled = description.layers.filter(({ title, name }) => title !== name);
  t.is(titled.length, description.layers.length);
  t.deepEqual(
    description.layers.filter(({ queryable }) => queryable).map(({ name }) => name),
    ['countries', 'capitals'],
  );
});

test('knows what it shows', async (t) => {
  for (const zoom of [1, 3, 6]) {
    const [france] = await ask('countries', [2, 47], zoom);
    t.like(france?.properties, {
      name: 'France',
      iso_a2: 'FR',
      iso_a3: 'FRA',
      iso_n3: '250',
      full_name: 'France',
    });
  }
  t.like((await ask('countries', [24, -3], 4))[0]?.properties, {
    name: 'Dem. Rep. Congo',
    full_name: 'Democratic Republic of the Congo',
  });
  t.like((await ask('capitals', [2.35, 48.86], 6))[0]?.properties, { label: 'Paris', country: 'France' });
  t.deepEqual(await ask('countries', [-30, 30], 4), []);
});

test('has every country of ISO 3166-1, and areas that are about right', async (t) => {
  const table = await readFile(path.join(home, 'world/data/countries-10m.dbf'), 'utf8');
  const codes = new Set([...table.matchAll(/([A-Z]{2})([A-Z]{3})(\d{3})/g)].map(([, , code]) => code));
  // All but 11 of the 249: small territories that the data counts to their countries.
  t.is(codes.size, 238);
  const areas = { FRA: 640_000, RUS: 16_900_000, AUS: 7_700_000, ISL: 102_000, ATA: 12_300_000 };
  const places = { FRA: [2, 47], RUS: [100, 60], AUS: [135, -25], ISL: [-18, 65], ATA: [0, -80] } as const;
  for (const [code, area] of Object.entries(areas)) {
    const [found] = await ask('countries', places[code as keyof typeof places], 6);
    t.is(found?.properties.iso_a3, code);
    const ratio = Number(found?.properties.area_km2) / area;
    t.true(ratio > 0.95 && ratio < 1.05, `${code}: ${ratio}`);
  }
});

test('the poles are whole', async (t) => {
  const south = await draw('EPSG:3031', [-1e6, -1e6, 1e6, 1e6], 256, ['countries']);
  for (const [column, row] of [
    [128, 128],
    [128, 127],
    [127, 130],
    [128, 60],
    [60, 100],
  ] as const) {
    t.is(hex(south.at(column, row)), ICE, `${column} ${row}`);
  }
  const mercator = await draw('EPSG:3857', [-20e6, -20e6, 20e6, 20e6], 256, ['countries']);
  t.is(hex(mercator.at(160, 254)), ICE);
  const north = await draw('EPSG:3995', [-3e5, -3e5, 3e5, 3e5], 64);
  t.is(hex(north.at(20, 40)), OCEAN);
});

test('no seam shows where a projection joins what the antimeridian cuts', async (t) => {
  // Along 180 degrees through Chukotka, whose land reaches from 65.1 to 68.9 degrees north.
  const picture = await draw('EPSG:3995', [-100_000, 2_350_000, 100_000, 2_550_000], 256, ['countries']);
  const colors = new Set<string>();
  for (let column = 96; column < 160; column++) {
    for (let row = 64; row < 192; row++) colors.add(hex(picture.at(column, row)));
  }
  t.is(colors.size, 1, [...colors].join(' '));
  t.not([...colors][0], OCEAN);
});

test('nothing is smeared across the world where a projection has its edges', async (t) => {
  for (const [crs, bbox] of [
    ['EPSG:8857', [-17_243_959, -8_392_928, 17_243_959, 8_392_928]],
    ['EPSG:4326', [-180, -90, 180, 90]],
  ] as const) {
    const picture = await draw(crs, bbox, 360, ['countries', 'borders', 'coastline']);
    const atlantic = Array.from({ length: 360 }, (_, row) => hex(picture.at(150, row)));
    // Below Greenland and above Antarctica there is nothing but sea at 30 degrees west.
    t.deepEqual(new Set(atlantic.slice(110, 250)), new Set([OCEAN]), crs);
  }
});

test('neighbouring blocks agree on every name', async (t) => {
  const tile = 40_075_016.68557849 / 2 ** 5;
  const block = (x: number, y: number, size: number): BBox => {
    const [west, north] = [x * tile - 2 ** 4 * tile, 2 ** 4 * tile - y * tile];
    return [west, north - size * tile, west + size * tile, north];
  };
  const whole = await draw('EPSG:3857', block(14, 9, 8), 2048);
  let different = 0;
  for (const [column, row] of [
    [0, 0],
    [4, 0],
    [0, 4],
    [4, 4],
  ] as const) {
    const part = await draw('EPSG:3857', block(14 + column, 9 + row, 4), 1024);
    for (let y = 0; y < 1024; y++) {
      for (let x = 0; x < 1024; x++) {
        const [a, b] = [part.at(x, y), whole.at(x + column * 256, y + row * 256)];
        if ([0, 1, 2].some((channel) => Math.abs(a[channel]! - b[channel]!) > 32)) different++;
      }
    }
  }
  t.true(
    different < 50,
    `${different} of ${2048 * 2048} pixels differ; a name that is cut takes some hundred`,
  );
});
