import type { Dice } from './dice.ts';

/** Values that have broken map servers, or could. */
const NASTY: readonly string[] = [
  '',
  ' ',
  '0',
  '-0',
  '-1',
  '1e9',
  '1000000000',
  '1e308',
  '1e309',
  '-1e309',
  '5e-324',
  'NaN',
  'Infinity',
  '-Infinity',
  '0x10',
  '１２',
  '1.5',
  '99999999999999999999999',
  '2147483648',
  '4294967297',
  'null',
  'undefined',
  'true',
  '[object Object]',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '../../etc/passwd',
  '..%2f..%2fetc%2fpasswd',
  '/etc/passwd',
  'C:\\Windows\\win.ini',
  'file:///etc/passwd',
  'http://127.0.0.1:9/sld.xml',
  'http://169.254.169.254/latest/meta-data',
  '\\\\evil\\share',
  '<script>alert(1)</script>',
  '"><x y="',
  ']]>',
  '&lt;&amp;&#0;',
  "' OR '1'='1",
  '; cat /etc/passwd',
  '$(id)',
  '`id`',
  '{{7*7}}',
  '%s%n%x',
  '\u0000',
  '\u0007\u001b[2J',
  '\ud800',
  '\u202eevil',
  '日本🗺',
  'é'.normalize('NFD'),
  ',',
  ',,,,',
  ',1,2,3',
  'a'.repeat(129),
  'A'.repeat(8_000),
  ','.repeat(4_000),
  '9'.repeat(400),
];

export function nasty(dice: Dice): string {
  return dice.pick(NASTY);
}

export const FORMATS: readonly string[] = [
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/png; mode=8bit',
  'image/png8',
  'image/PNG',
];

export const ODD_FORMATS: readonly string[] = [
  'image/svg+xml',
  'image/tiff',
  'application/pdf',
  'text/html',
  'png',
  'image/',
  'image/png\r\nX-Injected: 1',
];

/** Systems of every kind with a window of each in its own units, x before y. */
export const SYSTEMS: ReadonlyArray<
  readonly [crs: string, window: readonly [number, number, number, number]]
> = [
  ['EPSG:3857', [-20_037_508, -20_037_508, 20_037_508, 20_037_508]],
  ['EPSG:4326', [-180, -90, 180, 90]],
  ['CRS:84', [-180, -90, 180, 90]],
  ['EPSG:4258', [-30, 30, 40, 72]],
  ['EPSG:32633', [100_000, 5_000_000, 900_000, 8_000_000]],
  ['EPSG:2056', [2_480_000, 1_070_000, 2_840_000, 1_300_000]],
  ['EPSG:3035', [2_500_000, 1_400_000, 7_400_000, 5_500_000]],
  ['EPSG:3413', [-4_000_000, -4_000_000, 4_000_000, 4_000_000]],
  ['EPSG:3031', [-4_000_000, -4_000_000, 4_000_000, 4_000_000]],
  ['EPSG:27700', [0, 0, 700_000, 1_300_000]],
];

export const ODD_SYSTEMS: readonly string[] = [
  'EPSG:0',
  'EPSG:-1',
  'EPSG:99999999',
  'EPSG:4979',
  'EPSG:5773',
  'EPSG:4978',
  'epsg:4326',
  'urn:ogc:def:crs:EPSG::4326',
  'http://www.opengis.net/def/crs/EPSG/0/3857',
  'AUTO2:42001,1,9,50',
  'CRS:1',
  'CRS:83',
  'EPSG:',
  '+proj=merc',
  'EPSG:4326,EPSG:3857',
];

/** BBOX as no map has it. */
export function oddBBox(dice: Dice): string {
  const numbers = Array.from({ length: dice.pick([0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 5, 64]) }, () =>
    dice.pick([
      () => String(dice.int(-180, 180)),
      () => String((dice.next() - 0.5) * 10 ** dice.int(-300, 300)),
      () => dice.pick(['NaN', '', ' ', 'Infinity', '-Infinity', '1e400', '0', '-0', '1,', '+5', '1e', '0x1']),
    ])(),
  );
  return numbers.join(dice.pick([',', ',', ',', ';', ' ', '%2C']));
}
