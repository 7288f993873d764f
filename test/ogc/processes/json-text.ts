import test from 'ava';
import fc from 'fast-check';
import { jsonDepth, readJson } from '../../../src/ogc/processes/json-text.ts';
import { limits, problemOfCall } from './helpers/echo.ts';

test('JSON is read as it is', (t) => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      t.deepEqual(readJson(text, limits), JSON.parse(text));
    }),
  );
});

test('brackets, quotes and colons within strings are text', (t) => {
  t.is(jsonDepth('["[[[[{{{", "\\"[", {"a:": ":"}]'), 2);
  t.deepEqual(readJson('{"a\\"b": "c:d"}', { ...limits, maxJsonKeys: 1 }), { 'a"b': 'c:d' });
});

test('size, depth, parts and keys are bounded', (t) => {
  const refused = (text: string, changes: Partial<typeof limits>) =>
    problemOfCall(() => readJson(text, { ...limits, ...changes })).kind;
  t.is(refused('"12345678"', { maxDocumentLength: 9 }), 'too-large');
  t.is(refused('[[[]]]', { maxPayloadDepth: 2 }), 'malformed');
  t.is(refused('["a","b","c"]', { maxJsonParts: 3 }), 'too-large');
  t.is(refused('{"a":1, "b" :2,"c":3}', { maxJsonKeys: 2 }), 'too-large');
  t.is(refused('{"a":', {}), 'malformed');
  t.is(refused('', {}), 'malformed');
});
