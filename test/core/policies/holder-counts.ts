import test from 'ava';
import fc from 'fast-check';
import { HolderCounts } from '../../../src/core/policies/holder-counts.ts';

test('stays between its least and the number of peers', (t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (wins) => {
      const counts = new HolderCounts({ min: 4, maxGroups: 10 });
      for (const byHolder of wins) {
        counts.won('p', byHolder, 12);
        t.true(counts.of('p') >= 4 && counts.of('p') <= 12);
      }
    }),
  );
});

test('grows with each win of another, and back over many wins of holders', (t) => {
  const counts = new HolderCounts({ min: 4, maxGroups: 10 });
  for (let i = 0; i < 5; i += 1) counts.won('p', false, 30);
  const wide = counts.of('p');
  t.true(wide >= 9);
  for (let i = 0; i < 10; i += 1) counts.won('p', true, 30);
  t.true(counts.of('p') < wide && counts.of('p') >= wide - 1);
  for (let i = 0; i < 200; i += 1) counts.won('p', true, 30);
  t.is(counts.of('p'), 4);
  t.is(counts.of('other'), 4);
});

test('a hot project reaches every peer of a large mesh soon', (t) => {
  const counts = new HolderCounts({ min: 4, maxGroups: 10 });
  for (let i = 0; i < 40; i += 1) counts.won('p', false, 800);
  t.is(counts.of('p'), 800);
});

test('forgets the project unused for longest', (t) => {
  const counts = new HolderCounts({ min: 4, maxGroups: 2 });
  for (const group of ['a', 'b', 'a', 'c']) counts.won(group, false, 30);
  t.deepEqual(
    ['a', 'b', 'c'].map((group) => counts.of(group)),
    [6, 4, 5],
  );
});

test('a request without a project teaches nothing', (t) => {
  const counts = new HolderCounts({ min: 4, maxGroups: 2 });
  counts.won(undefined, false, 30);
  t.is(counts.of(''), 4);
});
