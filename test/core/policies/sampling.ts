import test from 'ava';
import fc from 'fast-check';
import { placeFirst, sample, usable } from '../../../src/core/policies/sampling.ts';
import { candidate, uniform } from '../helpers/placement.ts';

test('a sample holds different items, as many as asked for or there are, and leaves the source alone', (t) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.nat(30), fc.nat(), (items, count, seed) => {
      const before = [...items];
      const drawn = sample(items, count, uniform(seed));
      t.is(drawn.length, Math.min(count, items.length));
      t.is(new Set(drawn).size, drawn.length);
      t.true(drawn.every((item) => items.includes(item)));
      t.deepEqual(items, before);
    }),
  );
});

test('usable are the healthy ones, or all when none is', (t) => {
  const ill = candidate('ill', { failing: true });
  const well = candidate('well');
  t.deepEqual(usable([ill, well]), [well]);
  t.deepEqual(usable([ill]), [ill]);
});

test('places on the first, with three to fall back on', (t) => {
  const peers = ['a', 'b', 'c', 'd', 'e'].map((peer) => ({ peer }));
  t.deepEqual(placeFirst(peers, 'why'), { kind: 'place', peer: 'a', others: ['b', 'c', 'd'], reason: 'why' });
  t.is(placeFirst([], 'why').kind, 'refuse');
});
