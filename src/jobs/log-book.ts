/** What an attempt, or the process in it, said. */
export interface LogLine {
  readonly epoch: number;
  /** Ms since 1970, by the clock of the peer that executes. */
  readonly at: number;
  readonly text: string;
}

export interface LogBookOptions {
  /** Jobs whose log is kept; beyond it the one written to longest ago goes. */
  readonly logJobs: number;
  /** The last lines of each. */
  readonly logLines: number;
}

/** The ends of the logs of some jobs, in memory: of attempts made here, and copies of those of others. */
export class LogBook {
  readonly #options: LogBookOptions;
  /** The job written to last at the end; lines in the order of the attempts. */
  readonly #lines = new Map<string, LogLine[]>();

  constructor(options: LogBookOptions) {
    this.#options = options;
  }

  add(job: string, line: LogLine): void {
    const lines = this.#lines.get(job) ?? [];
    lines.push(line);
    if (lines.length > this.#options.logLines) lines.shift();
    this.#keep(job, lines);
  }

  /** Puts what is known elsewhere of one attempt in the place of what is known of it here. */
  replace(job: string, epoch: number, lines: readonly LogLine[]): void {
    const others = (this.#lines.get(job) ?? []).filter((line) => line.epoch !== epoch);
    this.#keep(job, [...others, ...lines].sort(inOrder).slice(-this.#options.logLines));
  }

  of(job: string): readonly LogLine[] {
    return this.#lines.get(job) ?? [];
  }

  /** The last of what was said in one attempt, or in all: of at most so many characters. */
  tail(job: string, characters: number, epoch?: number): LogLine[] {
    const tail: LogLine[] = [];
    let length = 0;
    for (const line of this.of(job).toReversed()) {
      if (epoch !== undefined && line.epoch !== epoch) continue;
      length += line.text.length;
      if (length > characters) break;
      tail.push(line);
    }
    return tail.reverse();
  }

  #keep(job: string, lines: LogLine[]): void {
    this.#lines.delete(job);
    this.#lines.set(job, lines);
    if (this.#lines.size > this.#options.logJobs) {
      this.#lines.delete(this.#lines.keys().next().value as string);
    }
  }
}

export function inOrder(a: LogLine, b: LogLine): number {
  return a.epoch - b.epoch || a.at - b.at;
}
