import test from 'ava';
import type { BoundingBoxData } from '../../../src/ogc/processes/process-description.ts';
import { valueOfText } from '../../../src/ogc/processes/text-value.ts';
import { literal } from './helpers/echo.ts';

const box: BoundingBoxData = { kind: 'bbox', crs: ['EPSG:4326', 'CRS:84'] };

test('a literal is the text without the space around it, checked by its type', (t) => {
  const integer = literal({ dataType: 'integer' });
  const value = valueOfText('count', '\uFEFF 42\r\n', integer);
  t.is(value.kind === 'literal' && value.value, '42');
  t.throws(() => valueOfText('count', '<html>', integer), { message: /Input "count"/ });
});

for (const [language, text] of [
  ['commas', '7,51,8,52,CRS:84'],
  ['an object of JSON', '{"bbox":[7,51,8,52],"crs":"CRS:84"}'],
  [
    'XML',
    '<ows:BoundingBox xmlns:ows="http://www.opengis.net/ows/2.0" crs="CRS:84"><ows:LowerCorner>7 51</ows:LowerCorner><ows:UpperCorner>8 52</ows:UpperCorner></ows:BoundingBox>',
  ],
  [
    'XML within another element',
    '<Data><BoundingBox crs="CRS:84"><LowerCorner>7 51</LowerCorner><UpperCorner>8 52</UpperCorner></BoundingBox></Data>',
  ],
] as const) {
  test(`a box in ${language}`, (t) => {
    const expected = { kind: 'bbox', crs: 'CRS:84', lower: [7, 51], upper: [8, 52] };
    t.like(valueOfText('box', text, box), expected);
  });
}

test('a box without a CRS has that of the description, in JSON that of OGC API', (t) => {
  t.like(valueOfText('box', '51,7,52,8', box), { crs: 'EPSG:4326', lower: [51, 7], upper: [52, 8] });
  t.like(valueOfText('box', '[7,51,8,52]', box), { crs: 'CRS:84', lower: [7, 51], upper: [8, 52] });
});

for (const text of ['{"type":"Point"}', '[1,2', '<box', '1,2,3', '7,51,8,52,EPSG:99999', '']) {
  test(`no box: ${text}`, (t) => {
    t.throws(() => valueOfText('box', text, box), { message: /Input "box"/ });
  });
}
