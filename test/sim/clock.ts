import test from 'ava';
import { MachineClock, WORLD_EPOCH_MS } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { testClockCompliance } from '../platform/compliance/clock.ts';

testClockCompliance('simulated', () => {
  const time = new VirtualTime();
  return { clock: new MachineClock(time), run: (promise) => time.settle(promise, 1e9) };
});

test('a machine that starts later counts its monotonic time from its start', async (t) => {
  const time = new VirtualTime();
  await time.advance(5000);
  const clock = new MachineClock(time, 250);
  t.is(clock.now(), 0);
  t.is(clock.wallTime(), WORLD_EPOCH_MS + 5250);
});

test('while a process is stopped its time goes on, and afterwards everything overdue happens in order', async (t) => {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const happened: string[] = [];
  clock.after(200, () => happened.push('second'));
  clock.after(100, () => happened.push('first'));
  clock.after(5000, () => happened.push('later'));
  clock.stall();
  time.at(50, () => clock.deliver(() => happened.push('message')));
  await time.advance(1000);
  t.deepEqual(happened, []);
  t.is(clock.now(), 1000);
  clock.resume();
  await time.advance(0);
  t.deepEqual(happened, ['first', 'second', 'message']);
  await time.advance(4000);
  t.deepEqual(happened, ['first', 'second', 'message', 'later']);
});

test('while a lid is closed the monotonic clock stands still and the wall clock goes on', async (t) => {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  let firedAtMs = -1;
  clock.after(100, () => {
    firedAtMs = clock.now();
  });
  await time.advance(40);
  clock.suspend();
  await time.advance(3_600_000);
  t.is(clock.now(), 40);
  t.is(clock.wallTime(), WORLD_EPOCH_MS + 3_600_040);
  clock.resume();
  t.is(clock.now(), 40);
  await time.advance(59);
  t.is(firedAtMs, -1);
  await time.advance(1);
  t.is(firedAtMs, 100);
});

test('nothing happens in a process that has ended', async (t) => {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  clock.after(10, () => t.fail());
  clock.stall();
  clock.deliver(() => t.fail());
  clock.end();
  clock.resume();
  clock.deliver(() => t.fail());
  clock.after(10, () => t.fail());
  await time.advance(1000);
  t.true(clock.ended);
});

test('a wall clock that is set shifts, the monotonic one does not', async (t) => {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  await time.advance(100);
  clock.shiftWallTime(-60_000);
  t.is(clock.now(), 100);
  t.is(clock.wallTime(), WORLD_EPOCH_MS - 59_900);
});

test('a busy event loop deals with one thing after the other, in the order in which they came', async (t) => {
  const time = new VirtualTime();
  const clock = new MachineClock(time, 0, 2);
  const happened: string[] = [];
  const note = (what: string) => clock.deliver(() => happened.push(`${what} at ${time.nowMs}`));
  note('one');
  note('two');
  await time.advance(10);
  note('three');
  await time.advance(10);
  t.deepEqual(happened, ['one at 2', 'two at 4', 'three at 12']);
});

test('a delay that ends just beyond a moment of the grid is waited for once', async (t) => {
  const time = new VirtualTime();
  await time.advance(2000);
  const clock = new MachineClock(time);
  await time.advance(13_176.4296875);
  let happened = 0;
  // One bit more than a double that large keeps when the start of the machine is added to it.
  clock.after(1 + 2e-12, () => {
    happened += 1;
  });
  const before = time.processed;
  await time.advance(2);
  t.is(happened, 1);
  t.is(time.processed - before, 1);
});
