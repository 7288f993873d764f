import test from 'ava';
import type { ExceptionReporting } from '../../src/ogc/exceptions.ts';
import type { ExceptionStyle } from '../../src/ogc/map-request.ts';
import { type Changes, exceptionOf, getMap130, wms } from './helpers/read.ts';

/** How a request for a layer that does not exist is told so. */
function told(changes: Changes): ExceptionReporting {
  return exceptionOf(() => wms(getMap130({ LAYERS: 'Nowhere', ...changes }))).reporting;
}

const STYLES: [text: string | null, style: ExceptionStyle][] = [
  [null, 'xml'],
  ['', 'xml'],
  ['XML', 'xml'],
  ['application/vnd.ogc.se_xml', 'xml'],
  ['INIMAGE', 'inimage'],
  ['inimage', 'inimage'],
  ['application/vnd.ogc.se_inimage', 'inimage'],
  ['BLANK', 'blank'],
  ['application/vnd.ogc.se_blank', 'blank'],
  ['Application/Vnd.OGC.se_Blank', 'blank'],
  ['JSON', 'xml'],
];

for (const [text, style] of STYLES) {
  test(`EXCEPTIONS=${text}`, (t) => {
    t.is(told({ EXCEPTIONS: text }).style, style);
    t.is(told({ EXCEPTIONS: text, VERSION: '1.1.1' }).style, style);
  });
}

test('a picture of an exception has the format, size and ground of the map', (t) => {
  const changes = { EXCEPTIONS: 'BLANK', FORMAT: 'image/jpeg', BGCOLOR: '0xFF0000', WIDTH: 300, HEIGHT: 7 };
  t.deepEqual(told(changes), {
    dialect: 'wms-1.3.0',
    style: 'blank',
    encoding: 'jpeg',
    width: 300,
    height: 7,
    transparent: false,
    background: '#ff0000',
  });
  t.true(told({ EXCEPTIONS: 'BLANK', TRANSPARENT: 'TRUE' }).transparent);
  t.false(told({ ...changes, TRANSPARENT: 'TRUE' }).transparent);
});

test('a parameter that is bad itself does not hide the others', (t) => {
  t.is(told({ EXCEPTIONS: 'INIMAGE', BBOX: 'NaN' }).style, 'inimage');
  t.is(told({ EXCEPTIONS: 'INIMAGE', CRS: null, STYLES: null }).style, 'inimage');
  t.is(told({ EXCEPTIONS: 'INIMAGE', BGCOLOR: 'red' }).background, '#ffffff');
});

const UNDRAWABLE: Changes[] = [
  { FORMAT: 'image/tiff' },
  { FORMAT: null },
  { WIDTH: '1e9' },
  { WIDTH: '1000000000' },
  { HEIGHT: null },
  { HEIGHT: '-5' },
];

for (const changes of UNDRAWABLE) {
  test(`XML where no picture can be drawn: ${JSON.stringify(changes)}`, (t) => {
    t.like(told({ EXCEPTIONS: 'INIMAGE', ...changes }), { style: 'xml', width: 0, height: 0 });
  });
}

test('capabilities have no picture to put an exception in', (t) => {
  const query = getMap130({ REQUEST: 'GetCapabilities', EXCEPTIONS: 'INIMAGE', SERVICE: 'WFS' });
  t.is(exceptionOf(() => wms(query)).reporting.style, 'xml');
});
