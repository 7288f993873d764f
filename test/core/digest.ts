import test from 'ava';
import fc from 'fast-check';
import {
  DIGEST_BYTES,
  differingBuckets,
  digestBucket,
  digestOf,
  RunningDigest,
} from '../../src/core/digest.ts';

const entries = fc.uniqueArray(fc.tuple(fc.string(), fc.maxSafeNat()), {
  selector: ([name]) => name,
  maxLength: 60,
});

test('a digest depends on the entries, not on their order', (t) => {
  fc.assert(
    fc.property(entries, (list) => {
      t.deepEqual(digestOf(list), digestOf(list.toReversed()));
      t.is(digestOf(list).length, DIGEST_BYTES);
      t.is(differingBuckets(digestOf(list), digestOf(list.toReversed())).size, 0);
    }),
  );
});

test('a changed, added or removed entry shows in its bucket and in no other', (t) => {
  fc.assert(
    fc.property(entries, fc.string(), fc.maxSafeNat(), (list, name, version) => {
      const without = list.filter(([other]) => other !== name);
      const bucket = digestBucket(name);
      const before = digestOf(without);
      const after = digestOf([...without, [name, version]]);
      t.deepEqual([...differingBuckets(before, after)], [bucket]);
      const other = digestOf([...without, [name, version === 0 ? 1 : version - 1]]);
      t.deepEqual([...differingBuckets(after, other)], [bucket]);
    }),
  );
});

test('a running digest is that of the entries that are left', (t) => {
  fc.assert(
    fc.property(entries, entries, (stay, go) => {
      const digest = new RunningDigest();
      for (const [name, version] of [...stay, ...go]) digest.add(name, version);
      digest.bytes();
      for (const [name, version] of go) digest.remove(name, version);
      t.deepEqual(digest.bytes(), digestOf(stay));
      t.is(digest.bytes(), digest.bytes());
    }),
  );
});

test('two swapped versions show', (t) => {
  const names = Array.from({ length: 200 }, (_, i) => `peer-${i}`).filter((name) => digestBucket(name) === 3);
  const [a, b] = names as [string, string];
  const one = digestOf([
    [a, 1],
    [b, 2],
  ]);
  const other = digestOf([
    [a, 2],
    [b, 1],
  ]);
  t.deepEqual([...differingBuckets(one, other)], [3]);
});

test('what is no digest differs everywhere', (t) => {
  t.is(differingBuckets(new Uint8Array(0), digestOf([])).size, 16);
  t.is(differingBuckets(digestOf([]), new Uint8Array(DIGEST_BYTES + 1)).size, 16);
});

test('entries spread over the buckets', (t) => {
  const counts = new Array<number>(16).fill(0);
  for (let i = 0; i < 1600; i += 1) counts[digestBucket(`12D3KooWpeer${i}`)]! += 1;
  t.true(Math.min(...counts) > 50 && Math.max(...counts) < 160, counts.join());
});

test('a digest is what the protocol says', (t) => {
  // Part of the wire format: other versions must compute the same.
  t.is(
    Buffer.from(
      digestOf([
        ['peer-1', 1],
        ['peer-2', 1_767_600_000_123],
      ]),
    ).toString('hex'),
    '0000000000000000000000000000000000000000be266a380000000000000000e952d56900000000000000000000000000000000000000000000000000000000',
  );
});
