import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { isTerminal, type JobState } from '../core/jobs/job-status.ts';
import type { JobEvent, JobListener } from '../jobs/events.ts';
import type { JobService } from '../jobs/job-service.ts';

/** Seconds: from an echo to a night's work. */
const DURATION_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3600, 14_400, 43_200];

const STATES: readonly JobState[] = ['accepted', 'running', 'successful', 'failed', 'dismissed'];

/**
 * Jobs for Prometheus. What is counted is counted by the peer that did it, so that the sum over all peers counts every
 * job once: accepted by the submitter, the rest by who executed it. Processes are those that the mesh offers.
 */
export class JobMetrics implements JobListener {
  readonly name = 'metrics';
  readonly #submitted: Counter<'process' | 'mode'>;
  readonly #attempts: Counter<'process'>;
  readonly #takeovers: Counter<'process'>;
  readonly #ended: Counter<'process' | 'state'>;
  readonly #durations: Histogram<'process'>;

  constructor(registry: Registry, service: () => JobService) {
    const registers = [registry];
    this.#submitted = new Counter({
      name: 'gismesh_jobs_submitted_total',
      help: 'Jobs that this front door accepted, by process and mode.',
      labelNames: ['process', 'mode'],
      registers,
    });
    this.#attempts = new Counter({
      name: 'gismesh_job_attempts_total',
      help: 'Attempts at jobs that this peer claimed, by process.',
      labelNames: ['process'],
      registers,
    });
    this.#takeovers = new Counter({
      name: 'gismesh_job_takeovers_total',
      help: 'Those of them that followed an attempt of which nothing came.',
      labelNames: ['process'],
      registers,
    });
    this.#ended = new Counter({
      name: 'gismesh_jobs_ended_total',
      help: 'Jobs of this peer that ended, by process and state.',
      labelNames: ['process', 'state'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'gismesh_job_duration_seconds',
      help: 'Time from start to end of the successful ones, by process.',
      labelNames: ['process'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    new Gauge({
      name: 'gismesh_jobs',
      help: 'Jobs of the whole mesh that this peer knows, by state.',
      labelNames: ['state'],
      registers,
      async collect() {
        const { map } = service();
        for (const state of STATES) {
          // A disk that fails hides no other metric.
          const page = await map.list({ states: [state] }, undefined, { limit: 0 }).catch(() => undefined);
          if (page) this.set({ state }, page.total);
        }
      },
    });
    new Gauge({
      name: 'gismesh_job_queue',
      help: 'Jobs that this peer executes, or has waiting for a slot or a peer.',
      labelNames: ['state'],
      registers,
      collect() {
        const { running, queued } = service().load;
        this.set({ state: 'running' }, running);
        this.set({ state: 'queued' }, queued);
      },
    });
  }

  heard({ kind, record: { status }, self, isNewAttempt }: JobEvent): void {
    const { process, mode, state, owner, submitter, epoch, startedAt, finishedAt } = status;
    if (kind === 'submitted' && submitter === self) this.#submitted.inc({ process, mode });
    if ((owner || submitter) !== self) return;
    if (isNewAttempt) {
      this.#attempts.inc({ process });
      if (epoch > 1) this.#takeovers.inc({ process });
    }
    if (!isTerminal(state)) return;
    this.#ended.inc({ process, state });
    if (state === 'successful' && startedAt !== undefined && finishedAt !== undefined) {
      this.#durations.observe({ process }, Math.max(0, finishedAt - startedAt) / 1000);
    }
  }
}
