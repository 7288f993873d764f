import test from 'ava';
import { Dearness } from '../../../src/core/policies/dearness.ts';

const options = { dearFactor: 2, questionsPerRequest: 3 };

test('a bid is dear above so many times the warm service; at first each that is dear is worth asking on', (t) => {
  const dearness = new Dearness(options);
  t.false(dearness.isDear(100, 50));
  t.true(dearness.isDear(101, 50));
  t.true(dearness.isWorthAsking(101, 50));
  t.false(dearness.isWorthAsking(100, 50));
});

test('when there are not questions enough for all that is dear, the heaviest get some that are not', (t) => {
  const dearness = new Dearness(options);
  t.false(dearness.isWorthAsking(500, 400));
  for (let i = 0; i < 35; i += 1) dearness.asked(9, 50);
  t.true(dearness.isWorthAsking(500, 400));
  t.false(dearness.isWorthAsking(390, 400), 'no better than usual');
  for (let i = 0; i < 200; i += 1) dearness.asked(1, 50);
  t.false(dearness.isWorthAsking(500, 400));
});

test('many questions raise the time from which on it is worth it, few lower it', (t) => {
  const dearness = new Dearness(options);
  // Some hundred questions are free.
  for (let i = 0; i < 30; i += 1) dearness.asked(9, 50);
  t.true(dearness.isWorthAsking(200, 50));
  for (let i = 0; i < 10; i += 1) dearness.asked(9, 50);
  t.false(dearness.isWorthAsking(200, 50));
  t.true(dearness.isDear(200, 50));
  t.true(dearness.isWorthAsking(2_000, 50));
  for (let i = 0; i < 100; i += 1) dearness.asked(1, 50);
  t.true(dearness.isWorthAsking(200, 50));
});

test('however long many were asked, few requests later it is as at the beginning', (t) => {
  const dearness = new Dearness(options);
  for (let i = 0; i < 10_000; i += 1) dearness.asked(24, 50);
  t.true(dearness.isWorthAsking(61_000, 50));
  for (let i = 0; i < 200; i += 1) dearness.asked(0, 50);
  t.true(dearness.isWorthAsking(101, 50));
});
