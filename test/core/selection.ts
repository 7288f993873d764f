import test from 'ava';
import fc from 'fast-check';
import { smallest } from '../../src/core/selection.ts';

test('the smallest values come in order, whatever the input', (t) => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 })), fc.nat({ max: 120 }), (values, count) => {
      const expected = [...values].sort((a, b) => a - b).slice(0, count);
      t.deepEqual(
        smallest([...values], count, (a, b) => a - b),
        expected,
      );
    }),
    { numRuns: 1000 },
  );
});

test('values in order, in the opposite one, or all equal take no quadratic time', (t) => {
  const size = 20_000;
  const inputs = [(i: number) => i, (i: number) => -i, () => 7];
  for (const input of inputs) {
    let compared = 0;
    const compare = (a: number, b: number) => {
      compared += 1;
      return a - b;
    };
    t.is(
      smallest(
        Array.from({ length: size }, (_, i) => input(i)),
        10,
        compare,
      ).length,
      10,
    );
    t.true(compared < 20 * size, `${compared}`);
  }
});
