import type { RunEvent } from '../run-event.ts';

/** Which disks were given each job, and have not been lost since. */
export class JobDisks {
  readonly #holders = new Map<string, Set<string>>();

  observe(event: RunEvent): void {
    if (event.kind === 'job-status') {
      const holders = this.#holders.get(event.job) ?? new Set<string>();
      this.#holders.set(event.job, holders.add(event.peer));
    } else if (event.kind === 'fault-began' && event.fault.kind === 'disk-loss') {
      for (const holders of this.#holders.values()) holders.delete(`peer-${event.fault.peer + 1}`);
    }
  }

  /** Whether every disk that ever held the job was lost, each after it was given the job last. */
  lostAll(job: string): boolean {
    return this.#holders.get(job)?.size === 0;
  }
}
