import test from 'ava';
import { describeHosted } from '../../../src/processes/pywps/describe.ts';
import type { HostedData, HostedProcess } from '../../../src/processes/pywps/messages.ts';

const words = (id: string) => ({ id, title: '', abstract: '', keywords: [], metadata: [] });

function literal(changes: Partial<Extract<HostedData, { kind: 'literal' }>> = {}): HostedData {
  return { kind: 'literal', type: 'string', values: [], ranges: [], units: [], ...changes };
}

function hosted(data: HostedData, changes: Partial<HostedProcess> = {}): HostedProcess {
  return {
    ...words('process'),
    version: '1.0.0',
    inputs: [{ ...words('input'), data, minOccurs: 1, maxOccurs: 1 }],
    outputs: [{ ...words('output'), data: literal() }],
    ...changes,
  };
}

const dataOf = (data: HostedData) => describeHosted(hosted(data), true).inputs[0]?.data;

test('versions become three numbers', (t) => {
  const versions = {
    '1.3.3.7': '1.3.3',
    '2.0': '2.0.0',
    v4: '4.0.0',
    None: '1.0.0',
    '': '1.0.0',
    '0.1.2': '0.1.2',
  };
  for (const [version, expected] of Object.entries(versions)) {
    t.is(describeHosted(hosted(literal(), { version }), true).version, expected, version);
  }
});

test('types, and what they allow', (t) => {
  t.like(dataOf(literal({ type: 'float', values: ['1.50', '2'] })), {
    dataType: 'double',
    allowedValues: ['1.5', '2'],
  });
  t.like(dataOf(literal({ type: 'positiveInteger' })), {
    dataType: 'integer',
    allowedRanges: [{ minimum: '0', closure: 'closed' }],
  });
  t.like(dataOf(literal({ type: 'positiveInteger', values: ['3'] })), {
    allowedRanges: [],
    allowedValues: ['3'],
  });
  t.like(dataOf(literal({ type: 'something new' })), { dataType: 'string' });
  t.deepEqual(dataOf({ kind: 'bbox', crs: [] }), { kind: 'bbox', crs: ['EPSG:4326'] });
  t.deepEqual(dataOf({ kind: 'complex', formats: [] }), {
    kind: 'complex',
    formats: [{ mediaType: 'application/octet-stream', encoding: 'base64', schema: '' }],
  });
});

test('a default that is not allowed is left to PyWPS', (t) => {
  t.like(dataOf(literal({ type: 'boolean', default: 'True' })), { defaultValue: 'true' });
  t.like(dataOf(literal({ type: 'integer', default: '07' })), { defaultValue: '7' });
  t.like(dataOf(literal({ values: ['a'], default: 'b' })), { defaultValue: undefined });
});

test('occurrences are whole numbers; more than anybody sends is any number', (t) => {
  const occurs = (minOccurs: number, maxOccurs: number | null) =>
    describeHosted(
      hosted(literal(), { inputs: [{ ...words('input'), data: literal(), minOccurs, maxOccurs }] }),
      true,
    ).inputs[0];
  t.like(occurs(0, 2 ** 63), { minOccurs: 0, maxOccurs: 'unbounded' });
  t.like(occurs(0, null), { maxOccurs: 'unbounded' });
  t.like(occurs(-1, 0), { minOccurs: 0, maxOccurs: 1 });
  t.like(occurs(2, 5), { minOccurs: 2, maxOccurs: 5 });
});

test('what no front door could tell is refused with the reason', (t) => {
  t.throws(() => describeHosted(hosted(literal(), words('a b')), true), {
    message: /"a b" has other characters/,
  });
  t.throws(() => describeHosted(hosted(literal(), { outputs: [] }), true), { message: /no output/ });
});
