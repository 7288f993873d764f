import test from 'ava';
import { UsageError } from '../../src/cli/failure.ts';
import { outputsOf } from '../../src/cli/job-outputs.ts';

const described = {
  result: {
    schema: {
      oneOf: [
        { contentMediaType: 'application/geo+json' },
        { contentMediaType: 'application/geopackage+sqlite3' },
        { contentMediaType: 'image/tiff; subtype=geotiff' },
        { contentMediaType: 'application/octet-stream' },
      ],
    },
  },
  count: { schema: { type: 'integer' } },
};

const mediaTypeOf = (wish: string) => outputsOf([wish], described)?.result;

test('no wish is for all outputs', (t) => t.is(outputsOf([], described), undefined));

test('outputs are named, with a format or without', (t) => {
  t.deepEqual(outputsOf(['count', 'result=gpkg'], described), {
    count: {},
    result: { format: { mediaType: 'application/geopackage+sqlite3' } },
  });
  t.deepEqual(mediaTypeOf('result=application/geo+json'), { format: { mediaType: 'application/geo+json' } });
  t.deepEqual(mediaTypeOf('result=TIF'), { format: { mediaType: 'image/tiff; subtype=geotiff' } });
  t.deepEqual(mediaTypeOf('result=image/tiff; subtype=geotiff'), {
    format: { mediaType: 'image/tiff; subtype=geotiff' },
  });
});

for (const [wish, message] of [
  ['resutl', /no output "resutl": did you mean "result"/],
  ['constructor', /no output "constructor"/],
  ['result=docx', /no format "docx": write one of application\/geo\+json/],
  ['count=csv', /it is a value/],
] as const) {
  test(`refused: ${wish}`, (t) => {
    t.throws(() => outputsOf([wish], described), { instanceOf: UsageError, message });
  });
}
