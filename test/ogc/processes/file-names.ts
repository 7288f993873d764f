import test from 'ava';
import { fileNameOf, mediaTypeOfName } from '../../../src/ogc/processes/file-names.ts';

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
