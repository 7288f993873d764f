import { smallContent } from '../../src/artifacts/small-content.ts';
import type { JobStatus, OutputReference } from '../../src/core/jobs/job-status.ts';
import type { RunEvent } from '../run-event.ts';
import type { Checker } from './checker.ts';
import { Conditions, numberOf } from './conditions.ts';
import { Findings } from './findings.ts';
import { type JobView, JobViews } from './job-views.ts';
import type { PeerView, RoomView } from './room-view.ts';

/** What went wrong before may still keep copies from being made, or peers from being reached, ms. */
const AFTERMATH_MS = 30_000;

/**
 * Results last: when a job is called successful so many peers hold its outputs that all but one of them may go; after
 * a long quiet so many hold each of them again; and whoever asks gets the right bytes, as long as one of them can be
 * reached.
 */
export class JobResultsChecker implements Checker<RoomView> {
  readonly name = 'job-results';
  readonly #findings = new Findings(this.name);
  readonly #conditions = new Conditions();
  readonly #views = new JobViews();
  readonly #copies: number;
  /** When everything was mended, ms. */
  #healedMs = Infinity;

  /** @param copies peers that are to hold an output besides one */
  constructor(copies: number) {
    this.#copies = copies;
  }

  get violations() {
    return this.#findings.violations;
  }

  observe(event: RunEvent, room: RoomView): void {
    this.#conditions.observe(event);
    const before = this.#views.observe(event);
    if (event.kind === 'healed') this.#healedMs = event.atMs;
    else if (event.kind === 'job-read') this.#checkRead(event, room);
    else if (event.kind === 'job-status' && event.state === 'successful' && before?.state !== 'successful')
      this.#checkCopies(event, room);
  }

  finish({ peers }: RoomView, nowMs: number): void {
    // Nothing can be said after no time at all.
    if (nowMs <= this.#healedMs) return;
    const wanted = Math.min(this.#copies + 1, peers.length);
    for (const job of this.#views.accepted.keys()) {
      const status = peers.map((peer) => statusAt(peer, job)).find((each) => each?.state === 'successful');
      for (const { name, artifact } of status ? storedOutputs(status) : []) {
        const holders = peers.filter(({ life }) => life?.jobs?.artifacts.store.has(artifact)).length;
        if (holders < wanted)
          this.#findings.add(nowMs, `job ${job}: ${holders} peers hold its output ${name}, not ${wanted}`);
      }
    }
  }

  /** As the owner calls it successful. */
  #checkCopies({ peer, owner, job, atMs }: JobView, { peers }: RoomView): void {
    const view = peers.find(({ name }) => name === peer);
    const status = view && statusAt(view, job);
    // A dismissal lets go of the outputs at once.
    if (peer !== owner || !status || !view.life || this.#views.dismissing.has(job)) return;
    const lost = this.#conditions.lostDisks(this.#views.submittedMs(job));
    for (const holder of status.replicas.filter((name) => !lost.has(numberOf(name)))) {
      const files = peers.find(({ name }) => name === holder)?.jobs?.files.files;
      const missing = storedOutputs(status).find(({ artifact }) => !files?.has(`content/${artifact}`));
      if (missing)
        this.#findings.add(atMs, `job ${job}: ${holder} is said to hold ${missing.name} and does not`);
    }
    const sinceMs = atMs - AFTERMATH_MS;
    if (!this.#conditions.calm(sinceMs) || !this.#conditions.onlyGone(sinceMs)) return;
    const settled = peers.filter(({ name }) => this.#conditions.ran(numberOf(name), sinceMs)).length;
    const wanted = Math.min(this.#copies + 1, settled);
    for (const { name, artifact } of storedOutputs(status)) {
      const holders = peers.filter(({ jobs }) => jobs?.files.files.has(`content/${artifact}`)).length;
      if (holders < wanted)
        this.#findings.add(atMs, `job ${job}: successful with ${holders} holders of ${name}, not ${wanted}`);
    }
  }

  #checkRead(event: Extract<RunEvent, { kind: 'job-read' }>, { peers }: RoomView): void {
    const { atMs, job, door, outcome, code } = event;
    if (outcome === 'wrong') this.#findings.add(atMs, `job ${job}: ${door} gave another content`);
    if (outcome !== 'error' || this.#views.dismissing.has(job)) return;
    const status = statusAt(peers[numberOf(door)]!, job);
    const sinceMs = atMs - AFTERMATH_MS;
    if (!status || !this.#conditions.ran(numberOf(door), sinceMs)) return;
    const lost = this.#conditions.lostDisks(this.#views.submittedMs(job));
    const holder = status.replicas.find((name) => {
      const number = numberOf(name);
      return (
        !lost.has(number) &&
        this.#conditions.ran(number, sinceMs) &&
        this.#conditions.couldTalk(numberOf(door), number, sinceMs)
      );
    });
    if (holder !== undefined)
      this.#findings.add(
        atMs,
        `job ${job}: ${door} could not give its result (${code}) though ${holder} holds it`,
      );
  }
}

function statusAt({ jobs }: PeerView, job: string): JobStatus | undefined {
  return jobs?.statuses.content.records.get(job)?.status;
}

/** Those that do not stand in the status itself. */
function storedOutputs({ outputs }: JobStatus): OutputReference[] {
  return outputs.filter(({ artifact }) => smallContent(artifact) === undefined);
}
