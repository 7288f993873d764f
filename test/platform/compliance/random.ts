import anyTest from 'ava';
import { type Random, randomInteger } from '../../../src/platform/random.ts';

/** Registers the tests that every implementation of `Random` has to pass. */
export function testRandomCompliance(name: string, create: () => Random): void {
  anyTest(`${name}: numbers are uniform in [0, 1)`, (t) => {
    const random = create();
    const draws = 20_000;
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < draws; i += 1) {
      const value = random.next();
      t.true(value >= 0 && value < 1);
      tenths[Math.floor(value * 10)]! += 1;
    }
    // Nine degrees of freedom: a fair generator is above 40 less than once in 100,000 times.
    const chiSquared = tenths.reduce((sum, count) => sum + (count - draws / 10) ** 2 / (draws / 10), 0);
    t.true(chiSquared < 40, `${chiSquared}`);
  });

  anyTest(`${name}: bytes take every value`, (t) => {
    const random = create();
    t.is(random.bytes(0).length, 0);
    const bytes = random.bytes(10_000);
    t.is(bytes.length, 10_000);
    t.is(new Set(bytes).size, 256);
  });

  anyTest(`${name}: two draws of 16 bytes differ`, (t) => {
    const random = create();
    t.notDeepEqual(random.bytes(16), random.bytes(16));
  });

  anyTest(`${name}: integers are within their bound`, (t) => {
    const random = create();
    const seen = new Set(Array.from({ length: 1000 }, () => randomInteger(random, 7)));
    t.deepEqual([...seen].sort(), [0, 1, 2, 3, 4, 5, 6]);
  });
}
