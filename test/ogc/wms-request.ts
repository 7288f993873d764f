import test from 'ava';
import fc from 'fast-check';
import { OgcException, writeException } from '../../src/ogc/exceptions.ts';
import type { ImageEncoding } from '../../src/ogc/map-request.ts';
import { Parameters } from '../../src/ogc/parameters.ts';
import { readWmsRequest } from '../../src/ogc/wms-request.ts';
import type { WmsVersion } from '../../src/ogc/wms-version.ts';
import {
  type Changes,
  exceptionOf,
  getFeatureInfo130,
  getMap111,
  getMap130,
  viewOf,
  wms,
} from './helpers/read.ts';
import { context, lakes } from './helpers/service.ts';

test('a GetMap becomes a view in nobody’s dialect', (t) => {
  t.deepEqual(viewOf(getMap130({ STYLES: 'night,', TRANSPARENT: 'TRUE', FORMAT: 'image/webp' })), {
    project: 'blue-lake',
    layers: ['Lakes', 'Road Segments'],
    styles: ['night', ''],
    crs: 'CRS:84',
    bbox: [-0.0042, -0.0024, 0.0042, 0.0024],
    width: 400,
    height: 200,
    encoding: 'webp',
    transparent: true,
    background: lakes.background,
    dpi: 25.4 / 0.28,
  });
});

test('names of parameters and of requests are read in any case', (t) => {
  const mixed = getMap130()
    .replace('REQUEST=GetMap', 'ReQuEsT=gEtMaP')
    .replace('LAYERS', 'LaYeRs')
    .replace('VERSION', 'version')
    .replace('BBOX', 'bBoX');
  t.deepEqual(viewOf(mixed), viewOf(getMap130()));
});

const AXES: [version: string, crs: string, bbox: string][] = [
  ['1.3.0', 'EPSG:4326', '10,20,30,40'],
  ['1.3.0', 'urn:ogc:def:crs:EPSG::4326', '10,20,30,40'],
  ['1.3.0', 'CRS:84', '20,10,40,30'],
  ['1.3.0', 'EPSG:3857', '20,10,40,30'],
  ['1.3.0', 'EPSG:31467', '10,20,30,40'],
  ['1.1.1', 'EPSG:4326', '20,10,40,30'],
  ['1.1.1', 'EPSG:31467', '20,10,40,30'],
  ['1.1.1', 'CRS:84', '20,10,40,30'],
];

for (const [version, crs, bbox] of AXES) {
  test(`axis order: ${version} ${crs}`, (t) => {
    const name = version === '1.3.0' ? 'CRS' : 'SRS';
    const view = viewOf(getMap130({ VERSION: version, CRS: null, [name]: crs, BBOX: bbox }));
    t.deepEqual(view.bbox, [20, 10, 40, 30]);
    t.regex(view.crs, /^(EPSG|CRS):\d+$/);
  });
}

const SAME_AS_PLAIN: [name: string, changes: Changes][] = [
  ['exponents, signs and points in BBOX', { BBOX: '-42E-4,-.24e-2,+0.0042,00.24E-02' }],
  ['a plus of BBOX that arrived as a space', { BBOX: '-0.0042,-0.0024,.000042E 2, 0.0024' }],
  ['GetMap without SERVICE', { SERVICE: null }],
  ['STYLES of commas only', { STYLES: ',' }],
  ['STYLES with more commas than layers', { STYLES: ',,,' }],
  ['the default style by its name', { STYLES: 'default,default' }],
  ['parameters nobody knows', { BOGUS: 'ignored', _dc: '1' }],
  ['SRS in place of CRS', { CRS: null, SRS: 'CRS:84' }],
  ['dimensions of layers that have none', { TIME: '2020-01-01', ELEVATION: '5', DIM_X: '1' }],
  ['an empty SLD', { SLD: '', SLD_BODY: '' }],
  ['EXCEPTIONS that nobody knows', { EXCEPTIONS: 'application/vnd.unheard-of' }],
  ['a version without its last number', { VERSION: '1.3' }],
  ['MAP with the id of the project', { MAP: 'blue-lake' }],
];

