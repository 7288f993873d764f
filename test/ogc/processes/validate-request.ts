import test from 'ava';
import fc from 'fast-check';
import { Parameters } from '../../../src/ogc/parameters.ts';
import type { JsonValue, RequestedInput } from '../../../src/ogc/processes/execute-request.ts';
import { readApiExecute } from '../../../src/ogc/processes/ogcapi/read-execute.ts';
import { ProcessError } from '../../../src/ogc/processes/problem.ts';
import { formatOf } from '../../../src/ogc/processes/process-description.ts';
import { requestedOutput, validateRequest } from '../../../src/ogc/processes/validate-request.ts';
import { writeWps1ExecuteResponse } from '../../../src/ogc/processes/wps-1-0-0/execute-response.ts';
import { readWpsDocument, readWpsParameters } from '../../../src/ogc/processes/wps-request.ts';
import { echo, job, limits, problemOfCall, strict, valid } from './helpers/echo.ts';
import { everyInput } from './helpers/requests.ts';

function json(id: string, value: JsonValue): RequestedInput {
  return { id, value: { kind: 'json', json: value } };
}

function text(id: string, value: string): RequestedInput {
  return { id, value: { kind: 'text', text: value, format: formatOf(''), dataType: '', uom: '' } };
}

test('defaults are filled in', (t) => {
  const { inputs, outputs } = valid();
  t.deepEqual(inputs, [
    { id: 'text', value: { kind: 'literal', value: 'hello', dataType: 'string', uom: '' } },
  ]);
  t.deepEqual(
    outputs.map(({ id }) => id),
    echo.outputs.map(({ id }) => id),
  );
  t.is(outputs[1]?.uom, 'm');
  t.is(outputs[3]?.format.mediaType, 'application/geo+json');
});

test('text becomes what the process wants', (t) => {
  const { inputs } = valid({
    inputs: [
      text('flag', '1'),
      text('count', '007'),
      text('box', '1,2,3,4,urn:ogc:def:crs:EPSG::3857'),
      text('geometry', '{}'),
    ],
  });
  const byId = new Map(inputs.map(({ id, value }) => [id, value]));
  t.like(byId.get('flag'), { value: 'true' });
  t.like(byId.get('count'), { value: '7' });
  t.like(byId.get('box'), { kind: 'bbox', crs: 'EPSG:3857', lower: [1, 2], upper: [3, 4] });
  t.like(byId.get('geometry'), {
    kind: 'complex',
    data: '{}',
    format: { mediaType: 'application/geo+json' },
  });
});

test('JSON becomes what the process wants', (t) => {
  const { inputs } = valid({
    inputs: [
      json('count', 3),
      json('distance', { value: 2.5, uom: 'km' }),
      json('names', ['a', 'b']),
      json('box', { bbox: [1, 2, 3, 4], crs: 'http://www.opengis.net/def/crs/OGC/1.3/CRS84' }),
      json('geometry', [
        { value: 'AAEC', mediaType: 'application/geopackage+sqlite3', encoding: 'base64' },
        { href: 'https://example.org/a.json', type: 'application/geo+json' },
      ]),
    ],
  });
  t.like(
    inputs.filter(({ id }) => id !== 'text'),
    [
      { id: 'count', value: { value: '3' } },
      { id: 'distance', value: { value: '2.5', uom: 'km' } },
      { id: 'names', value: { value: 'a' } },
      { id: 'names', value: { value: 'b' } },
      { id: 'box', value: { crs: 'urn:ogc:def:crs:OGC:1.3:CRS84', upper: [3, 4] } },
      { id: 'geometry', value: { kind: 'complex', data: 'AAEC' } },
      { id: 'geometry', value: { kind: 'reference', href: 'https://example.org/a.json' } },
    ],
  );
  const bare = valid({ inputs: [json('geometry', { type: 'Point', coordinates: [1, 2] })] }).inputs.at(-1);
  t.like(bare, { value: { kind: 'complex', data: '{"type":"Point","coordinates":[1,2]}' } });
});

