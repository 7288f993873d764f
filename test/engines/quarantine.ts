import test from 'ava';
import { Quarantine } from '../../src/engines/quarantine.ts';
import { ManualClock } from '../platform/helpers/manual-clock.ts';

const options = { quarantineCrashes: 3, quarantineWindowMs: 1_000, quarantineMs: 5_000 };

test('sets a key aside after so many crashes within the window, for a while', async (t) => {
  const clock = new ManualClock();
  const quarantine = new Quarantine(clock, options);
  for (const how of ['first', 'second']) quarantine.crashed('key', how);
  t.is(quarantine.reason('key'), undefined);
  quarantine.crashed('key', 'third');
  t.is(quarantine.reason('key'), 'third');
  t.is(quarantine.reason('other'), undefined);
  await clock.advanceSettled(4_999);
  t.is(quarantine.reason('key'), 'third');
  await clock.advanceSettled(1);
  t.is(quarantine.reason('key'), undefined);
});

test('crashes far apart do not add up', async (t) => {
  const clock = new ManualClock();
  const quarantine = new Quarantine(clock, options);
  for (let crash = 0; crash < 10; crash += 1) {
    quarantine.crashed('key', 'again');
    t.is(quarantine.reason('key'), undefined);
    await clock.advanceSettled(600);
  }
});

test('forgets the oldest of very many keys', (t) => {
  const quarantine = new Quarantine(new ManualClock(), { ...options, quarantineCrashes: 1 });
  for (let key = 0; key < 2_000; key += 1) quarantine.crashed(String(key), 'bad');
  t.is(quarantine.reason('0'), undefined);
  t.is(quarantine.reason('1999'), 'bad');
});
