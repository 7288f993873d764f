import test from 'ava';
import { ProgressBar, progressLine } from '../../../src/cli/sim/progress-bar.ts';

test('the line tells simulated time, runs, and what is left by the clock on the wall', (t) => {
  const progress = { share: 0.25, simulatedMs: 15_000, totalMs: 60_000, ended: 2 };
  t.is(progressLine(progress, 10, 20_000), ' 25 %  15 s of 60 s simulated, 2 of 10 runs, about 60 s left');
  t.is(progressLine(progress, 1, 80_000), ' 25 %  15 s of 60 s simulated, about 4 min 0 s left');
});

test('there is no estimate before there is something to estimate from', (t) => {
  const progress = { share: 0, simulatedMs: 0, totalMs: 60_000, ended: 0 };
  t.is(progressLine(progress, 1, 5), '  0 %  0 s of 60 s simulated');
});

function barOn(isTTY: boolean): { readonly bar: ProgressBar; readonly written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  return { bar: new ProgressBar(1, stream), written };
}

test('the bar is one line that goes away; where there is no terminal there is none', (t) => {
  const progress = { share: 0.5, simulatedMs: 500, totalMs: 1000, ended: 0 };
  const there = barOn(true);
  there.bar.show(progress);
  there.bar.show(progress);
  t.is(there.written.length, 1);
  t.regex(there.written[0]!, /^\r.* 50 %/);
  there.bar.clear();
  t.is(there.written.length, 2);
  t.notRegex(there.written[1]!, /%/);
  const nowhere = barOn(false);
  nowhere.bar.show(progress);
  nowhere.bar.clear();
  t.deepEqual(nowhere.written, []);
});
