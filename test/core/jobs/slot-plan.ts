import test from 'ava';
import fc from 'fast-check';
import { waitForSlotMs } from '../../../src/core/bid.ts';
import { SlotPlan, slotsFor, widthOf } from '../../../src/core/jobs/slot-plan.ts';

const counts = fc.integer({ min: 1, max: 5 });
const demand = fc.record({
  serviceMs: fc.nat({ max: 1000 }),
  isLong: fc.boolean(),
  slots: fc.integer({ min: 1, max: 6 }),
});
const demands = fc.array(demand, { maxLength: 20 });

const short = (serviceMs = 0, slots = 1) => ({ serviceMs, isLong: false, slots });
const long = (serviceMs = 0, slots = 1) => ({ serviceMs, isLong: true, slots });

test('short jobs wait for whichever slot is free first', (t) => {
  fc.assert(
    fc.property(counts, fc.array(fc.nat({ max: 1000 }), { maxLength: 20 }), (count, durations) => {
      const plan = new SlotPlan(count);
      for (const ms of durations) plan.add(short(ms));
      t.is(plan.waitMs(short()), waitForSlotMs(count, [], durations));
    }),
  );
});

test('long jobs leave one slot to the others, where there are several', (t) => {
  const plan = new SlotPlan(2);
  t.is(plan.add(long(600)), 600);
  t.is(plan.waitMs(short()), 0);
  t.is(plan.waitMs(long()), 600);
  t.is(plan.add(short(100)), 100);
  t.is(plan.add(long(600)), 1200);
  const single = new SlotPlan(1);
  t.is(single.waitMs(long()), 0);
  t.is(single.add(long(600)), 600);
});

test('a job that keeps several cores busy waits until so many slots are free, or all that it may have', (t) => {
  const plan = new SlotPlan(4);
  plan.add(short(100));
  t.is(plan.waitMs(short(0, 3)), 0);
  t.is(plan.waitMs(short(0, 4)), 100);
  t.is(plan.waitMs(short(0, 40)), 100);
  t.is(plan.waitMs(long(0, 40)), 0);
  t.is(plan.add(short(500, 4)), 600);
  t.is(plan.waitMs(short()), 600);
});

test('without slots nothing ever begins', (t) => {
  const plan = new SlotPlan(0);
  t.is(plan.add(short(100)), Infinity);
  t.is(plan.waitMs(long()), Infinity);
});

test('a long job never begins before a short one could; what is added puts nothing forward', (t) => {
  fc.assert(
    fc.property(counts, demands, (count, each) => {
      const plan = new SlotPlan(count);
      for (const next of each) {
        const before = [plan.waitMs(short()), plan.waitMs(long())] as const;
        t.true(before[1] >= before[0]);
        plan.add(next);
        t.true(plan.waitMs(short()) >= before[0] && plan.waitMs(long()) >= before[1]);
      }
    }),
  );
});

test('at no time more slots are taken than there are, or than long jobs may have', (t) => {
  fc.assert(
    fc.property(counts, demands, (count, each) => {
      const plan = new SlotPlan(count);
      const runs = each.map((next) => {
        const toMs = plan.add(next);
        return { fromMs: toMs - next.serviceMs, toMs, isLong: next.isLong, width: widthOf(next, count) };
      });
      for (const { fromMs } of runs) {
        const then = runs.filter((run) => run.fromMs <= fromMs && fromMs < run.toMs);
        const taken = (some: typeof runs) => some.reduce((sum, { width }) => sum + width, 0);
        t.true(taken(then) <= count);
        t.true(taken(then.filter(({ isLong }) => isLong)) <= slotsFor(true, count));
      }
    }),
  );
});