for (const [name, input, kind] of [
  ['unknown', text('nothing', '1'), 'input-unknown'],
  ['out of range', text('count', '10'), 'input-invalid'],
  ['no integer', text('count', '1.5'), 'input-invalid'],
  ['not allowed', text('colour', 'blue'), 'input-invalid'],
  ['no day', text('when', '2026-02-30T00:00:00Z'), 'input-invalid'],
  ['a foreign CRS', text('box', '1,2,3,4,EPSG:31287'), 'input-invalid'],
  ['half a box', text('box', '1,2,3'), 'input-invalid'],
  ['a box of text', json('box', { bbox: [1, 2, 3, 'x'] }), 'input-invalid'],
  ['an object for a literal', json('count', { a: 1 }), 'input-invalid'],
  ['null', json('count', null), 'input-invalid'],
  ['a file', json('geometry', { href: 'file:///etc/passwd' }), 'data-not-accessible'],
  ['too long', text('text', 'x'.repeat(limits.maxLiteralLength + 1)), 'too-large'],
  ['too large', text('geometry', 'x'.repeat(3_000_001)), 'too-large'],
  [
    'no base64',
    json('geometry', { value: '***', mediaType: 'application/geopackage+sqlite3' }),
    'input-invalid',
  ],
  ['a foreign format', json('geometry', { value: '', mediaType: 'image/png' }), 'format-not-supported'],
] as const) {
  test(`refused: ${name}`, (t) => {
    const problem = problemOfCall(() => valid({ inputs: [input] }));
    t.is(problem.kind, kind);
    t.is(problem.locator, input.id);
    t.true(problem.message.includes(input.id));
  });
}

test('multiplicity, outputs and modes', (t) => {
  t.like(
    problemOfCall(() => valid({}, strict)),
    { kind: 'mode-not-supported' },
  );
  t.is(valid({ modeIsPreference: true, inputs: [text('need', '1')] }, strict).mode, 'async');
  t.like(
    problemOfCall(() => valid({ mode: 'async' }, strict)),
    { kind: 'input-missing', locator: 'need' },
  );
  const twice = [text('colour', 'red'), text('colour', 'green')];
  t.like(
    problemOfCall(() => valid({ inputs: twice })),
    { kind: 'input-repeated', locator: 'colour' },
  );
  const many = json('names', new Array(limits.maxInputs + 1).fill('a'));
  t.like(
    problemOfCall(() => valid({ inputs: [many] })),
    { kind: 'input-repeated', locator: 'names' },
  );
  t.is(problemOfCall(() => valid({ outputs: [requestedOutput('x')] })).kind, 'output-unknown');
  const again = [requestedOutput('text'), requestedOutput('text')];
  t.is(problemOfCall(() => valid({ outputs: again })).kind, 'output-repeated');
  t.is(problemOfCall(() => valid({ response: 'raw' })).kind, 'output-repeated');
  t.is(valid({ response: 'raw', multipart: true }).outputs.length, echo.outputs.length);
});

/** The inputs as WPS 1.0.0 tells them again are a request. */
function roundTrip(inputs: readonly RequestedInput[]) {
  const first = valid({ inputs, lineage: true });
  const answer = writeWps1ExecuteResponse({
    job,
    process: echo,
    request: first,
    outputs: [],
    url: 'http://x',
    statusLocation: '',
  });
  const dataInputs = /<wps:DataInputs>[\s\S]*<\/wps:DataInputs>/.exec(answer.body)?.[0];
  const posted = `<wps:Execute xmlns:wps="http://www.opengis.net/wps/1.0.0" xmlns:ows="http://www.opengis.net/ows/1.1"
    xmlns:xlink="http://www.w3.org/1999/xlink" service="WPS" version="1.0.0"><ows:Identifier>echo</ows:Identifier>${dataInputs}</wps:Execute>`;
  const read = readWpsDocument(posted, limits);
  if (read.kind !== 'Execute') throw new Error(read.kind);
  return { before: first.inputs, after: validateRequest(read.request, echo, limits).inputs };
}

