import test from 'ava';
import fc from 'fast-check';
import { parseRange } from '../../src/http/byte-range.ts';

const size = fc.integer({ min: 1, max: 1000 });

test('a range within the content is that range; the end may be beyond it', (t) => {
  fc.assert(
    fc.property(size, fc.nat(1000), fc.nat(2000), (bytes, from, length) => {
      const range = parseRange(`bytes=${from}-${from + length}`, bytes);
      if (from >= bytes) t.is(range, 'unsatisfiable');
      else t.deepEqual(range, { from, to: Math.min(from + length + 1, bytes) });
    }),
  );
});

test('open ends and suffixes', (t) => {
  t.deepEqual(parseRange('bytes=5-', 10), { from: 5, to: 10 });
  t.deepEqual(parseRange('bytes=-3', 10), { from: 7, to: 10 });
  t.deepEqual(parseRange('bytes=-30', 10), { from: 0, to: 10 });
  t.deepEqual(parseRange('Bytes = 0-0 ', 10), { from: 0, to: 1 });
});

test('what cannot be satisfied says so', (t) => {
  t.is(parseRange('bytes=-0', 10), 'unsatisfiable');
  t.is(parseRange('bytes=0-', 0), 'unsatisfiable');
  t.is(parseRange('bytes=-5', 0), 'unsatisfiable');
  t.is(parseRange(`bytes=${'9'.repeat(400)}-`, 10), 'unsatisfiable');
});

test('everything else is ignored', (t) => {
  for (const header of [
    null,
    '',
    'bytes',
    'bytes=-',
    'bytes=a-b',
    'items=0-1',
    'bytes=0-1,3-4',
    'bytes=5-4',
    'bytes=1.5-2',
  ]) {
    t.is(parseRange(header, 10), undefined, String(header));
  }
});
