import test from 'ava';
import fc from 'fast-check';
import { HedgeBudget } from '../../src/core/hedge.ts';

const options = { maxShare: 0.05, maxBurst: 4, minDelayMs: 30 };

test('waits for the p95, and for the floor where that is longer', (t) => {
  const budget = new HedgeBudget(options);
  t.is(budget.delayMs(200), 200);
  t.is(budget.delayMs(5), 30);
});

test('allows its share of requests and one burst, however they are mixed', (t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (events) => {
      const budget = new HedgeBudget(options);
      let requests = 0;
      let hedges = 0;
      for (const isRequest of events) {
        if (isRequest) {
          budget.requested();
          requests += 1;
        } else if (budget.trySpend()) {
          hedges += 1;
        }
        t.true(hedges <= options.maxBurst + requests * options.maxShare + 1e-9);
      }
    }),
  );
});

test('quiet times save up no more than one burst', (t) => {
  const budget = new HedgeBudget(options);
  for (let i = 0; i < 10_000; i += 1) budget.requested();
  const spent = Array.from({ length: 10 }, () => budget.trySpend()).filter(Boolean).length;
  t.is(spent, 4);
});

test('a spent budget is refilled by requests', (t) => {
  const budget = new HedgeBudget(options);
  while (budget.trySpend());
  for (let i = 0; i < 21; i += 1) budget.requested();
  t.true(budget.trySpend());
  t.false(budget.trySpend());
});
