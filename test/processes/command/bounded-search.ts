import test from 'ava';
import { lastMatch, PatternTooSlow } from '../../../src/processes/command/bounded-search.ts';

test('the last match with its groups, or none', (t) => {
  t.deepEqual([...(lastMatch('a=1 b=2', /(\w)=(\d)/g) ?? [])], ['b=2', 'b', '2']);
  t.is(lastMatch('a b', /(\w)=(\d)/g), undefined);
});

test('a search without an end is broken off, and harms no other', (t) => {
  t.throws(() => lastMatch(`${'a'.repeat(40)}!`, /^(?:a+)+$/g), { instanceOf: PatternTooSlow });
  t.is(lastMatch('1 2', /\d/g)?.[0], '2');
});

test('an earlier match stays what it was', (t) => {
  const first = lastMatch('one', /\w+/g);
  lastMatch('two', /\w+/g);
  t.is(first?.[0], 'one');
});