test('what is written as XML is read the same', (t) => {
  const { before, after } = roundTrip(everyInput);
  t.deepEqual(after, before);
});

test('any text is read as it was written', (t) => {
  const printable = fc
    .string({ unit: 'binary' })
    .filter((value) => !/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/u.test(value) && value.trim() === value && value !== '');
  fc.assert(
    fc.property(
      printable,
      fc.json(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (word, geojson, number) => {
        const { before, after } = roundTrip([
          { id: 'text', value: { kind: 'literal', value: word, dataType: '', uom: '' } },
          text('distance', String(number)),
          text('geometry', geojson),
        ]);
        t.deepEqual(after, before);
      },
    ),
  );
});

/** Whatever comes in, a request or the one error comes out. */
function isTyped(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch (error) {
    return error instanceof ProcessError && error.message !== '';
  }
}

function readAndValidate(body: string): void {
  const read = readWpsDocument(body, limits);
  if (read.kind === 'Execute') validateRequest(read.request, echo, limits);
}

test('hostile XML gives a typed error', (t) => {
  const sample = `<wps:Execute xmlns:wps="http://www.opengis.net/wps/2.0" service="WPS" version="2.0.0"><Identifier>echo</Identifier>
    <wps:Input id="box"><wps:Data><ows:BoundingBox crs="a"><LowerCorner>1 2</LowerCorner></ows:BoundingBox></wps:Data></wps:Input>
    <wps:Input id="geometry"><wps:Data mimeType="text/xml"><![CDATA[<a/>]]><!-- c --></wps:Data></wps:Input></wps:Execute>`;
  const pieces = fc.constantFrom(
    '<',
    '>',
    '"',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '&#0;',
    '<!DOCTYPE',
    ':',
    '\u0000',
    '<wps:Data>',
    'xmlns=""',
    "'",
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(sample.length), fc.nat(30), pieces), { maxLength: 4 }),
      (changes) => {
        const body = changes.reduce(
          (all, [at, cut, piece]) => all.slice(0, at) + piece + all.slice(at + cut),
          sample,
        );
        t.true(
          isTyped(() => readAndValidate(body)),
          body,
        );
      },
    ),
    { numRuns: 1000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (body) => isTyped(() => readAndValidate(body))));
});

test('hostile parameters and JSON give a typed error', (t) => {
  const query = fc.string({
    unit: fc.constantFrom(
      'a',
      '=',
      ';',
      '@',
      '%',
      '2',
      '[',
      ']',
      ',',
      'box',
      'mimeType',
      'text',
      'xlink:href',
      '\u0000',
      ' ',
    ),
  });
  fc.assert(
    fc.property(query, (data) => {
      const pairs = {
        service: 'WPS',
        version: '1.0.0',
        request: 'Execute',
        identifier: 'echo',
        DataInputs: data,
        ResponseDocument: data,
      };
      return isTyped(() => {
        const read = readWpsParameters(new Parameters(Object.entries(pairs)), limits);
        if (read.kind === 'Execute') validateRequest(read.request, echo, limits);
      });
    }),
    { numRuns: 500 },
  );
  const ids = fc.constantFrom('text', 'count', 'box', 'geometry', 'names', '__proto__', 'constructor');
  const parts = fc.dictionary(ids, fc.jsonValue());
  fc.assert(
    fc.property(
      fc.oneof(
        fc.json(),
        fc
          .record({ inputs: parts, outputs: parts, subscriber: fc.jsonValue() })
          .map((body) => JSON.stringify(body)),
      ),
      (body) => isTyped(() => validateRequest(readApiExecute('echo', body, undefined, limits), echo, limits)),
    ),
    { numRuns: 500 },
  );
  t.true(isTyped(() => readApiExecute('echo', '['.repeat(100_000), undefined, limits)));
  t.is(problemOfCall(() => readApiExecute('echo', '{', undefined, limits)).kind, 'malformed');
  t.is(problemOfCall(() => readApiExecute('echo', '[]', undefined, limits)).kind, 'malformed');
});
