import test from 'ava';
import type { InfoFormat } from '../../src/ogc/info-format.ts';
import type { GetFeatureInfoRequest } from '../../src/ogc/wms-request.ts';
import { type Changes, exceptionOf, getFeatureInfo130, wms } from './helpers/read.ts';
import { limits } from './helpers/service.ts';

function ask(changes: Changes = {}): GetFeatureInfoRequest {
  const request = wms(getFeatureInfo130(changes));
  if (request.kind !== 'GetFeatureInfo') throw new Error(`a ${request.kind}`);
  return request;
}

test('a GetFeatureInfo becomes a question about a pixel of a view', (t) => {
  const { query, infoFormat, version } = ask();
  t.is(version, '1.3.0');
  t.is(infoFormat, 'text/plain');
  t.like(query, { queryLayers: ['Lakes'], i: 60, j: 50, featureCount: 1 });
  t.like(query.view, { layers: ['Lakes', 'Road Segments'], width: 400, height: 200, crs: 'CRS:84' });
});

test('1.1.1 asks with X and Y; each version understands the other', (t) => {
  const old = { VERSION: '1.1.1', CRS: null, SRS: 'EPSG:4326' };
  t.like(ask({ ...old, I: null, J: null, X: 3, Y: 4 }).query, { i: 3, j: 4 });
  t.like(ask({ ...old }).query, { i: 60, j: 50 });
  t.like(ask({ I: null, J: null, X: 3, Y: 4 }).query, { i: 3, j: 4 });
  t.like(ask({ X: 3, Y: 4 }).query, { i: 60, j: 50 });
});

test('the parts of a map that do not matter may be missing', (t) => {
  t.notThrows(() => ask({ STYLES: null, FORMAT: null, SERVICE: null }));
  t.deepEqual(ask({ LAYERS: null }).query.view.layers, ['Lakes']);
});

test('the project’s own name asks of all layers that can be asked', (t) => {
  t.deepEqual(ask({ QUERY_LAYERS: 'blue-lake' }).query.queryLayers, ['Lakes', 'Road Segments']);
  t.deepEqual(ask({ QUERY_LAYERS: 'Lakes,Lakes' }).query.queryLayers, ['Lakes']);
});

const REFUSED: [code: string, locator: string, changes: Changes][] = [
  ['MissingParameterValue', 'QUERY_LAYERS', { QUERY_LAYERS: null }],
  ['LayerNotDefined', 'QUERY_LAYERS', { QUERY_LAYERS: 'Nowhere' }],
  ['LayerNotQueryable', 'QUERY_LAYERS', { QUERY_LAYERS: 'Terrain' }],
  ['LayerNotQueryable', 'QUERY_LAYERS', { QUERY_LAYERS: 'Lakes,Terrain' }],
  ['InvalidParameterValue', 'QUERY_LAYERS', { QUERY_LAYERS: Array(201).fill('Lakes').join(',') }],
  ['LayerNotDefined', 'LAYERS', { LAYERS: 'Nowhere' }],
  ['InvalidFormat', 'INFO_FORMAT', { INFO_FORMAT: 'InvalidInfoFormat' }],
  ['MissingParameterValue', 'I', { I: null }],
  ['MissingParameterValue', 'J', { J: null }],
  ['InvalidPoint', 'I', { I: '400' }],
  ['InvalidPoint', 'I', { I: '-1' }],
  ['InvalidPoint', 'I', { I: 'NaN' }],
  ['InvalidPoint', 'J', { J: '250' }],
  ['InvalidPoint', 'J', { J: '1.5' }],
  ['InvalidPoint', 'X', { VERSION: '1.1.1', CRS: null, SRS: 'EPSG:4326', I: null, X: '1e3' }],
];

for (const [code, locator, changes] of REFUSED) {
  test(`refused: ${JSON.stringify(changes).slice(0, 80)}`, (t) => {
    const error = exceptionOf(() => ask(changes));
    t.is(error.code, code);
    t.is(error.locator, locator);
  });
}

const COUNTS: [text: string | null, count: number, warnings: number][] = [
  [null, 1, 0],
  ['2', 2, 0],
  ['0', 1, 1],
  ['-3', 1, 1],
  ['many', 1, 1],
  ['1000000', limits.maxFeatures, 1],
];

for (const [text, count, warnings] of COUNTS) {
  test(`FEATURE_COUNT=${text}`, (t) => {
    const request = ask({ FEATURE_COUNT: text });
    t.is(request.query.featureCount, count);
    t.is(request.warnings.length, warnings);
  });
}

const FORMATS: [text: string | null, format: InfoFormat][] = [
  [null, 'text/plain'],
  ['', 'text/plain'],
  ['text/plain; charset=UTF-8', 'text/plain'],
  ['TEXT/HTML', 'text/html'],
  ['application/xml', 'text/xml'],
  ['application/geo+json', 'application/geo+json'],
  ['application/geo json', 'application/geo+json'],
  ['application/vnd.ogc.gml', 'application/vnd.ogc.gml'],
  ['application/vnd.ogc.gml/3.1.1', 'application/vnd.ogc.gml/3.1.1'],
  ['text/xml; subtype=gml/3.1.1', 'application/vnd.ogc.gml/3.1.1'],
];

for (const [text, format] of FORMATS) {
  test(`INFO_FORMAT=${text}`, (t) => {
    t.is(ask({ INFO_FORMAT: text }).infoFormat, format);
  });
}

test('exceptions come as XML, even if asked for in the picture', (t) => {
  const error = exceptionOf(() => ask({ EXCEPTIONS: 'INIMAGE', QUERY_LAYERS: 'Nowhere' }));
  t.is(error.reporting.style, 'xml');
});
