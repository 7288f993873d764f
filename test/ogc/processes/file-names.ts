import test from 'ava';
import { fileNameOf, isNamedAs, mediaTypeOfName } from '../../../src/ogc/processes/file-names.ts';

test('a name tells the media type by its end', (t) => {
  t.is(mediaTypeOfName('roads.shp.ZIP'), 'application/zip');
  t.is(mediaTypeOfName('dem.tif'), 'image/tiff; application=geotiff');
  t.is(mediaTypeOfName('result'), 'application/octet-stream');
  t.is(mediaTypeOfName('tif'), 'application/octet-stream');
});

test('an output without an end gets that of its media type', (t) => {
  t.is(fileNameOf('result', 'application/geo+json'), 'result.geojson');
  t.is(fileNameOf('result', 'image/tiff; application=geotiff'), 'result.tif');
  t.is(fileNameOf('result', 'text/xml'), 'result.xml');
  t.is(fileNameOf('literal', 'text/plain; charset=utf-8; kind=literal'), 'literal.txt');
  t.is(fileNameOf('dem.tif', 'image/tiff'), 'dem.tif');
  t.is(fileNameOf('dem.tif', 'application/json'), 'dem.tif');
  t.is(fileNameOf('secret', 'x/unknown'), 'secret');
});

test('a name is that of a media type by an end that is known, however the type is written', (t) => {
  t.true(isNamedAs('dem.TIFF', 'image/tiff'));
  t.true(isNamedAs('dem.tif', 'application/x-geotiff'));
  t.true(isNamedAs('roads.geojson', 'application/vnd.geo+json; charset=utf-8'));
  t.true(isNamedAs('raw.bin', 'application/octet-stream'));
  t.false(isNamedAs('dem.tif', 'image/png'));
  for (const unknown of ['letter.docx', 'letter', '']) {
    t.false(isNamedAs(unknown, 'application/octet-stream'), unknown);
    t.false(isNamedAs(unknown, 'x/unknown'), unknown);
  }
});
