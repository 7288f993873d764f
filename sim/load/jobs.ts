import { errorCode } from '../../src/core/errors.ts';
import { isTerminal, type JobStatus } from '../../src/core/jobs/job-status.ts';
import type { StatusRecord } from '../../src/core/jobs/status-record.ts';
import type { JobService } from '../../src/jobs/job-service.ts';
import {
  anyFormat,
  type ExecuteRequest,
  type RequestedInput,
} from '../../src/ogc/processes/execute-request.ts';
import { logNormal } from '../distributions.ts';
import { type Assignment, RESULT, resultOf } from '../jobs/processes.ts';
import type { SeededRandom } from '../random.ts';
import type { Room, Seat } from '../room.ts';

/** People ask how their jobs are about so often, ms. */
const POLL_MS = 3_000;
/** No job has more work than so many times the mean: all have to end within the time for convergence. */
const MOST_WORK = 4;
/** Share of the jobs that are the one before once more: their results have the same content. */
const AGAIN = 0.2;
/** Results that later jobs may take as an input. */
const MAX_FINISHED = 20;

/** Sends jobs as the scenario says, until `untilMs`; none in a room without. */
export function startJobs(room: Room, untilMs: number): JobUsers {
  const users = new JobUsers(room, room.world.random.split('job users'));
  if (room.scenario.load.jobs.perMinute > 0) users.start(untilMs);
  return users;
}

/** People who submit jobs at their machines, ask for them at any, read what came of them, or lose patience. */
class JobUsers {
  readonly #room: Room;
  readonly #random: SeededRandom;
  readonly #users: readonly Seat[];
  /** Accepted and not seen to have ended. */
  readonly #open = new Set<string>();
  #finished: string[] = [];
  #tickets = 0;
  #latest: Assignment | undefined;

  constructor(room: Room, random: SeededRandom) {
    this.#room = room;
    this.#random = random;
    this.#users = room.seats.filter(({ plan }) => plan.hasUser);
    room.observe((event) => {
      if (event.kind === 'job-status' && isTerminal(event.state)) this.#open.delete(event.job);
    });
  }

  /** Jobs that have been accepted and go on. */
  get pending(): number {
    return this.#open.size;
  }

  start(untilMs: number): void {
    const { time } = this.#room.world;
    const meanMs = 60_000 / this.#room.scenario.load.jobs.perMinute;
    const next = () => {
      const atMs = time.nowMs + this.#random.exponential(meanMs);
      if (atMs >= untilMs) return;
      time.at(atMs, () => {
        void this.#submit(this.#pick(this.#users));
        next();
      });
    };
    next();
  }

  async #submit(seat: Seat | undefined): Promise<void> {
    const service = serviceAt(seat);
    const { jobs } = this.#room.scenario.load;
    this.#tickets += 1;
    const ticket = this.#tickets;
    // All is drawn whether the machine runs or not.
    const isAgain = this.#random.chance(AGAIN);
    const fresh = this.#assignment(ticket);
    const assignment = isAgain ? (this.#latest ?? fresh) : fresh;
    this.#latest = assignment;
    const isSync = this.#random.chance(jobs.sync);
    const source = this.#random.chance(jobs.chained) ? this.#pickFinished() : undefined;
    const patienceMs = this.#random.chance(jobs.dismissed)
      ? this.#random.exponential(jobs.workMs)
      : undefined;
    if (!service || !seat) return;
    const door = seat.peer.name;
    this.#emit({ kind: 'job-submitted', ticket, door, ...(source !== undefined && { source }) });
    let accepted: Awaited<ReturnType<JobService['submit']>>;
    try {
      accepted = await service.submit(requestOf(assignment, isSync, source), { door: 'ogcapi', user: door });
    } catch (error) {
      this.#emit({ kind: 'job-refused', ticket, door, code: errorCode(error) ?? 'UNTYPED' });
      return;
    }
    const { id: job, state } = accepted.record.status;
    if (!isTerminal(state)) this.#open.add(job);
    this.#emit({ kind: 'job-accepted', ticket, door, job, copies: accepted.copies, ...assignment });
    if (patienceMs !== undefined) this.#later(patienceMs, () => this.#dismiss(job));
    if (isSync) void this.#wait(service, door, job, assignment);
    else this.#pollLater(job, assignment);
  }

