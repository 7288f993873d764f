import test from 'ava';
import { DrawnCounts } from '../../src/node/drawn-counts.ts';

test('counts answers per peer', (t) => {
  const counts = new DrawnCounts(10);
  counts.add('a');
  counts.add('b');
  counts.add('a');
  t.is(counts.of('a'), 2);
  t.is(counts.of('b'), 1);
  t.is(counts.of('c'), 0);
});

test('forgets the peer counted longest ago, never a recent one', (t) => {
  const counts = new DrawnCounts(2);
  for (const peer of ['a', 'b', 'a', 'c']) counts.add(peer);
  t.is(counts.of('b'), 0);
  t.is(counts.of('a'), 2);
  t.is(counts.of('c'), 1);
});
