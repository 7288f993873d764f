import test from 'ava';
import fc from 'fast-check';
import { jobOfOthers, ownerState, slotsForOthers, takesJobsOfOthers } from '../../src/core/owner-policy.ts';

const options = { awayAfterMs: 180_000, slotsBesideOwner: 1 };
const signs = fc.record({
  idleMs: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined }),
  onBattery: fc.boolean(),
});

test('who was seen a moment ago is there, who was not for long is away, and nobody is where none was ever seen', (t) => {
  t.is(ownerState({ idleMs: 0, onBattery: false }, options), 'active');
  t.is(ownerState({ idleMs: 179_999, onBattery: false }, options), 'active');
  t.is(ownerState({ idleMs: 180_000, onBattery: false }, options), 'away');
  t.is(ownerState({ idleMs: undefined, onBattery: false }, options), 'away');
});

test('on battery nothing is done for others, whether somebody is there or not', (t) => {
  fc.assert(
    fc.property(signs, fc.nat(64), (seen, slots) => {
      const state = ownerState({ ...seen, onBattery: true }, options);
      t.is(slotsForOthers(slots, state, options), 0);
      t.false(takesJobsOfOthers(state));
    }),
  );
});

test('the longer nobody was there, the more is done for others; never more than there are slots', (t) => {
  fc.assert(
    fc.property(signs, fc.double({ min: 0, max: 1e7, noNaN: true }), fc.nat(64), (seen, later, slots) => {
      const before = ownerState(seen, options);
      const idleMs = seen.idleMs === undefined ? undefined : seen.idleMs + later;
      const after = ownerState({ ...seen, idleMs }, options);
      const worked = slotsForOthers(slots, before, options);
      t.true(worked <= slotsForOthers(slots, after, options));
      t.true(worked <= slots);
      t.true(Number(takesJobsOfOthers(before)) <= Number(takesJobsOfOthers(after)));
    }),
  );
});

test('a job of others stands still as soon as the owner is there, then goes elsewhere, and runs when nobody is', (t) => {
  const after = (presentMs: number | undefined) => jobOfOthers(presentMs, { yieldMs: 20_000 });
  t.deepEqual([undefined, 0, 19_999, 20_000].map(after), [
    'runs',
    'stands still',
    'stands still',
    'goes elsewhere',
  ]);
});
