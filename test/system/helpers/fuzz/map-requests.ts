import type { Dice } from './dice.ts';
import { FORMATS, nasty, ODD_FORMATS, ODD_SYSTEMS, oddBBox, SYSTEMS } from './values.ts';

type Pair = [name: string, value: string];

const LAYERS = ['countries', 'rivers', 'lakes', 'borders', 'coastline', 'country-names', 'capitals'];

/** A GetMap that must be drawn: a small picture of anything, anywhere, in any way. */
export function drawableMap(dice: Dice): Pair[] {
  const version = dice.pick(['1.1.1', '1.3.0']);
  const [crs, window] = dice.pick(SYSTEMS);
  const layers = Array.from({ length: dice.int(1, 4) }, () => dice.pick(LAYERS));
  return [
    ['SERVICE', 'WMS'],
    ['VERSION', version],
    ['REQUEST', 'GetMap'],
    ['LAYERS', dice.chance(0.2) ? 'world' : layers.join(',')],
    ['STYLES', ''],
    [version === '1.3.0' ? 'CRS' : 'SRS', crs],
    ['BBOX', windowIn(dice, window, version === '1.3.0' && NORTH_FIRST.has(crs)).join(',')],
    ['WIDTH', String(dice.int(1, 64))],
    ['HEIGHT', String(dice.int(1, 64))],
    ['FORMAT', dice.pick(FORMATS)],
    ['TRANSPARENT', dice.pick(['TRUE', 'FALSE', 'true', '0'])],
    ['BGCOLOR', `0x${dice.int(0, 0xffffff).toString(16).padStart(6, '0')}`],
    ...(dice.chance(0.2) ? [['DPI', String(dice.int(20, 400))] as Pair] : []),
  ];
}

const NORTH_FIRST: ReadonlySet<string> = new Set(['EPSG:4326', 'EPSG:4258', 'EPSG:3035']);

function windowIn(
  dice: Dice,
  [minX, minY, maxX, maxY]: readonly [number, number, number, number],
  northFirst: boolean,
): number[] {
  const share = 10 ** -dice.int(0, 4);
  const [width, height] = [(maxX - minX) * share, (maxY - minY) * share];
  const x = minX + dice.next() * (maxX - minX - width);
  const y = minY + dice.next() * (maxY - minY - height);
  return northFirst ? [y, x, y + height, x + width] : [x, y, x + width, y + height];
}

const BASES: ReadonlyArray<(dice: Dice) => Pair[]> = [
  drawableMap,
  drawableMap,
  (dice) => [
    ...drawableMap(dice).map(
      ([name, value]): Pair => (name === 'REQUEST' ? [name, 'GetFeatureInfo'] : [name, value]),
    ),
    ['QUERY_LAYERS', 'countries'],
    ['INFO_FORMAT', dice.pick(['text/plain', 'application/json', 'text/html', 'application/vnd.ogc.gml'])],
    ['X', '1'],
    ['Y', '1'],
    ['I', '1'],
    ['J', '1'],
    ['FEATURE_COUNT', '3'],
  ],
  (dice) => [
    ['SERVICE', dice.pick(['WMS', 'WMTS'])],
    ['VERSION', dice.pick(['1.0.0', '1.1.0', '1.1.1', '1.3.0', '2.0.0'])],
    ['REQUEST', 'GetCapabilities'],
    ['UPDATESEQUENCE', '0'],
    ['SECTIONS', 'Contents'],
  ],
  () => [
    ['SERVICE', 'WMS'],
    ['VERSION', '1.3.0'],
    ['REQUEST', 'GetLegendGraphic'],
    ['LAYER', 'countries'],
    ['FORMAT', 'image/png'],
    ['WIDTH', '40'],
    ['HEIGHT', '40'],
  ],
  (dice) => [
    ['SERVICE', 'WMTS'],
    ['VERSION', '1.0.0'],
    ['REQUEST', dice.pick(['GetTile', 'GetFeatureInfo'])],
    ['LAYER', 'countries'],
    ['STYLE', 'default'],
    ['FORMAT', 'image/png'],
    ['TILEMATRIXSET', 'WebMercatorQuad'],
    ['TILEMATRIX', '2'],
    ['TILEROW', '1'],
    ['TILECOL', '1'],
    ['I', '3'],
    ['J', '3'],
    ['INFOFORMAT', 'text/plain'],
  ],
];

