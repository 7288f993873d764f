import test from 'ava';
import { GismeshError } from '../../src/core/errors.ts';
import { decodeImage } from './helpers/decode-image.ts';
import { mapQuery, openDoor } from './helpers/door.ts';

const wrongLayer = { LAYERS: 'nosuch' };

test('an exception in XML, in the words of its version', async (t) => {
  const { url } = await openDoor(t);
  const of130 = await fetch(`${url}/wms?${mapQuery(wrongLayer)}`);
  t.is(of130.headers.get('content-type'), 'text/xml; charset=utf-8');
  t.is(of130.headers.get('cache-control'), 'no-store');
  t.is(of130.headers.get('x-gismesh-error'), 'LayerNotDefined');
  t.regex(await of130.text(), /<ServiceExceptionReport version="1\.3\.0"[\s\S]*code="LayerNotDefined"/);
  const query = mapQuery({ ...wrongLayer, VERSION: '1.1.1', CRS: undefined, SRS: 'EPSG:3857' });
  const of111 = await fetch(`${url}/wms?${query}`);
  t.is(of111.headers.get('content-type'), 'application/vnd.ogc.se_xml; charset=utf-8');
  t.regex(await of111.text(), /<ServiceExceptionReport version="1\.1\.1"/);
});

const STYLES = [
  ['1.3.0', 'INIMAGE', 'image/png'],
  ['1.3.0', 'INIMAGE', 'image/jpeg'],
  ['1.3.0', 'INIMAGE', 'image/webp'],
  ['1.3.0', 'BLANK', 'image/png'],
  ['1.1.1', 'application/vnd.ogc.se_inimage', 'image/png; mode=8bit'],
  ['1.1.1', 'application/vnd.ogc.se_blank', 'image/jpeg'],
] as const;

for (const [version, exceptions, format] of STYLES) {
  test(`${version}, ${exceptions}: ${format} of the size asked for`, async (t) => {
    const { url } = await openDoor(t);
    const query = mapQuery({
      ...wrongLayer,
      VERSION: version,
      SRS: 'EPSG:3857',
      EXCEPTIONS: exceptions,
      FORMAT: format,
      WIDTH: '200',
      HEIGHT: '100',
      BGCOLOR: '0x102030',
    });
    const response = await fetch(`${url}/wms?${query}`);
    t.is(response.status, 200);
    t.is(response.headers.get('content-type'), format);
    t.is(response.headers.get('cache-control'), 'no-store');
    t.is(response.headers.get('x-gismesh-error'), 'LayerNotDefined');
    t.is(response.headers.get('etag'), null);
    const { width, height, data } = decodeImage(new Uint8Array(await response.arrayBuffer()));
    t.deepEqual([width, height], [200, 100]);
    const corner = data.subarray(0, 4);
    const written = [...data].some((value, index) => Math.abs(value - corner[index % 4]!) > 100);
    t.is(written, /inimage/i.test(exceptions));
  });
}

test('errors of the drawing itself are told in the image too', async (t) => {
  const { url, node } = await openDoor(t);
  node.maps.draw = () => Promise.reject(new GismeshError('BUSY', 'Everybody is busy'));
  const response = await fetch(`${url}/wms?${mapQuery({ EXCEPTIONS: 'INIMAGE' })}`);
  t.is(response.headers.get('content-type'), 'image/png');
  t.is(response.headers.get('x-gismesh-error'), 'BUSY');
  t.is(response.headers.get('retry-after'), '1');
});

test('pictures beyond the limit are told in XML', async (t) => {
  const { url } = await openDoor(t, { options: { maxErrorImagePixels: 1000 } });
  const response = await fetch(`${url}/wms?${mapQuery({ ...wrongLayer, EXCEPTIONS: 'INIMAGE' })}`);
  t.is(response.status, 400);
  t.regex(await response.text(), /LayerNotDefined/);
});
