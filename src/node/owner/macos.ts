import type { OwnerSigns } from '../../core/owner-policy.ts';
import type { OwnerSenses } from './owner-watch.ts';
import type { RunProgram } from './run-program.ts';

const NS_PER_MS = 1e6;

/** The owner of a Mac: the idle time of its input devices, and its power source. */
export class MacosSenses implements OwnerSenses {
  readonly #run: RunProgram;

  constructor(run: RunProgram) {
    this.#run = run;
  }

  /** Everything here takes a program. */
  async glance(): Promise<undefined> {
    return undefined;
  }

  async ask(): Promise<OwnerSigns> {
    const [devices, power] = await Promise.all([
      this.#run('ioreg', ['-c', 'IOHIDSystem', '-d', '4']),
      this.#run('pmset', ['-g', 'batt']),
    ]);
    const idleNs = /"HIDIdleTime" = (\d+)/.exec(devices ?? '')?.[1];
    return {
      idleMs: idleNs === undefined ? undefined : Number(idleNs) / NS_PER_MS,
      onBattery: /'Battery Power'/.test(power ?? ''),
    };
  }
}
