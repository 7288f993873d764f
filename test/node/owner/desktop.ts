import test from 'ava';
import { desktopIdleMs } from '../../../src/node/owner/desktop.ts';
import type { RunProgram } from '../../../src/node/owner/run-program.ts';

/** A machine where these command lines, by their ends, print that. */
function machine(prints: Readonly<Record<string, string>>): RunProgram {
  return async (program, words) => {
    const line = [program, ...words].join(' ');
    return Object.entries(prints).find(([end]) => line.includes(end))?.[1];
  };
}

const session = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/run/user/1000/bus' };

test('X11 by xprintidle', async (t) => {
  t.is(await desktopIdleMs(machine({ xprintidle: '1234\n' }), { DISPLAY: ':0' }), 1234);
});

test('GNOME by its idle monitor', async (t) => {
  const run = machine({ 'IdleMonitor.GetIdletime': '(uint64 56789,)\n', xprintidle: '999999\n' });
  t.is(await desktopIdleMs(run, { ...session, DISPLAY: ':0' }), 56_789);
});

test('KDE by the interface of screen savers', async (t) => {
  t.is(await desktopIdleMs(machine({ GetSessionIdleTime: '(uint32 4200,)\n' }), session), 4200);
});

test('a peer outside of the desktop asks the login manager', async (t) => {
  const since = process.hrtime()[0] * 1e6 - 90e6;
  const facts = (idle: string) =>
    machine({
      'show-seat seat0': '3\n',
      'show-session 3': `Class=user\nType=wayland\nIdleHint=${idle}\nIdleSinceHintMonotonic=${since}\n`,
    });
  t.is(await desktopIdleMs(facts('no'), {}), 0);
  const idleMs = (await desktopIdleMs(facts('yes'), {}))!;
  t.true(idleMs > 88_000 && idleMs < 120_000, `${idleMs} ms`);
});

test('a login screen, a text console and a machine without any of it show nobody', async (t) => {
  const greeter = machine({
    'show-seat seat0': 'c1\n',
    'show-session c1': 'Class=greeter\nType=x11\nIdleHint=no\n',
  });
  const console = machine({
    'show-seat seat0': '1\n',
    'show-session 1': 'Class=user\nType=tty\nIdleHint=no\n',
  });
  t.is(await desktopIdleMs(greeter, {}), undefined);
  t.is(await desktopIdleMs(console, {}), undefined);
  t.is(await desktopIdleMs(async () => undefined, { ...session, DISPLAY: ':0' }), undefined);
});

test('what is no number is no answer', async (t) => {
  t.is(await desktopIdleMs(machine({ xprintidle: "couldn't open display\n" }), { DISPLAY: ':0' }), undefined);
});
