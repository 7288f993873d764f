import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { inputInterrupts, LinuxSenses } from '../../../src/node/owner/linux.ts';
import type { Clock } from '../../../src/platform/clock.ts';

const TABLE = (keyboard: number, pad: number, disk: number) => `           CPU0       CPU1
   1:         ${keyboard}          9   IO-APIC    1-edge      i8042
   8:          1          0   IO-APIC    8-edge      rtc0
  51:          4         ${pad}   intel-gpio   51  ELAN0669:00
 131:      ${disk}      77000  PCI-MSIX-0000:02:00.0    1-edge      nvme0q1
 NMI:          5          6   Non-maskable interrupts
`;

class Machine {
  readonly root: string;
  nowMs = 0;
  readonly senses: LinuxSenses;

  constructor(root: string) {
    this.root = root;
    const clock = { now: () => this.nowMs } as Clock;
    this.senses = new LinuxSenses({ clock, run: async () => undefined, environment: {}, root });
  }

  static async open(t: ExecutionContext): Promise<Machine> {
    const root = await mkdtemp(path.join(tmpdir(), 'gismesh-owner-'));
    t.teardown(() => rm(root, { recursive: true, force: true }));
    await mkdir(path.join(root, 'proc'));
    const machine = new Machine(root);
    await machine.write('proc/interrupts', TABLE(100, 20, 5));
    return machine;
  }

  async write(file: string, content: string): Promise<void> {
    await mkdir(path.dirname(path.join(this.root, file)), { recursive: true });
    await writeFile(path.join(this.root, file), content);
  }

  async supply(name: string, facts: Record<string, string>): Promise<void> {
    for (const [file, content] of Object.entries(facts)) {
      await this.write(`sys/class/power_supply/${name}/${file}`, `${content}\n`);
    }
  }
}

test('counts what input devices interrupted, and nothing else', (t) => {
  t.is(inputInterrupts(TABLE(100, 20, 5)), 133n);
  t.is(inputInterrupts(TABLE(100, 20, 500)), 133n);
  t.is(inputInterrupts(''), 0n);
});

test('nobody has been seen until a key or the pointer moves', async (t) => {
  const machine = await Machine.open(t);
  t.is(await machine.senses.glance(), undefined);
  machine.nowMs = 1000;
  await machine.write('proc/interrupts', TABLE(100, 20, 99_999));
  t.is(await machine.senses.glance(), undefined);
  machine.nowMs = 2000;
  await machine.write('proc/interrupts', TABLE(101, 20, 99_999));
  t.is(await machine.senses.glance(), 0);
  machine.nowMs = 5500;
  t.is(await machine.senses.glance(), 3500);
});

test('a laptop without its plug runs on battery', async (t) => {
  const machine = await Machine.open(t);
  t.false((await machine.senses.ask()).onBattery);
  await machine.supply('BAT0', { type: 'Battery', status: 'Discharging' });
  await machine.supply('AC', { type: 'Mains', online: '0' });
  t.true((await machine.senses.ask()).onBattery);
  await machine.supply('AC', { type: 'Mains', online: '1' });
  t.false((await machine.senses.ask()).onBattery);
});

test('the battery of a mouse does not count', async (t) => {
  const machine = await Machine.open(t);
  await machine.supply('hidpp_battery_0', { type: 'Battery', scope: 'Device', status: 'Discharging' });
  t.false((await machine.senses.ask()).onBattery);
});
