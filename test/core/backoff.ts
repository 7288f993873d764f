import test from 'ava';
import fc from 'fast-check';
import { backoffMs } from '../../src/core/backoff.ts';

const options = { baseMs: 100, maxMs: 5000 };

test('the bound doubles with every failure up to its maximum', (t) => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => backoffMs(options, failures, 1));
  t.deepEqual(bounds, [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]);
});

test('a delay is anywhere between nothing and the bound', (t) => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.double({ min: 0, max: 1, noNaN: true }), (failures, uniform) => {
      const delay = backoffMs(options, failures, uniform);
      t.true(delay >= 0 && delay <= options.maxMs);
      t.true(backoffMs(options, failures, uniform) <= backoffMs(options, failures + 1, uniform));
    }),
  );
  t.is(backoffMs(options, 3, 0), 0);
  t.is(backoffMs(options, 3, 0.5), 200);
});
