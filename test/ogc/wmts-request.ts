import test from 'ava';
import fc from 'fast-check';
import { OgcException } from '../../src/ogc/exceptions.ts';
import type { MapView } from '../../src/ogc/map-request.ts';
import { readWmtsPath } from '../../src/ogc/wmts-request.ts';
import { type Changes, exceptionOf, query, wmts } from './helpers/read.ts';
import { context, lakes, limits } from './helpers/service.ts';

const GET_TILE = {
  SERVICE: 'WMTS',
  VERSION: '1.0.0',
  REQUEST: 'GetTile',
  LAYER: 'Lakes',
  STYLE: 'default',
  FORMAT: 'image/png',
  TILEMATRIXSET: 'WebMercatorQuad',
  TILEMATRIX: '2',
  TILEROW: '1',
  TILECOL: '3',
};

function getTile(changes: Changes = {}): MapView {
  const request = wmts(query(GET_TILE, changes));
  if (request.kind !== 'GetTile') throw new Error(request.kind);
  return request.view;
}

test('a layer’s tile is transparent where its format can be', (t) => {
  const view = getTile();
  t.like(view, { layers: ['Lakes'], styles: [''], crs: 'EPSG:3857', width: 256, transparent: true });
  const quarter = 10018754.171394622;
  t.deepEqual(view.bbox, [quarter, 0, 2 * quarter, quarter]);
  t.false(getTile({ FORMAT: 'image/jpeg' }).transparent);
});

test('the whole project stands on its background', (t) => {
  t.like(getTile({ LAYER: 'blue-lake' }), {
    layers: [],
    styles: [],
    transparent: false,
    background: lakes.background,
  });
});

test('WorldCRS84Quad has two tiles at the top', (t) => {
  const east = { TILEMATRIXSET: 'WorldCRS84Quad', TILEMATRIX: 0, TILEROW: 0, TILECOL: 1 };
  t.like(getTile(east), { crs: 'CRS:84', bbox: [0, -90, 180, 90] });
});

test('styles', (t) => {
  t.deepEqual(getTile({ STYLE: 'night' }).styles, ['night']);
  t.deepEqual(getTile({ STYLE: '' }).styles, ['']);
});

const REFUSED: [code: string, locator: string, changes: Changes][] = [
  ['MissingParameterValue', 'SERVICE', { SERVICE: null }],
  ['InvalidParameterValue', 'SERVICE', { SERVICE: 'WMS' }],
  ['MissingParameterValue', 'REQUEST', { REQUEST: null }],
  ['OperationNotSupported', 'REQUEST', { REQUEST: 'GetMap' }],
  ['MissingParameterValue', 'VERSION', { VERSION: null }],
  ['InvalidParameterValue', 'VERSION', { VERSION: '2.0.0' }],
  ['MissingParameterValue', 'LAYER', { LAYER: null }],
  ['InvalidParameterValue', 'LAYER', { LAYER: 'Nowhere' }],
  ['MissingParameterValue', 'STYLE', { STYLE: null }],
  ['InvalidParameterValue', 'STYLE', { STYLE: 'nonesuch' }],
  ['InvalidParameterValue', 'STYLE', { LAYER: 'blue-lake', STYLE: 'night' }],
  ['MissingParameterValue', 'FORMAT', { FORMAT: null }],
  ['InvalidParameterValue', 'FORMAT', { FORMAT: 'image/tiff' }],
  ['InvalidParameterValue', 'TILEMATRIXSET', { TILEMATRIXSET: 'Elsewhere' }],
  ['InvalidParameterValue', 'TILEMATRIX', { TILEMATRIX: '25' }],
  ['InvalidParameterValue', 'TILEMATRIX', { TILEMATRIX: '-1' }],
  ['InvalidParameterValue', 'TILEMATRIX', { TILEMATRIX: 'two' }],
  ['InvalidParameterValue', 'TILEROW', { TILEROW: '1.5' }],
  ['TileOutOfRange', 'TILEROW', { TILEROW: '4' }],
  ['TileOutOfRange', 'TILECOL', { TILECOL: '-1' }],
  ['TileOutOfRange', 'TILECOL', { TILECOL: '999999999999999' }],
];

for (const [code, locator, changes] of REFUSED) {
  test(`refused: ${JSON.stringify(changes)}`, (t) => {
    const error = exceptionOf(() => getTile(changes));
    t.like(error, { code, locator, httpStatus: 400 });
    t.is(error.reporting.dialect, 'ows-1.1');
  });
}

test('GetFeatureInfo asks of a pixel of a tile', (t) => {
  const ask = (changes: Changes) =>
    wmts(
      query({ ...GET_TILE, REQUEST: 'GetFeatureInfo', I: '10', J: '20', INFOFORMAT: 'text/html' }, changes),
    );
  t.like(ask({}), {
    kind: 'GetFeatureInfo',
    infoFormat: 'text/html',
    query: { i: 10, j: 20, queryLayers: ['Lakes'], featureCount: limits.defaultTileFeatures },
  });
  t.like(ask({ LAYER: 'blue-lake' }), { query: { queryLayers: ['Lakes', 'Road Segments'] } });
  t.is(exceptionOf(() => ask({ I: '256' })).code, 'PointIJOutOfRange');
  t.is(exceptionOf(() => ask({ LAYER: 'Terrain' })).locator, 'LAYER');
  t.is(exceptionOf(() => ask({ INFOFORMAT: 'text/sgml' })).locator, 'INFOFORMAT');
});

