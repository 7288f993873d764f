import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { ClockWatch } from '../../src/mesh/clock-watch.ts';

function watched() {
  const time = new VirtualTime();
  const clock = new MachineClock(time);
  const events: Array<[kind: string, byMs: number]> = [];
  let checks = 0;
  const watch = new ClockWatch(
    clock,
    { checkMs: 500, jumpMs: 5000, stallMs: 500 },
    {
      jumped: (byMs) => events.push(['jumped', byMs]),
      stalled: (byMs) => events.push(['stalled', byMs]),
      checked: () => {
        checks += 1;
      },
    },
  );
  watch.start();
  return { time, clock, watch, events, checks: () => checks };
}

test('nothing is said while time passes as it should', async (t) => {
  const { time, watch, events, checks } = watched();
  for (let i = 0; i < 100; i += 1) {
    await time.advance(137);
    watch.check();
  }
  t.deepEqual(events, []);
  t.is(checks(), 27);
});

test('a closed lid is a jump by the time it was closed', async (t) => {
  const { time, clock, events } = watched();
  await time.advance(700);
  clock.suspend();
  await time.advance(60_000);
  clock.resume();
  await time.advance(500);
  t.deepEqual(events, [['jumped', 60_000]]);
  await time.advance(10_000);
  t.is(events.length, 1);
});

test('a wall clock that is set is a jump in its direction, a correction is none', async (t) => {
  const { time, clock, events } = watched();
  clock.shiftWallTime(-3_600_000);
  await time.advance(600);
  clock.shiftWallTime(4000);
  await time.advance(600);
  t.deepEqual(events, [['jumped', -3_600_000]]);
});

test('a stopped process is a stall, noticed by whoever asks first', async (t) => {
  const { time, clock, watch, events } = watched();
  await time.advance(700);
  clock.stall();
  await time.advance(3000);
  clock.resume();
  watch.check();
  t.deepEqual(events, [['stalled', 2700]]);
  await time.advance(5000);
  t.is(events.length, 1);
});

test('nothing is looked at after the end', async (t) => {
  const { time, watch, checks } = watched();
  await time.advance(600);
  watch.stop();
  await time.advance(5000);
  t.is(checks(), 1);
});
