import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, JobMesh, type JobReport, resultAt, submitEcho } from './job-mesh.ts';
import type { PeerProcess } from './peer-process.ts';

const WATCH_MS = 1000;
/** Between two submissions. */
const SUBMIT_MS = 120;
/** After the last kill: what is still to be done gets done. */
const SETTLE_MS = 120_000;

export interface FaultPlan {
  readonly peers: number;
  readonly jobs: number;
  /** Jobs take a random time up to this. */
  readonly maxPauseSeconds: number;
  /** A random third of the peers is killed about so long after all are back, until all jobs were submitted, */
  readonly killEveryMs: number;
  /** and no less often than this. */
  readonly minRounds: number;
  /** A killed peer is started again after a random time up to this. */
  readonly downMs: number;
}

/** What became of all jobs; texts tell the job and what is wrong with it. */
export interface Verdict {
  readonly accepted: number;
  readonly refused: number;
  readonly ended: number;
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  readonly unretrievable: readonly string[];
  readonly unsuccessful: readonly string[];
  readonly kills: number;
  readonly seconds: number;
  /** Jobs by their number of attempts. */
  readonly byAttempts: Readonly<Record<string, number>>;
  /** Milliseconds from the last kill until every peer knew the end of every job. */
  readonly settledMs: number;
}

/** Jobs at random doors while random peers are killed -9 and started again on the same folders. */
export class JobFaults {
  readonly #plan: FaultPlan;
  readonly #mesh: JobMesh;
  /** Accepted jobs with the words that they give back. */
  readonly #accepted = new Map<string, string>();
  readonly #ends = new Map<string, string>();
  readonly #twice: string[] = [];
  readonly #watching = new AbortController();
  #refused = 0;
  #kills = 0;

  private constructor(plan: FaultPlan, mesh: JobMesh) {
    this.#plan = plan;
    this.#mesh = mesh;
  }

  static async run(plan: FaultPlan, args: readonly string[] = []): Promise<Verdict> {
    const mesh = await JobMesh.start(plan.peers, args);
    try {
      return await new JobFaults(plan, mesh).#run();
    } finally {
      await mesh.stop();
    }
  }

  async #run(): Promise<Verdict> {
    const startedAt = performance.now();
    const watching = this.#watch();
    const killing = new AbortController();
    const killer = this.#killAgainAndAgain(killing.signal);
    await this.#submitAll();
    killing.abort();
    await killer;
    const lastKill = performance.now();
    await this.#settle();
    const settledMs = performance.now() - lastKill;
    this.#watching.abort();
    await watching;
    return { ...(await this.#judge()), settledMs, seconds: (performance.now() - startedAt) / 1000 };
  }

  async #submitAll(): Promise<void> {
    const { jobs, maxPauseSeconds } = this.#plan;
    for (let job = 0; this.#accepted.size < jobs && job < jobs * 3; job += 1) {
      const door = pick(this.#mesh.living);
      const string = `job ${job}`;
      const pause = Math.round(Math.random() * maxPauseSeconds * 100) / 100;
      try {
        const { id } = await submitEcho(door, { string, pause });
        this.#accepted.set(id, string);
      } catch {
        // Its door was killed before it answered: nobody was promised anything.
        this.#refused += 1;
      }
      await delay(Math.random() * 2 * SUBMIT_MS);
    }
  }

  async #killAgainAndAgain(signal: AbortSignal): Promise<void> {
    const { killEveryMs, minRounds, downMs, peers } = this.#plan;
    const restarts: Promise<unknown>[] = [];
    const round = async () => {
      const victims = shuffled(this.#mesh.seats.filter(({ peer }) => peer)).slice(0, Math.floor(peers / 3));
      for (const seat of victims) {
        this.#kills += 1;
        const restart = this.#mesh
          .kill(seat)
          .then(() => delay(Math.random() * downMs))
          .then(() => this.#mesh.boot(seat));
        restarts.push(restart);
      }
    };
    for (let rounds = 0; !signal.aborted || rounds < minRounds; rounds += 1) {
      await delay(killEveryMs * (0.5 + Math.random()));
      await round();
      // No more than a third is down at a time.
      await Promise.all(restarts);
    }
  }

  /** Looks at all peers all the time: an end, once shown by anybody, is the end for everybody. */
  async #watch(): Promise<void> {
    while (!this.#watching.signal.aborted) {
      await Promise.all(this.#mesh.living.map((peer) => this.#look(peer).catch(() => [])));
      await delay(WATCH_MS);
    }
  }

  async #look(peer: PeerProcess): Promise<JobReport[]> {
    const jobs = await peer.json<JobReport[]>('/api/jobs?limit=1000');
    for (const job of jobs) this.#compare(job, peer);
    return jobs;
  }

  #compare(job: JobReport, peer: PeerProcess): void {
    const known = this.#ends.get(job.id);
    const now = isEnded(job) ? `${job.state} epoch ${job.epoch} at ${job.node}` : undefined;
    if (known === undefined && now !== undefined) this.#ends.set(job.id, now);
    if (known !== undefined && now !== undefined && now !== known)
      this.#twice.push(`${job.id}: first ${known}, then ${now} as told by ${peer.url}`);
  }

  async #settle(): Promise<void> {
    const deadline = performance.now() + SETTLE_MS;
    while (performance.now() < deadline) {
      const views = await Promise.all(this.#mesh.living.map((peer) => this.#look(peer).catch(() => [])));
      const isDone = views.every((jobs) => {
        const ended = new Set(jobs.filter(isEnded).map(({ id }) => id));
        return [...this.#accepted.keys()].every((id) => ended.has(id)) && jobs.every(isEnded);
      });
      if (isDone) return;
      await delay(WATCH_MS);
    }
  }

  async #judge(): Promise<Omit<Verdict, 'settledMs' | 'seconds'>> {
    const lost: string[] = [];
    const unsuccessful: string[] = [];
    const unretrievable: string[] = [];
    const byAttempts: Record<string, number> = {};
    const views = await Promise.all(this.#mesh.living.map((peer) => this.#look(peer)));
    const reports = views.map((jobs) => new Map(jobs.map((job) => [job.id, job])));
    for (const [id, word] of this.#accepted) {
      const all = reports.map((each) => each.get(id));
      if (all.some((job) => !job || !isEnded(job))) {
        lost.push(`${id}: ${all.map((job) => `${job?.state} ${job?.epoch}`).join(', ')}`);
        continue;
      }
      const job = all[0]!;
      byAttempts[job.epoch] = (byAttempts[job.epoch] ?? 0) + 1;
      if (job.state !== 'successful') {
        unsuccessful.push(`${id}: ${job.state}, ${job.message}; ${JSON.stringify(job.attempts)}`);
        continue;
      }
      for (const peer of this.#mesh.living) {
        const result = await resultAt(peer, id).catch((error) => (error as Error).message);
        if (result !== word) unretrievable.push(`${id} at ${peer.url}: ${result}`);
      }
    }
    const ended = this.#accepted.size - lost.length;
    const [accepted, refused, kills] = [this.#accepted.size, this.#refused, this.#kills];
    return {
      accepted,
      refused,
      ended,
      lost,
      twice: this.#twice,
      unretrievable,
      unsuccessful,
      kills,
      byAttempts,
    };
  }
}

function pick<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)] as T;
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((value) => ({ value, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ value }) => value);
}
