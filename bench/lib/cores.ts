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

/**
 * Measures what this process and its ended children did not get of the cores while something else did: other programs,
 * and other machines of the same host (`steal` of proc_stat(5)). A figure from a disturbed run says little. Linux only.
 */
export class Disturbance {
  readonly #beganAt = performance.now();
  readonly #before: number;

  private constructor(before: number) {
    this.#before = before;
  }

  static async begin(): Promise<Disturbance> {
    return new Disturbance(await disturbedSeconds());
  }

  /** Of all cores since the beginning, 0..1. */
  async share(): Promise<number> {
    const seconds = (await disturbedSeconds()) - this.#before;
    return Math.max(0, seconds / ((performance.now() - this.#beganAt) / 1000) / cpus().length);
  }
}

async function disturbedSeconds(): Promise<number> {
  const { busy, stolen } = await coreTicks();
  return (busy + stolen - (await ticksOf(process.pid, { withChildren: true }))) * TICK_SECONDS;
}

/** Busy time of all cores that is not of these processes. */
async function foreignSeconds(pids: readonly number[]): Promise<number> {
  const { busy } = await coreTicks();
  const own = await Promise.all([process.pid, ...pids].map((pid) => ticksOf(pid)));
  return (busy - own.reduce((sum, ticks) => sum + ticks, 0)) * TICK_SECONDS;
}

/** Of all cores together since the machine started; see proc_stat(5). */
async function coreTicks(): Promise<{ busy: number; stolen: number }> {
  const [all] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user, nice, system, , , irq, softIrq, stolen] = all!.trim().split(/\s+/).slice(1).map(Number);
  return { busy: user! + nice! + system! + irq! + softIrq!, stolen: stolen! };
}

/** User and system time of a process, and of its children that ended; see proc_pid_stat(5). */
async function ticksOf(pid: number, { withChildren = false } = {}): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name of the program stands in brackets and may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const own = Number(fields[11]) + Number(fields[12]);
  return withChildren ? own + Number(fields[13]) + Number(fields[14]) : own;
}
