import test from 'ava';
import { World } from '../../../sim/world.ts';
import type { OwnerSigns, OwnerState } from '../../../src/core/owner-policy.ts';
import { OwnerWatch, type OwnerWatchOptions } from '../../../src/node/owner/owner-watch.ts';
import { silentLog } from '../../../src/platform/log.ts';

const options: OwnerWatchOptions = {
  watch: true,
  awayAfterMs: 180_000,
  slotsBesideOwner: 1,
  watchMs: 1_000,
  askDesktopMs: 10_000,
};

/** An office with one person, who may touch the keyboard. */
function office(overrides: Partial<OwnerWatchOptions> = {}) {
  const world = new World(1);
  const { clock } = world.addMachine().boot();
  let touchedMs: number | undefined;
  const desktop: { signs: OwnerSigns; asked: number; fails: boolean } = {
    signs: { idleMs: undefined, onBattery: false },
    asked: 0,
    fails: false,
  };
  const watch = new OwnerWatch({
    senses: {
      glance: async () => (touchedMs === undefined ? undefined : clock.now() - touchedMs),
      ask: async () => {
        desktop.asked += 1;
        if (desktop.fails) throw new Error('no desktop');
        return desktop.signs;
      },
    },
    clock,
    log: silentLog,
    options: { ...options, ...overrides },
  });
  const states: OwnerState[] = [];
  watch.onChange((state) => states.push(state));
  return {
    watch,
    states,
    desktop,
    touch: () => {
      touchedMs = clock.now();
    },
    start: () => world.time.settle(watch.start(), 100),
    pass: (ms: number) => world.time.advance(ms),
  };
}

test('who comes back is seen within a second, and is away three minutes after the last key', async (t) => {
  const { watch, states, touch, start, pass } = office();
  await start();
  t.is(watch.state, 'away');
  t.true(watch.takesJobsOfOthers);
  touch();
  await pass(1_100);
  t.is(watch.state, 'active');
  t.is(watch.slotsForOthers(4), 1);
  t.false(watch.takesJobsOfOthers);
  await pass(170_000);
  t.is(watch.state, 'active');
  await pass(12_000);
  t.deepEqual(states, ['active', 'away']);
});

test('the desktop is asked now and then, and what it said grows older meanwhile', async (t) => {
  const { watch, desktop, start, pass } = office();
  desktop.signs = { idleMs: 175_000, onBattery: false };
  await start();
  t.is(watch.state, 'active');
  await pass(6_000);
  t.is(watch.state, 'away');
  t.is(desktop.asked, 1);
  await pass(60_000);
  t.true(desktop.asked >= 6 && desktop.asked <= 8, `${desktop.asked}`);
});

test('the power supply counts more than who is there', async (t) => {
  const { watch, desktop, start, pass } = office();
  desktop.signs = { idleMs: 0, onBattery: true };
  await start();
  t.is(watch.state, 'battery');
  t.is(watch.slotsForOthers(4), 0);
  desktop.signs = { idleMs: undefined, onBattery: false };
  await pass(11_500);
  t.is(watch.state, 'away');
});

test('signs that cannot be had change nothing, and are looked for again', async (t) => {
  const { watch, desktop, touch, start, pass } = office();
  desktop.fails = true;
  touch();
  await start();
  t.is(watch.state, 'away');
  await pass(1_500);
  t.is(watch.state, 'active');
});

test('a peer that does not watch, or has been stopped, looks at nothing', async (t) => {
  const off = office({ watch: false });
  off.touch();
  await off.start();
  await off.pass(20_000);
  t.is(off.watch.state, 'away');
  t.is(off.desktop.asked, 0);

  const stopped = office();
  await stopped.start();
  stopped.watch.stop();
  stopped.touch();
  await stopped.pass(20_000);
  t.is(stopped.watch.state, 'away');
});
