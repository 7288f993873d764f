import type { JobState } from '../../src/core/jobs/job-status.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions } from './conditions.ts';
import { Findings } from './findings.ts';
import { attemptOf, hasEnded, type JobView, JobViews } from './job-views.ts';

/** What went wrong shortly before a job was submitted may still show, ms. */
const AFTERMATH_MS = 30_000;

/** By the rules of protocols/jobs: of two ends of one job the higher one counts. */
const RANKS: Partial<Record<JobState, number>> = { failed: 1, successful: 2, dismissed: 3 };

/**
 * A job ends once. What a peer holds for ended never goes on, and its end changes only when somebody dismisses it, or
 * when two attempts ended it that could not know of each other: then by the rules, and only where something failed.
 */
export class JobEndingsChecker implements Checker {
  readonly name = 'job-endings';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #views = new JobViews();

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent): void {
    this.#conditions.observe(event);
    const before = this.#views.observe(event);
    if (event.kind === 'job-status' && before && hasEnded(before)) this.#compare(before, event);
  }

  #compare(before: JobView, after: JobView): void {
    if (!hasEnded(after)) {
      this.#report(after, `has it go on (${after.state}) after it was ${before.state}`);
      return;
    }
    const isSame = before.state === after.state && attemptOf(before) === attemptOf(after);
    if (isSame) return;
    if (after.state === 'dismissed') {
      if (!this.#views.dismissing.has(after.job))
        this.#report(after, 'has it dismissed, which nobody asked for');
      return;
    }
    const rank = ({ state }: JobView) => RANKS[state] ?? 0;
    const rises = rank(after) > rank(before) || (rank(after) === rank(before) && after.epoch <= before.epoch);
    const change = `${before.state} in attempt ${before.epoch} of ${before.owner}, then ${after.state} in attempt ${after.epoch} of ${after.owner}`;
    if (!rises) this.#report(after, `has it ${change}`);
    else if (this.#conditions.calm(this.#views.submittedMs(after.job) - AFTERMATH_MS)) {
      this.#report(after, `has it ${change}, though nothing failed`);
    }
  }

  #report({ atMs, peer, job }: JobView, what: string): void {
    this.#findings.add(atMs, `job ${job}: ${peer} ${what}`);
  }
}