for (const [name, changes] of SAME_AS_PLAIN) {
  test(`makes no difference: ${name}`, (t) => {
    t.deepEqual(viewOf(getMap130(changes)), viewOf(getMap130()));
  });
}

const REFUSED: [code: string, locator: string | undefined, changes: Changes][] = [
  ['MissingParameterValue', 'REQUEST', { REQUEST: null }],
  ['OperationNotSupported', 'REQUEST', { REQUEST: 'GetStyles' }],
  ['OperationNotSupported', 'REQUEST', { REQUEST: 'DescribeLayer' }],
  ['OperationNotSupported', 'REQUEST', { REQUEST: 'constructor' }],
  ['InvalidParameterValue', 'SERVICE', { SERVICE: 'WFS' }],
  ['MissingParameterValue', 'VERSION', { VERSION: null }],
  ['InvalidParameterValue', 'VERSION', { VERSION: '1.2.0' }],
  ['InvalidParameterValue', 'VERSION', { VERSION: 'latest' }],
  ['MissingParameterValue', 'LAYERS', { LAYERS: null }],
  ['MissingParameterValue', 'LAYERS', { LAYERS: '' }],
  ['LayerNotDefined', 'LAYERS', { LAYERS: 'Lakes,Nowhere' }],
  ['LayerNotDefined', 'LAYERS', { LAYERS: 'Nowhere,Lakes' }],
  ['LayerNotDefined', 'LAYERS', { LAYERS: 'lakes' }],
  ['LayerNotDefined', 'LAYERS', { LAYERS: '__proto__' }],
  ['InvalidParameterValue', 'LAYERS', { LAYERS: Array(201).fill('Lakes').join(',') }],
  ['MissingParameterValue', 'STYLES', { STYLES: null }],
  ['StyleNotDefined', 'STYLES', { STYLES: 'nonesuch,' }],
  ['StyleNotDefined', 'STYLES', { STYLES: ',nonesuch' }],
  ['StyleNotDefined', 'STYLES', { STYLES: 'night' }],
  ['StyleNotDefined', 'STYLES', { STYLES: 'night,,night' }],
  ['StyleNotDefined', 'STYLES', { LAYERS: 'blue-lake', STYLES: 'night' }],
  ['MissingParameterValue', 'CRS', { CRS: null }],
  ['InvalidCRS', 'CRS', { CRS: 'UndefinedCRS' }],
  ['InvalidCRS', 'CRS', { CRS: 'AUTO2:42001,1,0,0' }],
  ['InvalidCRS', 'CRS', { CRS: 'x'.repeat(1000) }],
  ['MissingParameterValue', 'BBOX', { BBOX: null }],
  ['InvalidBBOX', 'BBOX', { BBOX: '1,2,3' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '1,2,3,4,5' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '1,2,3,four' }],
  ['InvalidBBOX', 'BBOX', { BBOX: 'NaN,NaN,NaN,NaN' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '-Infinity,0,Infinity,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,0,1e-9,80' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,0,80,1e-200' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,-1.8e-274,1e149,0' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,0,1e999,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '-1e308,0,1e308,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0x10,0,0x20,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '10,0,-10,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,10,1,-10' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '1,0,1,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: '0,1,1,1' }],
  ['InvalidBBOX', 'BBOX', { BBOX: ',,,' }],
  ['MissingParameterValue', 'WIDTH', { WIDTH: null }],
  ['MissingParameterValue', 'HEIGHT', { HEIGHT: null }],
  ['InvalidParameterValue', 'WIDTH', { WIDTH: '0' }],
  ['InvalidParameterValue', 'WIDTH', { WIDTH: '-1' }],
  ['InvalidParameterValue', 'WIDTH', { WIDTH: '1e9' }],
  ['InvalidParameterValue', 'WIDTH', { WIDTH: '1000000000' }],
  ['InvalidParameterValue', 'HEIGHT', { HEIGHT: '6145' }],
  ['InvalidParameterValue', 'HEIGHT', { HEIGHT: '20.5' }],
  ['MissingParameterValue', 'FORMAT', { FORMAT: null }],
  ['InvalidFormat', 'FORMAT', { FORMAT: 'image/tiff' }],
  ['InvalidFormat', 'FORMAT', { FORMAT: 'toString' }],
  ['InvalidParameterValue', 'TRANSPARENT', { TRANSPARENT: 'perhaps' }],
  ['InvalidParameterValue', 'BGCOLOR', { BGCOLOR: 'red' }],
  ['InvalidParameterValue', 'BGCOLOR', { BGCOLOR: '0xFF' }],
  ['InvalidParameterValue', 'DPI', { DPI: '0' }],
  ['InvalidParameterValue', 'DPI', { DPI: 'NaN' }],
  ['InvalidParameterValue', 'MAP_RESOLUTION', { MAP_RESOLUTION: '1e9' }],
  ['InvalidParameterValue', 'SLD', { SLD: 'http://example.org/style.sld' }],
  ['InvalidParameterValue', 'SLD', { SLD: 'file:///etc/passwd', STYLES: null }],
  ['InvalidParameterValue', 'SLD_BODY', { SLD_BODY: '<StyledLayerDescriptor/>' }],
  ['InvalidParameterValue', 'MAP', { MAP: '../../etc/passwd' }],
  ['InvalidParameterValue', 'MAP', { MAP: '/data/project.qgs' }],
  ['InvalidParameterValue', 'MAP', { MAP: 'elsewhere' }],
];