/** What is done to a good request so that something is wrong with it. */
const MUTATIONS: ReadonlyArray<(dice: Dice, pairs: Pair[]) => Pair[]> = [
  (dice, pairs) => replaceOne(dice, pairs, nasty(dice)),
  (dice, pairs) => replaceOne(dice, pairs, nasty(dice)),
  (dice, pairs) => pairs.toSpliced(dice.int(0, pairs.length - 1), 1),
  (dice, pairs) => [...pairs, [dice.pick(pairs)[0].toLowerCase(), nasty(dice)]],
  (dice, pairs) => [[dice.pick(pairs)[0].toLowerCase(), nasty(dice)], ...pairs],
  (dice, pairs) => set(pairs, 'BBOX', oddBBox(dice)),
  (dice, pairs) =>
    set(pairs, dice.pick(['WIDTH', 'HEIGHT']), dice.pick(['0', '-5', '1e9', '99999', '6145', '2.5'])),
  (dice, pairs) => set(set(pairs, 'CRS', ''), 'SRS', dice.pick(ODD_SYSTEMS)),
  (dice, pairs) => set(set(pairs, 'SRS', ''), 'CRS', dice.pick(ODD_SYSTEMS)),
  (dice, pairs) => set(pairs, 'FORMAT', dice.pick(ODD_FORMATS)),
  (dice, pairs) => set(pairs, 'LAYERS', dice.pick(['nix', 'countries,nix', 'a,'.repeat(300), nasty(dice)])),
  (dice, pairs) => set(pairs, 'STYLES', dice.pick(['nix', 'default,default,default,default,x', nasty(dice)])),
  (dice, pairs) =>
    set(pairs, 'MAP', dice.pick(['../../etc/passwd', '/etc/passwd', 'nix', 'world\0', nasty(dice)])),
  (dice, pairs) =>
    set(pairs, 'SLD', dice.pick(['http://127.0.0.1:9/a.sld', 'file:///etc/passwd', nasty(dice)])),
  (dice, pairs) => set(pairs, 'SLD_BODY', dice.pick(['<a/>', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])),
  (dice, pairs) =>
    set(
      pairs,
      'EXCEPTIONS',
      dice.pick(['INIMAGE', 'BLANK', 'XML', 'application/vnd.ogc.se_inimage', 'JSON', nasty(dice)]),
    ),
  (dice, pairs) => [...pairs, ...Array.from({ length: dice.pick([5, 500]) }, (_, i): Pair => [`p${i}`, ''])],
  (dice, pairs) => set(pairs, nasty(dice).slice(0, 300), nasty(dice)),
  (dice, pairs) => set(pairs, dice.pick(['TILEMATRIX', 'TILEROW', 'TILECOL']), nasty(dice)),
  (dice, pairs) =>
    set(pairs, dice.pick(['I', 'J', 'X', 'Y', 'FEATURE_COUNT', 'DPI', 'MAP_RESOLUTION']), nasty(dice)),
];

function replaceOne(dice: Dice, pairs: Pair[], value: string): Pair[] {
  const [name] = dice.pick(pairs);
  return set(pairs, name, value);
}

function set(pairs: Pair[], name: string, value: string): Pair[] {
  return [...pairs.filter(([other]) => other !== name), [name, value]];
}

/** A map request with something wrong in it, mostly. */
export function brokenPairs(dice: Dice): Pair[] {
  let pairs = dice.pick(BASES)(dice);
  for (let i = dice.int(1, 3); i > 0 && pairs.length > 0; i -= 1) pairs = dice.pick(MUTATIONS)(dice, pairs);
  return dice.chance(0.2) ? pairs.map(([name, value]) => [anyCase(dice, name), value]) : pairs;
}

function anyCase(dice: Dice, name: string): string {
  return [...name].map((letter) => (dice.chance(0.5) ? letter.toLowerCase() : letter)).join('');
}

export function queryOf(pairs: readonly Pair[]): string {
  return pairs.map(([name, value]) => `${part(name)}=${part(value)}`).join('&');
}

function part(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** Paths beside the key-value services: tiles, WMTS resources, the page, the interface of the machine. */
export function oddPath(dice: Dice): string {
  const number = () => dice.pick(['0', '1', '2', '-1', '1e9', '25', '99999999999', 'NaN', '1.5', '%00', '']);
  return dice.pick([
    () =>
      `/tiles/world/${number()}/${number()}/${number()}.${dice.pick(['png', 'webp', 'gif', '', 'png%0d'])}`,
    () => `/tiles/${encodeURIComponent(nasty(dice).toWellFormed())}/0/0/0.png`,
    () => `/tiles/${'../'.repeat(dice.int(1, 9))}etc/passwd`,
    () => `/tiles/world/0/0/0${dice.pick(['@2x', '@9x', '@1e9x'])}.png`,
    () =>
      `/wmts/world/1.0.0/countries/default/${dice.pick(['WebMercatorQuad', 'nix'])}/${number()}/${number()}/${number()}.png`,
    () => `/wmts/world/1.0.0/${encodeURIComponent(nasty(dice).toWellFormed())}`,
    () => `/wms/${encodeURIComponent(nasty(dice).toWellFormed())}?SERVICE=WMS&REQUEST=GetCapabilities`,
    () => `/${dice.pick(['%2e%2e/', '..%5c', '.%00./', 'assets/../../', '//evil.example/'])}etc/passwd`,
    () =>
      `/${dice.pick(['api/status', 'api/peers', 'api/projects', 'healthz', 'readyz', 'index.html', 'x'])}`,
    () => `/${dice.mangle('tiles/world/2/1/1.png?x=1', dice.int(1, 6))}`,
  ])();
}
