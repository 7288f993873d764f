import test from 'ava';
import fc from 'fast-check';
import { decodeCell, encodeCell } from '../../../sim/report/data.ts';

test('a cell is one byte and comes back as it went in, within what a colour can show', (t) => {
  fc.assert(
    fc.property(
      fc.option(fc.double({ min: 0, max: 32, noNaN: true }), { nil: undefined }),
      fc.boolean(),
      (load, ownerActive) => {
        const byte = encodeCell({ load, ownerActive });
        t.true(Number.isInteger(byte) && byte >= 0 && byte < 256);
        const back = decodeCell(byte);
        t.is(back.ownerActive, ownerActive);
        if (load === undefined) t.is(back.load, undefined);
        else t.true(Math.abs(back.load! - load) <= Math.max(0.01, load * 0.03));
      },
    ),
  );
});

test('a machine that stands still is told from one that is off', (t) => {
  for (const ownerActive of [true, false]) {
    for (const isStill of [true, false]) {
      const cell = { load: undefined, isStill, ownerActive };
      t.deepEqual(decodeCell(encodeCell(cell)), cell);
    }
  }
});

test('more waiting work than the scale has is its end, and is not taken for a machine that is off', (t) => {
  t.true(decodeCell(encodeCell({ load: 1e6, ownerActive: false })).load! >= 32);
});
