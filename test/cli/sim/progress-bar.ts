import test from 'ava';
import { progressLine } from '../../../src/cli/sim/progress-bar.ts';

test('the line tells simulated time, runs, and what is left by the clock on the wall', (t) => {
  const progress = { share: 0.25, simulatedMs: 15_000, totalMs: 60_000, ended: 2 };
  t.is(progressLine(progress, 10, 20_000), ' 25 %  15 s of 60 s simulated, 2 of 10 runs, about 60 s left');
  t.is(progressLine(progress, 1, 80_000), ' 25 %  15 s of 60 s simulated, about 4 min 0 s left');
});

test('there is no estimate before there is something to estimate from', (t) => {
  const progress = { share: 0, simulatedMs: 0, totalMs: 60_000, ended: 0 };
  t.is(progressLine(progress, 1, 5), '  0 %  0 s of 60 s simulated');
});
