import { signalTo } from './signal.ts';
import { StandGuard } from './stand-guard.ts';
import { processesBelow } from './usage.ts';

/** Looks at what has been started while its starter was being stopped. */
const MAX_STOP_ROUNDS = 50;

/** Stops all processes of a program where they are, and has them go on. Who is stopped can be killed as ever. */
export class Standstill {
  readonly #pid: number | undefined;
  readonly #isGuarded: boolean;
  #last: Promise<void> = Promise.resolve();
  #guard: StandGuard | undefined;
  #isOver = false;

  /**
   * @param pid of the program; undefined for one that could not be started
   * @param isGuarded something else takes all its processes with it when the peer dies
   */
  constructor(pid: number | undefined, isGuarded: boolean) {
    this.#pid = pid;
    this.#isGuarded = isGuarded;
  }

  /** One change after the other. */
  set(still: boolean): void {
    this.#last = this.#last.then(() => (still ? this.#stop() : this.#continue()));
  }

  /** The program is over. */
  end(): void {
    this.#isOver = true;
    this.#guard?.dismiss();
  }

  /** Until no process is left that one of the others could just have started: they cannot any more. */
  async #stop(): Promise<void> {
    const stopped = new Set<number>();
    for (let rounds = 0; rounds < MAX_STOP_ROUNDS && !this.#isOver; rounds += 1) {
      const running = (await this.#processes()).filter((pid) => !stopped.has(pid));
      if (running.length === 0) break;
      for (const pid of running) {
        stopped.add(pid);
        signalTo(pid, 'SIGSTOP');
      }
    }
    if (!this.#isOver && !this.#isGuarded) this.#guard = new StandGuard(stopped);
  }

  async #continue(): Promise<void> {
    this.#guard?.dismiss();
    if (this.#isOver) return;
    for (const pid of (await this.#processes()).reverse()) signalTo(pid, 'SIGCONT');
  }

  /** The program itself first. */
  async #processes(): Promise<number[]> {
    return this.#pid === undefined ? [] : [this.#pid, ...(await processesBelow(this.#pid)).pids];
  }
}
