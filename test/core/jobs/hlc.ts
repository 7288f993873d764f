import test from 'ava';
import fc from 'fast-check';
import { compareHlc, HLC_MAX_COUNTER, type HlcTime, HybridClock } from '../../../src/core/jobs/hlc.ts';

const DRIFT_MS = 1000;

test('an own time is later than all before and all received, whatever the wall clock does', (t) => {
  const step = fc.oneof(
    fc.record({ wallMs: fc.nat({ max: 5000 }) }),
    fc.record({
      wallMs: fc.nat({ max: 5000 }),
      heard: fc.record({ wallMs: fc.nat({ max: 9000 }), counter: fc.nat({ max: HLC_MAX_COUNTER }) }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const clock = new HybridClock(DRIFT_MS);
      let latest: HlcTime = { wallMs: -1, counter: 0 };
      for (const each of steps) {
        if ('heard' in each) {
          const taken = clock.receive(each.heard, each.wallMs);
          t.is(taken, each.heard.wallMs <= each.wallMs + DRIFT_MS);
          if (taken && compareHlc(each.heard, latest) > 0) latest = each.heard;
        } else {
          const own = clock.tick(each.wallMs);
          t.true(compareHlc(own, latest) > 0);
          t.true(own.wallMs >= each.wallMs && own.counter <= HLC_MAX_COUNTER);
          latest = own;
        }
      }
    }),
  );
});

test('a peer from the far future does not take this clock along', (t) => {
  const clock = new HybridClock(DRIFT_MS);
  t.false(clock.receive({ wallMs: 1_000_000, counter: 0 }, 5));
  t.deepEqual(clock.tick(5), { wallMs: 5, counter: 0 });
  t.true(clock.receive({ wallMs: 1005, counter: 7 }, 5));
  t.deepEqual(clock.tick(6), { wallMs: 1005, counter: 8 });
});

test('a full counter goes on with the next millisecond', (t) => {
  const clock = new HybridClock(DRIFT_MS);
  clock.receive({ wallMs: 9, counter: HLC_MAX_COUNTER }, 9);
  t.deepEqual(clock.tick(9), { wallMs: 10, counter: 0 });
});
