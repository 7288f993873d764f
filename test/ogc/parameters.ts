import test from 'ava';
import { Parameters, readParameters } from '../../src/ogc/parameters.ts';
import { exceptionOf } from './helpers/read.ts';
import { limits } from './helpers/service.ts';

test('names are found in any case; of repeated ones the first counts', (t) => {
  const parameters = readParameters(new URLSearchParams('Layers=a&LAYERS=b&styles=&&=x'), limits);
  t.is(parameters.get('layers'), 'a');
  t.true(parameters.has('STYLES'));
  t.is(parameters.get('STYLES'), undefined);
  t.deepEqual(parameters.pairs()[0], ['LAYERS', 'a']);
});

test('the first name that has a value is taken', (t) => {
  const parameters = new Parameters([
    ['VERSION', ' '],
    ['WMTVER', ' 1.0.0 '],
  ]);
  t.is(parameters.get('VERSION', 'WMTVER'), '1.0.0');
  t.is(exceptionOf(() => parameters.required('LAYERS', 'LAYER')).locator, 'LAYERS');
});

test('too many or too long parameters are refused before they are kept', (t) => {
  const many = Array.from({ length: limits.maxParameters + 1 }, (): [string, string] => ['a', '']);
  const refused: [string, string][][] = [
    many,
    [['n'.repeat(limits.maxNameLength + 1), '']],
    [['n', 'v'.repeat(limits.maxValueLength + 1)]],
  ];
  for (const pairs of refused) {
    t.is(exceptionOf(() => readParameters(pairs, limits)).code, 'InvalidParameterValue');
  }
  t.notThrows(() => readParameters(many.slice(1), limits));
});

test('endless parameters are not read to their end', (t) => {
  function* endless(): Generator<[string, string]> {
    for (;;) yield ['a', 'b'];
  }
  t.is(exceptionOf(() => readParameters(endless(), limits)).httpStatus, 400);
});
