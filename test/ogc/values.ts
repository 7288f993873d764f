import test from 'ava';
import { readInteger } from '../../src/ogc/values.ts';

test('integers are those that a number holds exactly', (t) => {
  for (const exact of [0, 7, -7, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER])
    t.is(readInteger(` ${exact} `), exact);
  t.is(readInteger('+007'), 7);
  t.true(Object.is(readInteger('-0'), 0));
  for (const text of [
    '',
    '1.0',
    '1e3',
    '9007199254740992',
    '-9007199254740993',
    '0x10',
    '12345678901234567890',
  ])
    t.is(readInteger(text), undefined, text);
});