  /** Whoever waits asks again like the others when it takes too long, or the machine dies. */
  async #wait(service: JobService, door: string, job: string, assignment: Assignment): Promise<void> {
    const { syncLimitMs } = this.#room.config.jobs.answers;
    this.#later(syncLimitMs + POLL_MS, () => this.#poll(job, assignment));
    try {
      this.#told(door, await service.ended(job, syncLimitMs));
    } catch {
      // It asks again.
    }
  }

  #pollLater(job: string, assignment: Assignment): void {
    this.#later(POLL_MS * (0.5 + this.#random.next()), () => this.#poll(job, assignment));
  }

  /** Asks any machine; goes on until the job has ended. */
  async #poll(job: string, assignment: Assignment): Promise<void> {
    const seat = this.#pick(this.#room.seats);
    this.#pollLaterUnlessOver(job, assignment);
    const service = serviceAt(seat);
    if (!service || !seat) return;
    const door = seat.peer.name;
    try {
      const record = await service.find(job);
      this.#told(door, record);
      if (record.status.state === 'successful') await this.#read(service, door, record.status, assignment);
    } catch (error) {
      if (errorCode(error) === 'JOB_UNKNOWN') this.#emit({ kind: 'job-told', job, door, state: 'unknown' });
    }
  }

  #pollLaterUnlessOver(job: string, assignment: Assignment): void {
    if (this.#open.has(job)) this.#pollLater(job, assignment);
  }

  #told(door: string, { status }: StatusRecord): void {
    this.#emit({ kind: 'job-told', job: status.id, door, state: status.state });
  }

  async #read(service: JobService, door: string, status: JobStatus, assignment: Assignment): Promise<void> {
    const { id: job, outputs } = status;
    const result = outputs.find(({ name }) => name === RESULT);
    try {
      const peers = service.holders(status);
      const { artifact = '', bytes: maxBytes = 0 } = result ?? {};
      const read = await service.outputs.read(artifact, { peers, maxBytes });
      const isRight = Buffer.compare(read, resultOf(assignment)) === 0;
      this.#emit({ kind: 'job-read', job, door, outcome: isRight ? 'right' : 'wrong', code: '' });
      this.#finished = [job, ...this.#finished].slice(0, MAX_FINISHED);
    } catch (error) {
      this.#emit({ kind: 'job-read', job, door, outcome: 'error', code: errorCode(error) ?? 'UNTYPED' });
    }
  }

  async #dismiss(job: string): Promise<void> {
    const seat = this.#pick(this.#room.seats);
    const service = serviceAt(seat);
    if (!service || !seat) return;
    const door = seat.peer.name;
    this.#emit({ kind: 'job-dismissing', job, door });
    try {
      await service.dismiss(job, 'its user');
      this.#emit({ kind: 'job-dismissed', job, door });
    } catch {
      // It goes on; nobody was told otherwise.
    }
  }

  #assignment(ticket: number): Assignment {
    const { workMs, sigma, bytes, once, failing, quiet } = this.#room.scenario.load.jobs;
    const work = workMs * Math.min(MOST_WORK, logNormal(sigma, this.#random));
    const size = bytes * Math.min(MOST_WORK, logNormal(sigma, this.#random));
    return {
      workMs: Math.ceil(work),
      bytes: Math.ceil(size),
      word: `job ${ticket}`,
      isOnce: this.#random.chance(once),
      fails: this.#random.chance(failing),
      // Not drawn where there are none: what a seed means there stays as it was.
      isQuiet: quiet > 0 && this.#random.chance(quiet),
    };
  }

  #pickFinished(): string | undefined {
    return this.#pick(this.#finished);
  }

  #pick<T>(choices: readonly T[]): T | undefined {
    return choices[Math.floor(this.#random.next() * choices.length)];
  }

  #later(delayMs: number, callback: () => unknown): void {
    const { time } = this.#room.world;
    time.at(time.nowMs + delayMs, () => void callback());
  }

  #emit(event: JobUserEvent): void {
    this.#room.emit({ ...event, atMs: this.#room.nowMs } as Parameters<Room['emit']>[0]);
  }
}

type WithoutTime<E> = E extends unknown ? Omit<E, 'atMs'> : never;
type JobUserEvent = WithoutTime<Extract<Parameters<Room['emit']>[0], { kind: `job-${string}` }>>;

/** Nobody is answered by a machine that does not run, or leaves. */
function serviceAt(seat: Seat | undefined): JobService | undefined {
  return seat?.peer.isServing ? seat.peer.life?.jobs?.service : undefined;
}

function requestOf(assignment: Assignment, isSync: boolean, source: string | undefined): ExecuteRequest {
  const { workMs, bytes, word, fails, isOnce, isQuiet } = assignment;
  const literals = { work: workMs, bytes, word, fails, ...(isQuiet && { quiet: true }) };
  const inputs: RequestedInput[] = Object.entries(literals).map(([id, value]) => ({
    id,
    value: { kind: 'literal', value: String(value), dataType: '', uom: '' },
  }));
  if (source !== undefined) {
    inputs.push({ id: 'data', value: { kind: 'job', job: source, output: RESULT, format: anyFormat } });
  }
  return {
    process: isOnce ? 'compute-once' : 'compute',
    mode: isSync ? 'sync' : 'async',
    modeIsPreference: false,
    response: 'document',
    multipart: false,
    lineage: false,
    store: false,
    status: false,
    inputs,
    outputs: [],
  };
}
