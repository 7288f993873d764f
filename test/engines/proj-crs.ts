import { join } from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { locateMapnik } from '../../src/engines/mapnik/load.ts';
import { srsOf } from '../../src/engines/mapnik/messages.ts';
import { ProjCrsCatalogue } from '../../src/engines/proj-crs.ts';
import { codeOf, testCrs } from './helpers/engines.ts';
import { testMapnik } from './helpers/pictures.ts';

const crs = testCrs();

test('takes every spelling of a code', (t) => {
  const spellings: Record<string, readonly string[]> = {
    'EPSG:4326': [
      'EPSG:4326',
      'epsg:4326',
      'EPSG:04326',
      'urn:ogc:def:crs:EPSG::4326',
      'urn:ogc:def:crs:EPSG:6.9:4326',
      'urn:x-ogc:def:crs:EPSG:4326'.replace('EPSG:', 'EPSG::'),
      'URN:OGC:DEF:CRS:EPSG::4326',
      'http://www.opengis.net/def/crs/EPSG/0/4326',
      'https://www.opengis.net/def/crs/epsg/9.8/4326',
      'http://www.opengis.net/gml/srs/epsg.xml#4326',
    ],
    'CRS:84': [
      'CRS:84',
      'crs:84',
      'OGC:CRS84',
      'OGC:84',
      'urn:ogc:def:crs:OGC:1.3:CRS84',
      'urn:ogc:def:crs:OGC::CRS84',
      'http://www.opengis.net/def/crs/OGC/1.3/CRS84',
    ],
    'EPSG:3857': ['EPSG:3857', 'EPSG:900913', 'EPSG:3785', 'EPSG:102100', 'epsg:102113', 'ESRI:102100'],
    'CRS:83': ['CRS:83', 'urn:ogc:def:crs:OGC:1.3:CRS83'],
    'CRS:27': ['crs:27', 'OGC:CRS27'],
    'ESRI:54009': ['ESRI:54009', 'esri:54009', 'urn:ogc:def:crs:ESRI::54009'],
    'IGNF:LAMB93': ['IGNF:LAMB93', 'ignf:lamb93', 'http://www.opengis.net/def/crs/IGNF/0/LAMB93'],
  };
  for (const [code, texts] of Object.entries(spellings)) {
    for (const text of texts) t.is(crs.lookup(text)?.code, code, text);
  }
});

test('tells the order of the axes as the definitions have it', (t) => {
  const yx = ['EPSG:4326', 'EPSG:4258', 'EPSG:3035', 'EPSG:31467', 'EPSG:2180', 'EPSG:32661'];
  const xy = ['EPSG:3857', 'EPSG:25832', 'EPSG:32633', 'EPSG:3031', 'EPSG:3995', 'EPSG:5514', 'CRS:84'];
  xy.push('CRS:83', 'CRS:27', 'ESRI:54009', 'ESRI:102001', 'IGNF:LAMB93');
  for (const code of yx) t.is(crs.lookup(code)?.axisOrder, 'yx', code);
  for (const code of xy) t.is(crs.lookup(code)?.axisOrder, 'xy', code);
});

test('tells the size of a unit in metres', (t) => {
  const metres = (code: string) => crs.lookup(code)?.metresPerUnit ?? Number.NaN;
  t.is(metres('EPSG:25832'), 1);
  t.true(Math.abs(metres('EPSG:4326') - 111_319.490793) < 1e-3);
  t.true(Math.abs(metres('EPSG:2225') - 1200 / 3937) < 1e-12);
  t.is(metres('ESRI:54009'), 1);
  t.true(Math.abs(metres('ESRI:102718') - 1200 / 3937) < 1e-12);
  t.true(Math.abs(metres('EPSG:4807') - 111_319.490793 * 0.9) < 1e-3);
});

test('tells the name and the area of use; the whole circle across the antimeridian', (t) => {
  t.is(crs.lookup('EPSG:25832')?.name, 'ETRS89 / UTM zone 32N');
  t.deepEqual(crs.lookup('EPSG:3857')?.areaOfUse, [-180, -85.06, 180, 85.06]);
  const [west, , east] = crs.lookup('EPSG:2193')!.areaOfUse;
  t.deepEqual([west, east], [166.37, 178.63]);
  t.deepEqual(
    crs.lookup('EPSG:3832')?.areaOfUse.filter((_, side) => side % 2 === 0),
    [-180, 180],
  );
});

test('leaves out what is not flat, counts west or south, or does not exist', (t) => {
  for (const code of ['EPSG:4979', 'EPSG:4978', 'EPSG:5773', 'EPSG:7405', 'EPSG:2046', 'EPSG:1', 'CRS:1']) {
    t.is(crs.lookup(code), undefined, code);
  }
});

test('survives anything, and knows nothing of it', (t) => {
  const noise = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 30 }).map((text) => `EPSG:${text}`),
    fc.string({ maxLength: 30 }).map((text) => `IGNF:${text}`),
    fc.string({ maxLength: 30 }).map((text) => `urn:ogc:def:crs:EPSG:${text}:4326`),
  );
  fc.assert(
    fc.property(noise, (text) => {
      const found = crs.lookup(text);
      return found === undefined || /^((EPSG|ESRI):\d+|CRS:\d\d|IGNF:\w+)$/.test(found.code);
    }),
  );
  t.is(crs.lookup(`EPSG:${'9'.repeat(1e6)}`), undefined);
  t.is(crs.lookup("EPSG:4326' OR '1'='1"), undefined);
});

test('what it finds can be drawn, with the axes where it says', (t) => {
  const mapnik = testMapnik();
  for (const code of [
    'EPSG:3035',
    'EPSG:2180',
    'EPSG:32661',
    'EPSG:3031',
    'EPSG:5514',
    'EPSG:2225',
    'EPSG:4807',
    'CRS:83',
    'CRS:27',
    'ESRI:54009',
    'ESRI:54030',
    'ESRI:102001',
    'ESRI:37001',
    'IGNF:LAMB93',
  ]) {
    const { areaOfUse } = crs.lookup(code)!;
    const middle = [(areaOfUse[0] + areaOfUse[2]) / 2, (areaOfUse[1] + areaOfUse[3]) / 2] as const;
    const projection = new mapnik.Projection(srsOf(code));
    const transform = new mapnik.ProjTransform(new mapnik.Projection('OGC:CRS84'), projection);
    t.true(transform.forward(middle).every(Number.isFinite), code);
  }
});

test('says what to do when the database is missing', async (t) => {
  const open = async () => new ProjCrsCatalogue(join(locateMapnik().share, 'nowhere'));
  t.is(await codeOf(open()), 'ENGINE_UNAVAILABLE');
});

test('can be closed', (t) => {
  const own = new ProjCrsCatalogue(join(locateMapnik().share, 'proj'));
  own.close();
  t.throws(() => own.lookup('EPSG:25833'));
});
