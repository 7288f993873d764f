import type { Fabric } from '../fabric.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions } from './conditions.ts';
import { Findings } from './findings.ts';
import { attemptOf, hasEnded, type JobView, JobViews } from './job-views.ts';
import type { RoomView } from './room-view.ts';

/** For an end to reach the first peer that takes it, ms. */
const SLACK_MS = 3_000;
/** A claim is on its way to the others before its own disk has it: what came in the meantime was not known, ms. */
const WRITING_MS = 50;
/** The same where others have to hold it first, and some do not answer: two calls, ms. */
const COMMITTING_MS = 5_000;
/** The same where packets are lost and sent again, each time after a longer pause, ms. */
const LATE_MS = 30_000;
const RENEWED = 'answer jobs.renew';

/**
 * Only who holds the lease ends a job: never an attempt that knows of a later one, nor one whose lease nobody has
 * renewed for longer than it lasts; and no result shows up that no attempt has made. What must not be run twice is run
 * once, unless two peers could not hear each other.
 */
export class JobEpochsChecker implements Checker<RoomView> {
  readonly name = 'job-epochs';
  readonly #findings = new Findings(this.name);
  readonly #expireMs: number;
  readonly #conditions = new Conditions();
  readonly #views = new JobViews();
  /** Attempts that have computed their result. */
  readonly #made = new Set<string>();
  /** Attempts that some peer knows to have ended. */
  readonly #ended = new Set<string>();
  /** When each attempt was claimed, as its own peer has it, ms. */
  readonly #claimedMs = new Map<string, number>();
  /** When each peer was last told that a lease of its is renewed, ms. */
  readonly #renewedMs = new Map<string, number>();
  /** When each peer last took all others for gone, ms: it needs nobody's word then. */
  readonly #aloneMs = new Map<string, number>();
  /** Times that each job was begun to be computed. */
  readonly #runs = new Map<string, number>();
  readonly #reportedTwice = new Set<string>();
  #watched: Fabric | undefined;

  /** @param expireMs how long a lease lasts */
  constructor(expireMs: number) {
    this.#expireMs = expireMs;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent, room: RoomView): void {
    this.#conditions.observe(event);
    const before = this.#views.observe(event);
    switch (event.kind) {
      case 'job-submitted':
        this.#watch(room.world.fabric);
        break;
      case 'job-accepted':
        this.#checkRuns(event.job, event.atMs);
        break;
      case 'job-run-began':
        this.#runs.set(event.job, (this.#runs.get(event.job) ?? 0) + 1);
        this.#checkRuns(event.job, event.atMs);
        break;
      case 'job-run-ended':
        if (event.end === 'done') this.#made.add(attemptOf({ ...event, owner: event.peer }));
        break;
      case 'job-status':
        this.#see(event, before, room);
        break;
    }
  }

  sample({ peers }: RoomView, nowMs: number): void {
    for (const { name, life } of peers) if (life && isAlone(life)) this.#aloneMs.set(name, nowMs);
  }

  #see(view: JobView, before: JobView | undefined, room: RoomView): void {
    const attempt = attemptOf(view);
    const isOwn = view.peer === view.owner;
    if (isOwn && !this.#claimedMs.has(attempt)) {
      this.#claimedMs.set(attempt, view.atMs);
      this.#checkClaim(view, before);
    }
    if (view.state === 'successful' && !this.#made.has(attempt)) {
      this.#report(view, `has a result of attempt ${view.epoch} of ${view.owner}, which never made one`);
    }
    if (view.state !== 'successful' && view.state !== 'failed') return;
    if (!this.#ended.has(attempt)) {
      this.#ended.add(attempt);
      this.#checkLease(view, room);
    }
    if (isOwn && before && !hasEnded(before) && before.epoch > view.epoch) {
      this.#report(
        view,
        `ended attempt ${view.epoch} though it knew of attempt ${before.epoch} of ${before.owner}`,
      );
    }
  }

  #checkClaim(view: JobView, before: JobView | undefined): void {
    if (!before || before.owner === '' || before.owner === view.owner || before.epoch < view.epoch) return;
    const isCommitted = hasEnded(view) || this.#views.accepted.get(view.job)?.isOnce === true;
    if (view.atMs - before.atMs < (isCommitted ? COMMITTING_MS : WRITING_MS)) return;
    this.#report(view, `claimed attempt ${view.epoch}, which it knew to be that of ${before.owner}`);
  }

  /** At the first peer that hears of the end. */
  #checkLease(view: JobView, { peers }: RoomView): void {
    const claimedMs = this.#claimedMs.get(attemptOf(view));
    // Given up by who placed it, which claims and ends it at once.
    if (claimedMs === undefined) return;
    const { owner } = view;
    const [renewedMs = 0, aloneMs = 0] = [this.#renewedMs.get(owner), this.#aloneMs.get(owner)];
    const heldSinceMs = Math.max(claimedMs, renewedMs, aloneMs);
    const heldForMs = view.atMs - heldSinceMs;
    const slackMs = this.#conditions.anyBadNetwork(heldSinceMs) ? LATE_MS : SLACK_MS;
    if (heldForMs <= this.#expireMs + slackMs) return;
    const life = peers.find(({ name }) => name === view.owner)?.life;
    if (!life || isAlone(life)) return;
    this.#report(
      view,
      `ended attempt ${view.epoch} though nobody had renewed its lease for ${Math.round(heldForMs)} ms`,
    );
  }

  #checkRuns(job: string, atMs: number): void {
    const runs = this.#runs.get(job) ?? 0;
    if (!this.#views.accepted.get(job)?.isOnce || runs < 2 || this.#reportedTwice.has(job)) return;
    if (!this.#wasKnown(this.#views.submittedMs(job))) return;
    this.#reportedTwice.add(job);
    this.#findings.add(atMs, `job ${job}: begun ${runs} times, though it must not be run twice`);
  }

  /** Whether the others know what a peer began, also when it is gone since. */
  #wasKnown(sinceMs: number): boolean {
    if (this.#conditions.allHeard(sinceMs)) return true;
    return this.#conditions.onlyGone(sinceMs) && this.#conditions.lostDisks(sinceMs).size === 0;
  }

  #watch(fabric: Fabric): void {
    if (this.#watched) return;
    this.#watched = fabric;
    fabric.observe(({ label, to, atMs }) => {
      if (label === RENEWED) this.#renewedMs.set(to, atMs);
    });
  }

  #report({ atMs, peer, job }: JobView, what: string): void {
    this.#findings.add(atMs, `job ${job}: ${peer} ${what}`);
  }
}

/** Whoever takes all others for dead needs nobody's word. */
function isAlone({ membership }: NonNullable<RoomView['peers'][number]['life']>): boolean {
  return !membership.members().some(({ self, state }) => !self && state === 'alive');
}
