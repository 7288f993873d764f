import test from 'ava';
import { isSimple, keptOutput, simpleValue } from '../../src/jobs/outputs.ts';
import { formatOf } from '../../src/ogc/processes/process-description.ts';

const data = (mediaType: string) =>
  keptOutput({
    id: 'text',
    value: {
      kind: 'complex',
      format: formatOf(mediaType),
      content: { at: 'memory', bytes: Buffer.from('nonsense') },
    },
  }).mediaType;

test('literals and boxes are what they were', (t) => {
  const literal = { kind: 'literal', value: '5', dataType: 'double', uom: 'km/h "1"' } as const;
  const box = { kind: 'bbox', crs: 'EPSG:4326', lower: [1, 2], upper: [3, 4] } as const;
  for (const value of [literal, box]) {
    const { mediaType, content } = keptOutput({ id: 'a', value });
    t.true(isSimple({ mediaType }));
    t.deepEqual(simpleValue(mediaType, content.at === 'memory' ? content.bytes : new Uint8Array()), value);
  }
});

test('data are no literal and no box, whatever a server on the web calls them', (t) => {
  t.is(data('image/tiff; subtype=geotiff'), 'image/tiff; subtype=geotiff');
  t.is(data('application/json; kind=bbox'), 'application/json');
  t.is(
    data('text/plain; charset=utf-8; kind=literal; datatype="%E0"'),
    'text/plain; charset=utf-8; datatype="%E0"',
  );
  t.false(isSimple({ mediaType: data('text/plain; charset=utf-8; Kind = literal') }));
});

test('a media type is one line that a status can hold', (t) => {
  t.is(data('text/plain;\tcharset=utf-8'), 'text/plain; charset=utf-8');
  t.is(data(`text/plain; x=${'a'.repeat(400)}`), 'text/plain');
  t.is(data('a'.repeat(400)).length, 256);
});
