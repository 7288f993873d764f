import type { RunProgram } from './run-program.ts';

const US_PER_MS = 1_000;

/**
 * How long the desktop has had no input, ms, by whichever of its ways answers first: xprintidle under X11, GNOME's
 * idle monitor, the screen saver's interface of KDE and others, the login manager. Undefined where there is none.
 */
export async function desktopIdleMs(
  run: RunProgram,
  environment: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  for (const way of waysOf(environment)) {
    const idleMs = await way(run);
    if (idleMs !== undefined) return idleMs;
  }
  return undefined;
}

type Way = (run: RunProgram) => Promise<number | undefined>;

function waysOf({ DISPLAY, DBUS_SESSION_BUS_ADDRESS }: NodeJS.ProcessEnv): Way[] {
  const ways: Way[] = [];
  if (DBUS_SESSION_BUS_ADDRESS) ways.push(gnomeIdle, screenSaverIdle);
  // Under Wayland it only sees the windows of X11 programs: asked after the desktop itself.
  if (DISPLAY) ways.push(x11Idle);
  ways.push(loginIdle);
  return ways;
}

async function x11Idle(run: RunProgram): Promise<number | undefined> {
  return numberIn(/^(\d+)\s*$/, await run('xprintidle', []));
}

/** Of all input devices, ms. */
async function gnomeIdle(run: RunProgram): Promise<number | undefined> {
  const service = 'org.gnome.Mutter.IdleMonitor';
  const object = '/org/gnome/Mutter/IdleMonitor/Core';
  const words = ['call', '--session', '--dest', service, '--object-path', object];
  return numberIn(/^\(uint64 (\d+),\)/, await run('gdbus', [...words, '--method', `${service}.GetIdletime`]));
}

/** KDE answers in ms. */
async function screenSaverIdle(run: RunProgram): Promise<number | undefined> {
  const service = 'org.freedesktop.ScreenSaver';
  const words = ['call', '--session', '--dest', service, '--object-path', '/ScreenSaver'];
  return numberIn(
    /^\(uint32 (\d+),\)/,
    await run('gdbus', [...words, '--method', `${service}.GetSessionIdleTime`]),
  );
}

/** Of whoever sits at the machine itself; logind's IdleSinceHintMonotonic is in µs since the machine started. */
async function loginIdle(run: RunProgram): Promise<number | undefined> {
  const seat = await run('loginctl', ['show-seat', 'seat0', '--property=ActiveSession', '--value']);
  const session = /^(\S+)\s*$/.exec(seat ?? '')?.[1];
  if (session === undefined) return undefined;
  const properties = ['Class', 'Type', 'IdleHint', 'IdleSinceHintMonotonic'].map(
    (name) => `--property=${name}`,
  );
  const text = (await run('loginctl', ['show-session', session, ...properties])) ?? '';
  const facts = new Map(text.split('\n').map((line) => line.split('=') as [string, string]));
  // A login screen has nobody before it yet, and text consoles never say that they are idle.
  if (facts.get('Class') !== 'user' || !/^(?:x11|wayland|mir)$/.test(facts.get('Type') ?? ''))
    return undefined;
  if (facts.get('IdleHint') !== 'yes') return 0;
  const sinceUs = Number(facts.get('IdleSinceHintMonotonic'));
  return sinceUs > 0 ? Math.max(0, process.hrtime()[0] * 1_000 - sinceUs / US_PER_MS) : undefined;
}

function numberIn(pattern: RegExp, text: string | undefined): number | undefined {
  const found = pattern.exec(text ?? '')?.[1];
  return found === undefined ? undefined : Number(found);
}
