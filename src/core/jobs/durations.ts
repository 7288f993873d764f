/**
 * How long processes take, learned from jobs that ended: exponentially weighted means. The process that was not
 * heard of for longest is forgotten when there are too many.
 */
export class Durations {
  readonly #maxProcesses: number;
  readonly #means = new Map<string, number>();

  constructor(maxProcesses: number) {
    this.#maxProcesses = maxProcesses;
  }

  observe(process: string, durationMs: number): void {
    if (!(durationMs >= 0)) return;
    const before = this.#means.get(process);
    this.#means.delete(process);
    this.#means.set(process, before === undefined ? durationMs : before + WEIGHT * (durationMs - before));
    if (this.#means.size > this.#maxProcesses) this.#means.delete(this.#means.keys().next().value as string);
  }

  /** Undefined for a process that nothing is known of. */
  meanMs(process: string): number | undefined {
    return this.#means.get(process);
  }
}

/** Of a new observation against all before. */
const WEIGHT = 0.25;