for (const [code, locator, changes] of REFUSED) {
  test(`refused: ${JSON.stringify(changes).slice(0, 80)}`, (t) => {
    const error = exceptionOf(() => wms(getMap130(changes)));
    t.is(error.code, code);
    t.is(error.locator, locator);
    t.is(error.httpStatus, 400);
    t.is(error.reporting.dialect, changes.VERSION === '1.2.0' ? 'wms-1.1.1' : 'wms-1.3.0');
  });
}

test('1.1.1 calls an unknown reference system InvalidSRS', (t) => {
  const error = exceptionOf(() => wms(getMap111({ SRS: 'EPSG:0' })));
  t.is(error.code, 'InvalidSRS');
  t.is(error.reporting.dialect, 'wms-1.1.1');
});

test('1.1.1 is read without STYLES, with a warning', (t) => {
  const request = wms(getMap111({ STYLES: null }));
  t.is(request.warnings.length, 1);
});

test('requests of WMS 1.0.0 are read like 1.1.1', (t) => {
  const old = getMap111({ VERSION: null, WMTVER: '1.0.0', REQUEST: 'map', FORMAT: 'PNG' });
  t.deepEqual(viewOf(old), viewOf(getMap111()));
  t.is(wms('REQUEST=capabilities&WMTVER=1.0.0').kind, 'GetCapabilities');
});

test('the project’s own name stands for all its layers, also among others', (t) => {
  t.deepEqual(viewOf(getMap130({ LAYERS: 'blue-lake' })).layers, []);
  const mixed = viewOf(getMap130({ LAYERS: 'Lakes,blue-lake' }));
  t.deepEqual(mixed.layers, ['Lakes', 'Lakes', 'Road Segments', 'Terrain']);
  t.is(mixed.styles.length, mixed.layers.length);
});

const COLOURS: [text: string, colour: string][] = [
  ['0xFF0000', '#ff0000'],
  ['0Xff0000', '#ff0000'],
  ['#FF8000', '#ff8000'],
  ['00ff7f', '#00ff7f'],
];

for (const [text, colour] of COLOURS) {
  test(`BGCOLOR=${text}`, (t) => {
    t.is(viewOf(getMap130({ BGCOLOR: text })).background, colour);
  });
}

