import { isTerminal } from '../../src/core/jobs/job-status.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Findings } from './findings.ts';
import { type ClockBounds, JobClocks } from './job-clocks.ts';
import { JobDisks } from './job-disks.ts';
import { JobViews } from './job-views.ts';
import type { PeerView, RoomView } from './room-view.ts';

/**
 * A job whose id was given out is never lost: some disk holds it at every moment, unless all were lost that did. When
 * nothing has failed for long every job has ended, all peers hold the same of it, and what was dismissed is dismissed.
 * Who takes the others' clocks for too far ahead refuses what they write.
 */
export class JobAgreementChecker implements Checker<RoomView> {
  readonly name = 'job-agreement';
  readonly #findings = new Findings(this.name);
  readonly #views = new JobViews();
  readonly #clocks: JobClocks;
  readonly #disks = new JobDisks();
  readonly #dismissed = new Set<string>();
  readonly #lost = new Set<string>();
  /** When everything was mended, ms. */
  #healedMs = Infinity;

  constructor(clocks: ClockBounds) {
    this.#clocks = new JobClocks(clocks);
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent, room: RoomView): void {
    this.#views.observe(event);
    this.#clocks.observe(event, room);
    this.#disks.observe(event);
    if (event.kind === 'healed') this.#healedMs = event.atMs;
    if (event.kind === 'job-dismissed') this.#dismissed.add(event.job);
  }

  sample({ peers }: RoomView, nowMs: number): void {
    for (const job of this.#views.accepted.keys()) {
      if (this.#lost.has(job) || this.#disks.lostAll(job)) continue;
      if (peers.some(({ jobs }) => jobs?.statuses.content.records.has(job))) continue;
      this.#lost.add(job);
      this.#findings.add(nowMs, `job ${job}: no disk holds it any more`);
    }
  }

  finish(room: RoomView, nowMs: number): void {
    // Nothing can be said after no time at all.
    if (nowMs <= this.#healedMs) return;
    const known = room.peers.flatMap(({ jobs }) => [...(jobs?.statuses.content.records.keys() ?? [])]);
    for (const job of new Set([...this.#views.accepted.keys(), ...known])) this.#compare(job, room, nowMs);
  }

  #compare(job: string, room: RoomView, nowMs: number): void {
    if (this.#disks.lostAll(job)) return;
    const records = room.peers
      .filter((peer) => !this.#clocks.refuses(peer, job, room))
      .map((peer) => ({ name: peer.name, record: recordAt(peer, job) }));
    if (records.length === 0) return;
    const without = records.find(({ record }) => !record);
    if (without) {
      this.#findings.add(nowMs, `job ${job}: ${without.name} does not know it`);
      return;
    }
    const [first] = records;
    const other = records.find(
      ({ record }) =>
        record?.fingerprint !== first?.record?.fingerprint || record?.expiresAt !== first?.record?.expiresAt,
    );
    if (other) {
      const words = [first, other].map((each) => {
        const { state, epoch, owner } = each!.record!.status;
        return `${each!.name} holds ${state} in attempt ${epoch} of ${owner}`;
      });
      this.#findings.add(nowMs, `job ${job}: ${words.join(', ')}`);
      return;
    }
    const { state, epoch, owner } = first!.record!.status;
    if (!isTerminal(state)) {
      this.#findings.add(nowMs, `job ${job} is still ${state} in attempt ${epoch} of ${owner || 'nobody'}`);
    }
    if (this.#dismissed.has(job) && state !== 'dismissed')
      this.#findings.add(nowMs, `job ${job} was dismissed, and is ${state}`);
  }
}

function recordAt({ jobs }: PeerView, job: string) {
  return jobs?.statuses.content.records.get(job);
}
