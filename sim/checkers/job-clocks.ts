import type { Config } from '../../src/config.ts';
import type { JobStatus } from '../../src/core/jobs/job-status.ts';
import { WALL_CLOCK_SPREAD_MS } from '../clock.ts';
import type { RunEvent } from '../run-event.ts';
import type { PeerView, RoomView } from './room-view.ts';

export type ClockBounds = Pick<Config['jobs']['statuses'], 'maxAheadMs'>;

/**
 * Who need not know of a job: whose clock is so far behind that of the writer of a status of it that it refuses that,
 * as it was written or now. Where it is as far behind as is allowed, it is the clocks' spread that decides.
 */
export class JobClocks {
  readonly #refusedMs: number;
  /** When each job was last written, by its writer's clock, ms. */
  readonly #writtenMs = new Map<string, number>();
  /** The jobs of which each peer refused a status as it was written. */
  readonly #refused = new Map<string, Set<string>>();

  constructor({ maxAheadMs }: ClockBounds) {
    this.#refusedMs = maxAheadMs - WALL_CLOCK_SPREAD_MS;
  }

  observe(event: RunEvent, { peers }: RoomView): void {
    // It is told again of what it refused.
    if (event.kind === 'fault-began' && event.fault.kind === 'clock-jump' && event.fault.byMs > 0)
      this.#refused.delete(`peer-${event.fault.peer + 1}`);
    if (event.kind !== 'job-status') return;
    const { job } = event;
    const holder = peers.find(({ name }) => name === event.peer);
    const writtenMs = holder ? writtenAt(holder, job) : 0;
    if (writtenMs <= (this.#writtenMs.get(job) ?? 0)) return;
    this.#writtenMs.set(job, writtenMs);
    for (const peer of peers) {
      if (!this.#isBehind(peer, writtenMs)) continue;
      const jobs = this.#refused.get(peer.name) ?? new Set<string>();
      this.#refused.set(peer.name, jobs.add(job));
    }
  }

  /** Whether the peer need not know of the job, or not of all that became of it. */
  refuses(peer: PeerView, job: string, { peers }: RoomView): boolean {
    if (this.#refused.get(peer.name)?.has(job)) return true;
    return this.#isBehind(peer, Math.max(...peers.map((other) => writtenAt(other, job))));
  }

  #isBehind({ life }: PeerView, writtenMs: number): boolean {
    // One that does not run has no excuse.
    const wallMs = life?.process.clock.wallTime() ?? Infinity;
    return writtenMs - wallMs >= this.#refusedMs;
  }
}

/** By its writer's clock, ms; 0 where the peer does not know the job. */
function writtenAt({ jobs }: PeerView, job: string): number {
  const status = jobs?.statuses.content.records.get(job)?.status;
  return status ? latestOf(status) : 0;
}

function latestOf({ updated, submittedAt }: JobStatus): number {
  return Math.max(updated.wallMs, submittedAt);
}