test('what lies behind a transparent map makes no difference', (t) => {
  const transparent = viewOf(getMap130({ TRANSPARENT: 'true', BGCOLOR: '0xFF0000' }));
  t.deepEqual(transparent, viewOf(getMap130({ TRANSPARENT: 'TRUE' })));
});

test('JPEG is never transparent', (t) => {
  const view = viewOf(getMap130({ TRANSPARENT: 'TRUE', FORMAT: 'image/jpeg', BGCOLOR: '0x112233' }));
  t.false(view.transparent);
  t.is(view.background, '#112233');
});

const FORMATS: [text: string, encoding: ImageEncoding][] = [
  ['image/png', 'png'],
  ['image/png; mode=8bit', 'png8'],
  ['image/png;mode=8bit', 'png8'],
  ['image/png8', 'png8'],
  ['IMAGE/JPEG', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/webp', 'webp'],
];

for (const [text, encoding] of FORMATS) {
  test(`FORMAT=${text}`, (t) => {
    t.is(viewOf(getMap130({ FORMAT: text })).encoding, encoding);
  });
}

const RESOLUTIONS: [changes: Changes, dpi: number][] = [
  [{ DPI: 96 }, 96],
  [{ MAP_RESOLUTION: 180 }, 180],
  [{ FORMAT_OPTIONS: 'dpi:300' }, 300],
  [{ FORMAT_OPTIONS: 'antialias:off; DPI: 200;layout:x' }, 200],
  [{ DPI: 96, MAP_RESOLUTION: 96, FORMAT_OPTIONS: 'dpi:96' }, 96],
  [{ DPI: 120, MAP_RESOLUTION: 96, FORMAT_OPTIONS: 'dpi:72' }, 120],
  [{ FORMAT_OPTIONS: 'xdpi:300' }, 25.4 / 0.28],
];

for (const [changes, dpi] of RESOLUTIONS) {
  test(`resolution: ${JSON.stringify(changes)}`, (t) => {
    t.is(viewOf(getMap130(changes)).dpi, dpi);
  });
}

test('the path names the project; MAP may only agree', (t) => {
  t.is(wms(getMap130(), 'blue-lake').project, lakes);
  t.is(wms(getMap130({ MAP: 'blue-lake' }), 'blue-lake').project, lakes);
  t.is(exceptionOf(() => wms(getMap130({ MAP: 'other' }), 'blue-lake')).locator, 'MAP');
  t.is(exceptionOf(() => wms(getMap130(), 'nowhere')).httpStatus, 404);
  t.is(exceptionOf(() => wms(getMap130(), '..')).httpStatus, 404);
  const empty = { ...context, project: () => undefined };
  t.is(
    exceptionOf(() => readWmsRequest(new Parameters([['REQUEST', 'GetMap']]), undefined, empty)).httpStatus,
    503,
  );
});

const NEGOTIATIONS: [query: string, version: WmsVersion][] = [
  ['', '1.3.0'],
  ['&VERSION=', '1.3.0'],
  ['&VERSION=1.3.0', '1.3.0'],
  ['&VERSION=1.1.1', '1.1.1'],
  ['&VERSION=1.1.0', '1.1.1'],
  ['&VERSION=1.0.0', '1.1.1'],
  ['&VERSION=0.0.0', '1.1.1'],
  ['&VERSION=1.2.0', '1.1.1'],
  ['&VERSION=1.3.1', '1.3.0'],
  ['&VERSION=1.10.0', '1.3.0'],
  ['&VERSION=100.0.0', '1.3.0'],
  ['&WMTVER=1.1.1', '1.1.1'],
  ['&WMTVER=0.0.0&VERSION=1.3.0', '1.3.0'],
  ['&VERSION=1.1.1&WMTVER=100.0.0', '1.1.1'],
];

for (const [query, version] of NEGOTIATIONS) {
  test(`version negotiation: ${query}`, (t) => {
    t.is(wms(`SERVICE=WMS&REQUEST=GetCapabilities${query}`).version, version);
  });
}

const SEQUENCES: [value: string, code: string | undefined][] = [
  [lakes.hash, 'CurrentUpdateSequence'],
  ['0', undefined],
  ['zzz', 'InvalidUpdateSequence'],
  ['ff'.repeat(32), undefined],
  ['', undefined],
];

for (const [value, code] of SEQUENCES) {
  test(`UPDATESEQUENCE=${value.slice(0, 8)}`, (t) => {
    const read = () => wms(`SERVICE=WMS&REQUEST=GetCapabilities&UPDATESEQUENCE=${value}`);
    if (code) t.is(exceptionOf(read).code, code);
    else t.is(read().kind, 'GetCapabilities');
  });
}

test('GetLegendGraphic', (t) => {
  const request = wms('REQUEST=GetLegendGraphic&LAYER=Lakes&STYLE=night&WIDTH=20&TRANSPARENT=TRUE&DPI=180');
  t.like(request, {
    kind: 'GetLegendGraphic',
    version: '1.3.0',
    query: {
      project: 'blue-lake',
      layer: 'Lakes',
      style: 'night',
      encoding: 'png',
      transparent: true,
      width: 20,
      height: 0,
      dpi: 180,
    },
  });
});

const REFUSED_LEGENDS: [query: string, code: string][] = [
  ['', 'MissingParameterValue'],
  ['&LAYER=Nowhere', 'LayerNotDefined'],
  ['&LAYER=blue-lake', 'LayerNotDefined'],
  ['&LAYER=Lakes&STYLE=nonesuch', 'StyleNotDefined'],
  ['&LAYER=Lakes&FORMAT=image/gif', 'InvalidFormat'],
  ['&LAYER=Lakes&WIDTH=1e9', 'InvalidParameterValue'],
  ['&LAYER=Lakes&SLD=http://example.org', 'InvalidParameterValue'],
];

for (const [query, code] of REFUSED_LEGENDS) {
  test(`refused legend: ${query}`, (t) => {
    t.is(exceptionOf(() => wms(`REQUEST=GetLegendGraphic${query}`)).code, code);
  });
}

const NAMES = [
  ...new Set([...new URLSearchParams(getFeatureInfo130()).keys()]),
  'SRS',
  'X',
  'Y',
  'MAP',
  'EXCEPTIONS',
  'BGCOLOR',
  'TRANSPARENT',
  'DPI',
  'FORMAT_OPTIONS',
  'FEATURE_COUNT',
  'UPDATESEQUENCE',
  'WMTVER',
  'LAYER',
  'STYLE',
  '__proto__',
];
const GOOD_VALUES = [
  ...new URLSearchParams(getFeatureInfo130()).values(),
  'GetMap',
  'GetLegendGraphic',
  '1.1.1',
];

test('whatever the parameters, there is a request or an OGC exception that can be written', (t) => {
  const value = fc.oneof(
    fc.constantFrom(...GOOD_VALUES),
    fc.string({ unit: 'binary' }),
    fc.string(),
    fc.double().map(String),
    fc.constantFrom('INIMAGE', 'BLANK', '1e9', '-1', '%00', '../..', 'null', '[object Object]'),
  );
  const good = new Map(new URLSearchParams(getFeatureInfo130()));
  const request = fc.array(fc.tuple(fc.constantFrom(...NAMES), value), { maxLength: 12 });
  fc.assert(
    fc.property(request, fc.boolean(), (changes, fromGood) => {
      const pairs = [...(fromGood ? new Map([...good, ...changes]) : changes)] as [string, string][];
      try {
        t.truthy(readWmsRequest(new Parameters(pairs), undefined, context).kind);
      } catch (error) {
        if (!(error instanceof OgcException)) throw error;
        t.true(error.message.length < 1000);
        t.regex(writeException(error).body, /<ServiceException /);
        const { style, width, height } = error.reporting;
        t.is(style === 'xml', width === 0 && height === 0);
      }
    }),
    { numRuns: 3000 },
  );
});
