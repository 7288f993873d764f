import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';

/** Of a core, as Linux counts it, seconds. */
const TICK_SECONDS = 0.01;

/** Measures what other programs took of this machine's cores beside the given processes and this one. Linux only. */
export class ForeignLoad {
  readonly #pids: readonly number[];
  readonly #beganAt = performance.now();
  readonly #before: number;

  private constructor(pids: readonly number[], before: number) {
    this.#pids = pids;
    this.#before = before;
  }

  static async begin(pids: readonly number[]): Promise<ForeignLoad> {
    return new ForeignLoad(pids, await foreignSeconds(pids));
  }

  /** Of all cores since the beginning, 0..1. */
  async share(): Promise<number> {
    const seconds = (await foreignSeconds(this.#pids)) - this.#before;
    return seconds / ((performance.now() - this.#beganAt) / 1000) / cpus().length;
  }
}

/** Busy time of all cores that is not of these processes. */
async function foreignSeconds(pids: readonly number[]): Promise<number> {
  const [all] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user, nice, system, , , irq, softIrq] = all!.trim().split(/\s+/).slice(1).map(Number);
  const busy = user! + nice! + system! + irq! + softIrq!;
  const own = await Promise.all([process.pid, ...pids].map(ticksOf));
  return (busy - own.reduce((sum, ticks) => sum + ticks, 0)) * TICK_SECONDS;
}

/** User and system time of a process; see proc_pid_stat(5). */
async function ticksOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in brackets and may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}
