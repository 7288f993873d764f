import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Findings } from './findings.ts';
import { attemptOf, hasEnded, type JobView, JobViews } from './job-views.ts';

/** Peer by peer the status of a job only moves on: no older attempt, no step back, no percent less within one. */
export class JobOrderChecker implements Checker {
  readonly name = 'job-order';
  readonly #findings = new Findings(this.name);
  readonly #views = new JobViews();

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    const before = this.#views.observe(event);
    if (event.kind !== 'job-status' || !before || hasEnded(before) || hasEnded(event)) return;
    const fallen = whatFell(before, event);
    if (fallen === undefined) return;
    const { atMs, peer, job } = event;
    this.#findings.add(atMs, `job ${job}: at ${peer} ${fallen} (${inWords(before)}, then ${inWords(event)})`);
  }
}

function whatFell(before: JobView, after: JobView): string | undefined {
  if (after.epoch < before.epoch) return 'an older attempt came back';
  if (before.state === 'running' && after.state === 'accepted') return 'it went back to accepted';
  if (attemptOf(after) !== attemptOf(before)) return undefined;
  if (after.seq < before.seq) return 'an older word of its owner came back';
  return after.progress < before.progress ? 'its progress fell' : undefined;
}

function inWords({ state, epoch, owner, seq, progress }: JobView): string {
  return `${state} ${epoch} of ${owner || 'nobody'}, word ${seq}, ${progress} %`;
}
