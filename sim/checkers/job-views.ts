import { isTerminal } from '../../src/core/jobs/job-status.ts';
import type { JobEvent } from '../jobs/job-event.ts';
import type { RunEvent } from '../run-event.ts';

/** What a peer held of a job at some time. */
export type JobView = Extract<JobEvent, { kind: 'job-status' }>;
export type AcceptedJob = Extract<JobEvent, { kind: 'job-accepted' }>;

/**
 * What each peer last held of each job, and what people were promised. Where the plug is pulled, a disk may lose what
 * it was told last, or a machine its disk: what it held before is forgotten.
 */
export class JobViews {
  readonly accepted = new Map<string, AcceptedJob>();
  /** Somebody wanted it ended, whatever came of that. */
  readonly dismissing = new Set<string>();
  readonly #views = new Map<string, Map<string, JobView>>();
  /** When each ticket was handed in. */
  readonly #submittedMs = new Map<number, number>();

  /** Takes note of an event; for one about what a peer holds it gives what that peer held before. */
  observe(event: RunEvent): JobView | undefined {
    switch (event.kind) {
      case 'job-submitted':
        this.#submittedMs.set(event.ticket, event.atMs);
        return undefined;
      case 'job-accepted':
        this.accepted.set(event.job, event);
        return undefined;
      case 'job-dismissing':
        this.dismissing.add(event.job);
        return undefined;
      case 'job-status': {
        const views = this.#views.get(event.peer) ?? new Map<string, JobView>();
        this.#views.set(event.peer, views);
        const before = views.get(event.job);
        views.set(event.job, event);
        return before;
      }
      case 'fault-began':
        if (event.fault.kind === 'power-loss' || event.fault.kind === 'disk-loss')
          this.#views.delete(`peer-${event.fault.peer + 1}`);
        return undefined;
      default:
        return undefined;
    }
  }

  /** When somebody asked for the job, ms; the beginning where that is not known. */
  submittedMs(job: string): number {
    const accepted = this.accepted.get(job);
    return (accepted && this.#submittedMs.get(accepted.ticket)) ?? 0;
  }
}

export function hasEnded({ state }: Pick<JobView, 'state'>): boolean {
  return isTerminal(state);
}

/** One attempt: several peers may have claimed the same epoch while they could not hear each other. */
export function attemptOf({ job, epoch, owner }: Pick<JobView, 'job' | 'epoch' | 'owner'>): string {
  return `${job} ${epoch} ${owner}`;
}