const ALL = ['ServiceIdentification', 'ServiceProvider', 'OperationsMetadata', 'Contents', 'Themes'];

const CAPABILITIES: [query: string, sections: string[]][] = [
  ['', ALL],
  ['&SECTIONS=All', ALL],
  ['&SECTIONS=Contents', ['Contents']],
  ['&SECTIONS=Themes,Contents', ['Contents', 'Themes']],
  ['&ACCEPTVERSIONS=2.0.0,1.0.0', ALL],
  ['&ACCEPTFORMATS=text/unheard-of', ALL],
  [`&UPDATESEQUENCE=${lakes.hash}`, []],
  ['&UPDATESEQUENCE=0', ALL],
];

for (const [text, sections] of CAPABILITIES) {
  test(`GetCapabilities${text.slice(0, 40)}`, (t) => {
    const request = wmts(`SERVICE=WMTS&REQUEST=GetCapabilities${text}`);
    t.is(request.kind, 'GetCapabilities');
    if (request.kind === 'GetCapabilities')
      t.deepEqual<readonly string[], string[]>(request.sections, sections);
  });
}

test('capabilities that cannot be had', (t) => {
  const code = (text: string) => exceptionOf(() => wmts(`SERVICE=WMTS&REQUEST=GetCapabilities${text}`)).code;
  t.is(code('&ACCEPTVERSIONS=2.0.0'), 'VersionNegotiationFailed');
  t.is(code('&SECTIONS=Nonsense'), 'InvalidParameterValue');
  t.is(code('&UPDATESEQUENCE=zzz'), 'InvalidUpdateSequence');
});

test('REST: tiles, with the project in the path or without', (t) => {
  const long = readWmtsPath('blue-lake/Lakes/default/WebMercatorQuad/2/1/3.png', context);
  const short = readWmtsPath('Lakes/default/WebMercatorQuad/2/1/3.png', context);
  if (long.kind !== 'GetTile') throw new Error(long.kind);
  t.deepEqual(long.view, getTile());
  t.deepEqual(short, long);
  const encoded = readWmtsPath('blue-lake/Road%20Segments/default/WorldCRS84Quad/0/0/1.webp', context);
  t.like(encoded, { kind: 'GetTile', view: { layers: ['Road Segments'], encoding: 'webp' } });
});

test('REST: capabilities', (t) => {
  for (const path of ['1.0.0/WMTSCapabilities.xml', 'blue-lake/1.0.0/WMTSCapabilities.xml']) {
    t.like(readWmtsPath(path, context), { kind: 'GetCapabilities', project: lakes });
  }
});

test('REST: feature info has row before column', (t) => {
  const request = readWmtsPath('blue-lake/Lakes/default/WebMercatorQuad/2/1/3/20/10.json', context);
  t.like(request, { kind: 'GetFeatureInfo', infoFormat: 'application/json', query: { i: 10, j: 20 } });
});

const MISSING = [
  '',
  'blue-lake',
  'nowhere/Lakes/default/WebMercatorQuad/2/1/3.png',
  'blue-lake/Nowhere/default/WebMercatorQuad/2/1/3.png',
  'blue-lake/Lakes/default/WebMercatorQuad/2/1/4.png',
  'blue-lake/Lakes/default/WebMercatorQuad/2/1/3.tiff',
  'blue-lake/Lakes/default/WebMercatorQuad/2/1/3',
  'blue-lake/Lakes/default/WebMercatorQuad/2/1/3/20/10.exe',
  'blue-lake/Lakes/default/WebMercatorQuad/2/1/3/20/256.html',
  '2.0.0/WMTSCapabilities.xml',
  '%E0%A4%A/a/b/c/d/e.png',
];

for (const path of MISSING) {
  test(`REST: not there: ${path}`, (t) => {
    t.is(exceptionOf(() => readWmtsPath(path, context)).httpStatus, 404);
  });
}

test('whatever the request, there is an answer or an OGC exception', (t) => {
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...Object.values(GET_TILE), '-1', '1e9'),
  );
  const changes = fc.dictionary(
    fc.constantFrom(...Object.keys(GET_TILE), 'I', 'J', 'INFOFORMAT', 'SECTIONS'),
    value,
  );
  const path = fc.array(value, { maxLength: 10 }).map((segments) => segments.join('/'));
  fc.assert(
    fc.property(changes, path, (some, text) => {
      for (const read of [() => wmts(query(GET_TILE, some)), () => readWmtsPath(text, context)]) {
        try {
          t.truthy(read().kind);
        } catch (error) {
          t.true(error instanceof OgcException, String(error));
        }
      }
    }),
    { numRuns: 1500 },
  );
});
