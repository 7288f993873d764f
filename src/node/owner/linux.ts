import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { OwnerSigns } from '../../core/owner-policy.ts';
import type { Clock } from '../../platform/clock.ts';
import { desktopIdleMs } from './desktop.ts';
import type { OwnerSenses } from './owner-watch.ts';
import type { RunProgram } from './run-program.ts';

/** Interrupts of built-in keyboards, touch pads and pointing sticks; those of USB are shared with disks. */
const INPUT_DEVICES = /\b(?:i8042|i2c[-_ ]?hid|elan\w*|syna\w*|alps\w*|touchpad|trackpoint)\b/i;

/** The owner of a Linux machine: interrupts of its keyboard, its desktop, its power supply. */
export class LinuxSenses implements OwnerSenses {
  readonly #clock: Clock;
  readonly #run: RunProgram;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #root: string;
  #interrupts: bigint | undefined;
  #inputMs: number | undefined;

  /** @param parts.root where `proc` and `sys` are, for tests */
  constructor(parts: { clock: Clock; run: RunProgram; environment: NodeJS.ProcessEnv; root?: string }) {
    this.#clock = parts.clock;
    this.#run = parts.run;
    this.#environment = parts.environment;
    this.#root = parts.root ?? '/';
  }

  async glance(): Promise<number | undefined> {
    const table = await readFile(path.join(this.#root, 'proc/interrupts'), 'utf8');
    const interrupts = inputInterrupts(table);
    const now = this.#clock.now();
    if (this.#interrupts !== undefined && interrupts !== this.#interrupts) this.#inputMs = now;
    this.#interrupts = interrupts;
    return this.#inputMs === undefined ? undefined : now - this.#inputMs;
  }

  async ask(): Promise<OwnerSigns> {
    const [idleMs, onBattery] = await Promise.all([
      desktopIdleMs(this.#run, this.#environment),
      this.#onBattery(),
    ]);
    return { idleMs, onBattery };
  }

  /** See the kernel's sysfs-class-power. Batteries of mice and phones have the scope `Device`. */
  async #onBattery(): Promise<boolean> {
    const folder = path.join(this.#root, 'sys/class/power_supply');
    const names = await readdir(folder).catch(() => []);
    const supplies = await Promise.all(
      names.map(async (name) => {
        const read = async (file: string) =>
          (await readFile(path.join(folder, name, file), 'utf8').catch(() => '')).trim();
        const [type, scope, status, online] = await Promise.all(
          ['type', 'scope', 'status', 'online'].map(read),
        );
        return { type, scope, status, online };
      }),
    );
    const isPluggedIn = supplies.some(({ type, online }) => type !== 'Battery' && online === '1');
    const discharges = supplies.some(
      ({ type, scope, status }) => type === 'Battery' && scope !== 'Device' && status === 'Discharging',
    );
    return discharges && !isPluggedIn;
  }
}

/** How often input devices have interrupted, all cores together; of proc_interrupts(5). */
export function inputInterrupts(table: string): bigint {
  let sum = 0n;
  for (const line of table.split('\n')) {
    const [, counts, device] = /^\s*\w+:((?:\s+\d+)+)\s+(.*)$/.exec(line) ?? [];
    if (counts === undefined || device === undefined || !INPUT_DEVICES.test(device)) continue;
    for (const count of counts.trim().split(/\s+/)) sum += BigInt(count);
  }
  return sum;
}
