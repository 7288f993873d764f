import test from 'ava';
import { RunningTime, Suspension } from '../../src/processes/suspension.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';

test('who follows is told of each change, and at once of what is so already', (t) => {
  const suspension = new Suspension();
  const heard: boolean[] = [];
  const unfollow = suspension.follow((isSuspended) => heard.push(isSuspended));
  suspension.isSuspended = false;
  suspension.isSuspended = true;
  suspension.isSuspended = true;
  const late: boolean[] = [];
  suspension.follow((isSuspended) => late.push(isSuspended));
  suspension.isSuspended = false;
  unfollow();
  suspension.isSuspended = true;
  t.deepEqual(heard, [true, false]);
  t.deepEqual(late, [true, false, true]);
});

test('the time of a run passes only while it runs', (t) => {
  const clock = new ManualClock();
  const suspension = new Suspension();
  let over = 0;
  const time = new RunningTime(clock, 1000, suspension, () => {
    over += 1;
  });
  clock.advance(600);
  suspension.isSuspended = true;
  clock.advance(100_000);
  suspension.isSuspended = false;
  clock.advance(399);
  t.is(over, 0);
  clock.advance(1);
  t.is(over, 1);
  time.cancel();
});

test('a run that begins suspended has all of its time; one that has ended none', (t) => {
  const clock = new ManualClock();
  const suspension = new Suspension();
  suspension.isSuspended = true;
  let over = 0;
  const count = () => {
    over += 1;
  };
  const ended = new RunningTime(clock, 1000, suspension, count);
  ended.cancel();
  const waiting = new RunningTime(clock, 1000, suspension, count);
  clock.advance(5000);
  suspension.isSuspended = false;
  clock.advance(999);
  t.is(over, 0);
  clock.advance(1);
  t.is(over, 1);
  waiting.cancel();
});
