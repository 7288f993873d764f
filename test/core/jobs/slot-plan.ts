import test from 'ava';
import fc from 'fast-check';
import { waitForSlotMs } from '../../../src/core/bid.ts';
import { SlotPlan } from '../../../src/core/jobs/slot-plan.ts';

const slots = fc.integer({ min: 1, max: 5 });
const jobs = fc.array(fc.record({ ms: fc.nat({ max: 1000 }), isLong: fc.boolean() }), { maxLength: 20 });

test('short jobs wait for whichever slot is free first', (t) => {
  fc.assert(
    fc.property(slots, fc.array(fc.nat({ max: 1000 }), { maxLength: 20 }), (count, durations) => {
      const plan = new SlotPlan(count);
      for (const ms of durations) plan.add(ms, false);
      t.is(plan.waitMs(false), waitForSlotMs(count, [], durations));
    }),
  );
});

test('long jobs leave one slot to the others, where there are several', (t) => {
  const plan = new SlotPlan(2);
  t.is(plan.add(600, true), 600);
  t.is(plan.waitMs(false), 0);
  t.is(plan.waitMs(true), 600);
  t.is(plan.add(100, false), 100);
  t.is(plan.add(600, true), 1200);
  const single = new SlotPlan(1);
  t.is(single.waitMs(true), 0);
  t.is(single.add(600, true), 600);
});

test('without slots nothing ever begins', (t) => {
  const plan = new SlotPlan(0);
  t.is(plan.add(100, false), Infinity);
  t.is(plan.waitMs(true), Infinity);
});

test('a long job never begins before a short one could; what is added puts nothing forward', (t) => {
  fc.assert(
    fc.property(slots, jobs, (count, each) => {
      const plan = new SlotPlan(count);
      for (const { ms, isLong } of each) {
        const before = [plan.waitMs(false), plan.waitMs(true)] as const;
        t.true(before[1] >= before[0]);
        plan.add(ms, isLong);
        t.true(plan.waitMs(false) >= before[0] && plan.waitMs(true) >= before[1]);
      }
    }),
  );
});
