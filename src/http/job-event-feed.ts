import type { JobEvent, JobListener } from '../jobs/events.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { JobsContext } from './front-door-context.ts';
import type { JobNews } from './job-report.ts';
import type { FrontDoorOptions } from './options.ts';
import { jobReport } from './write-job-report.ts';

/**
 * Events of jobs for pages that listen: the first at once, those that follow gathered for a moment, of the progress of
 * a job the last alone. When more happens than pages can be told, they are told that.
 */
export class JobEventFeed implements JobListener {
  readonly name = 'server-sent events';
  readonly #jobs: Pick<JobsContext, 'peerName'>;
  readonly #clock: Clock;
  readonly #options: Pick<FrontDoorOptions, 'jobEventGatherMs' | 'maxGatheredJobEvents'>;
  readonly #listeners = new Set<(news: JobNews) => void>();
  readonly #waiting = new Map<string, JobEvent>();
  #isOverflowing = false;
  #timer: Timer | undefined;

  constructor(parts: {
    jobs: Pick<JobsContext, 'peerName'>;
    clock: Clock;
    options: Pick<FrontDoorOptions, 'jobEventGatherMs' | 'maxGatheredJobEvents'>;
  }) {
    this.#jobs = parts.jobs;
    this.#clock = parts.clock;
    this.#options = parts.options;
  }

  /** Returns the removal of the listener. */
  onEvent(listener: (news: JobNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  heard(event: JobEvent): void {
    if (this.#listeners.size === 0) return;
    this.#gather(event);
    if (this.#timer === undefined) this.#tell();
  }

  #gather(event: JobEvent): void {
    if (this.#isOverflowing) return;
    const key = `${event.record.status.id} ${event.kind}`;
    if (!this.#waiting.has(key) && this.#waiting.size >= this.#options.maxGatheredJobEvents) {
      this.#isOverflowing = true;
      this.#waiting.clear();
      return;
    }
    this.#waiting.set(key, event);
  }

  #tell(): void {
    this.#timer = this.#clock.after(this.#options.jobEventGatherMs, () => {
      this.#timer = undefined;
      if (this.#waiting.size > 0 || this.#isOverflowing) this.#tell();
    });
    const news: JobNews[] = [...this.#waiting.values()].map(({ kind, record }) => ({
      event: kind,
      job: jobReport(record, this.#jobs, ''),
    }));
    if (this.#isOverflowing) news.push({ event: 'overflow' });
    this.#waiting.clear();
    this.#isOverflowing = false;
    for (const each of news) for (const listener of this.#listeners) listener(each);
  }
}
