import type { Config } from '../../src/config.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Findings } from './findings.ts';
import { JobViews } from './job-views.ts';
import type { PeerView, RoomView } from './room-view.ts';

/** For a process to end that nobody waits for any more: looks are a second apart, ms. */
const GRACE_MS = 5_000;

/**
 * Peers execute no more jobs at a time than they have slots, keep no more waiting than the configuration allows, stop
 * what has been ended by others, and have nothing left after a long quiet.
 */
export class JobQueuesChecker implements Checker<RoomView> {
  readonly name = 'job-queues';
  readonly #findings = new Findings(this.name);
  readonly #config: Config['jobs'];
  readonly #views = new JobViews();
  /** What is being computed where, by both, since when somebody there knew that it is not needed, ms. */
  readonly #runs = new Map<string, Map<string, number | undefined>>();
  /** When everything was mended, ms. */
  #healedMs = Infinity;

  constructor(config: Config['jobs']) {
    this.#config = config;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#views.observe(event);
    switch (event.kind) {
      case 'healed':
        this.#healedMs = event.atMs;
        break;
      case 'peer-ended':
        this.#runs.delete(event.peer);
        break;
      case 'job-run-began': {
        const runs = this.#runs.get(event.peer) ?? new Map<string, number | undefined>();
        this.#runs.set(event.peer, runs.set(`${event.job} ${event.epoch}`, undefined));
        break;
      }
      case 'job-run-ended':
        this.#runs.get(event.peer)?.delete(`${event.job} ${event.epoch}`);
        break;
    }
  }

  sample(room: RoomView, nowMs: number): void {
    for (const peer of room.peers) {
      const service = peer.life?.jobs?.service;
      if (!service) continue;
      const { running, queued } = service.load;
      const slots = peer.jobs?.slots ?? 0;
      const { maxQueued, maxStoring } = this.#config.execution;
      if (running > slots + maxStoring)
        this.#findings.add(nowMs, `${peer.name} executes ${running} jobs with ${slots} slots`);
      const most = maxQueued + this.#views.accepted.size;
      if (queued > most)
        this.#findings.add(nowMs, `${peer.name} has ${queued} jobs waiting, more than ${most}`);
      this.#checkRuns(peer, slots, nowMs);
    }
  }

  finish(room: RoomView, nowMs: number): void {
    // Nothing can be said after no time at all.
    if (nowMs <= this.#healedMs) return;
    for (const { name, life } of room.peers) {
      const { running = 0, queued = 0 } = life?.jobs?.service.load ?? {};
      if (running + queued > 0)
        this.#findings.add(nowMs, `${name} still has ${running} jobs running and ${queued} waiting`);
    }
  }

  #checkRuns(peer: PeerView, slots: number, nowMs: number): void {
    const runs = this.#runs.get(peer.name);
    if (!runs || !peer.life?.process.clock.running) return;
    if (runs.size > slots)
      this.#findings.add(nowMs, `${peer.name} computes ${runs.size} jobs with ${slots} slots`);
    for (const [run, sinceMs] of runs) {
      const [job = '', epoch] = run.split(' ');
      const status = peer.jobs?.statuses.content.records.get(job)?.status;
      const isOwn = status?.owner === peer.name && status.epoch === Number(epoch);
      if (status && isOwn && status.state === 'running') runs.set(run, undefined);
      else if (sinceMs === undefined) runs.set(run, nowMs);
      else if (nowMs - sinceMs > GRACE_MS) {
        this.#findings.add(
          nowMs,
          `${peer.name} computes attempt ${epoch} of job ${job}, which it knows is over`,
        );
        runs.delete(run);
      }
    }
  }
}
