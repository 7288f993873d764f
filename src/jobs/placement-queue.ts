import { backoffMs } from '../core/backoff.ts';
import { errorCode } from '../core/errors.ts';
import { brokenAttempts, isTerminal, type JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { claimed, ended } from '../core/jobs/transitions.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import { type Chaining, dataOf } from './chaining.ts';
import type { Placing } from './placing.ts';
import type { Replication } from './replication.ts';
import type { StatusMap } from './status-map.ts';
import { decodeSubmission, type Submission } from './submission.ts';
import { Turns } from './turns.ts';

export interface PlacementQueueOptions {
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxPlacing: number;
  readonly patienceMs: number;
  readonly maxAttempts: number;
  /** How long a lease lasts. */
  readonly expireMs: number;
}

export interface PlacementQueueParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly placing: Placing;
  readonly chaining: Chaining;
  /** A job was taken; by this peer itself as well. */
  readonly onPlaced: (status: JobStatus) => void;
  /** It needs nobody: it has ended, has an attempt already, or has expired. */
  readonly onOvertaken: (job: string, record: StatusRecord | undefined) => void;
  readonly options: PlacementQueueOptions;
}

/** Why a job is to be placed. */
export interface Placement {
  /** How the attempt before ended; '' where there was none. */
  readonly reason: string;
  /** Its owner gives it away in good order, and may go on until somebody has it. */
  readonly handedOver?: boolean;
  /** Peers that are not asked at first. */
  readonly except?: readonly PeerId[];
  /** It was accepted just now: nobody else can know more of it. */
  readonly isNew?: boolean;
}

interface Task extends Placement {
  isNew?: boolean;
  /** Of the attempt that is to be replaced. */
  readonly epoch: number;
  readonly process: string;
  readonly user: string;
  readonly urgent: boolean;
  failures: number;
  /** Monotonic ms, as all times here. */
  dueMs: number;
  /** Since when nothing but a taker is missing. */
  readyMs: number;
  /** Jobs that go on, whose outputs it takes. */
  waitsFor?: readonly string[];
}

/** Where nobody has taken any job for so long, one more has to wait for longer than somebody who looks at it would. */
const STUCK_MS = 2000;

/** Nobody takes jobs of a kind at present. */
interface Closed {
  readonly failures: number;
  /** Of the first of these failures, and the last. */
  readonly sinceMs: number;
  readonly triedMs: number;
  dueMs: number;
}

/**
 * The jobs that this peer has to have placed. Those whose clients wait come first, then those of the user with the fewest
 * before them. While nobody takes jobs of a kind, one of them asks now and then for all.
 */
export class PlacementQueue {
  readonly #parts: PlacementQueueParts;
  readonly #tasks = new Map<string, Task>();
  readonly #placing = new Map<string, Task>();
  readonly #closed = new Map<string, Closed>();
  readonly #turns = new Turns();
  #stopped = false;

  constructor(parts: PlacementQueueParts) {
    this.#parts = parts;
  }

  stop(): void {
    this.#stopped = true;
  }

  get size(): number {
    return this.#tasks.size;
  }

  /** Jobs for which somebody is being sought right now. */
  get placing(): number {
    return this.#placing.size;
  }

  has(job: string): boolean {
    return this.#tasks.has(job);
  }

  isPlacing(job: string): boolean {
    return this.#placing.has(job);
  }

  jobs(): Iterable<string> {
    return this.#tasks.keys();
  }

  /** Whether clients wait here for jobs of the process that nobody has taken for a while: one more would wait behind them. */
  isStuck(process: string): boolean {
    const kind = kindOf({ process, urgent: true });
    const { sinceMs = Infinity } = this.#closed.get(kind) ?? {};
    if (this.#parts.clock.now() - sinceMs < STUCK_MS) return false;
    for (const task of this.#tasks.values()) if (kindOf(task) === kind) return true;
    return false;
  }

  add({ id, epoch, process, user, mode }: JobStatus, placement: Placement): void {
    const nowMs = this.#parts.clock.now();
    const urgent = mode === 'sync';
    this.#turns.join(user);
    const begun = { epoch, process, user, urgent, failures: 0, dueMs: nowMs, readyMs: nowMs };
    this.#tasks.set(id, { ...placement, ...begun });
  }

  delete(job: string): void {
    this.#tasks.delete(job);
  }

  /** The job went on: an attempt of that epoch is known. */
  wentOn(job: string, epoch: number): void {
    if (epoch > (this.#tasks.get(job)?.epoch ?? Infinity)) this.#tasks.delete(job);
  }

  /** A job has ended. Those that waited for its outputs are placed, or fail with the reason; somebody has less to do now. */
  jobEnded(id: string): void {
    const { clock, options } = this.#parts;
    const nowMs = clock.now();
    for (const task of this.#tasks.values()) if (task.waitsFor?.includes(id)) task.dueMs = nowMs;
    for (const closed of this.#closed.values()) {
      closed.dueMs = Math.min(closed.dueMs, Math.max(nowMs, closed.triedMs + options.retryMs));
    }
  }

  /** Begins to place what is due. */
  placeDue(): void {
    const { clock, options } = this.#parts;
    if (this.#stopped || this.#placing.size >= options.maxPlacing) return;
    for (const [id, task] of this.#inOrder(clock.now())) {
      if (this.#placing.size >= options.maxPlacing) return;
      // One of them asks for all.
      if (this.#closed.has(kindOf(task)) && this.#isAsking(kindOf(task))) continue;
      this.#placing.set(id, task);
      void this.#place(id, task).finally(() => {
        this.#placing.delete(id);
        this.placeDue();
      });
    }
  }

  #inOrder(nowMs: number): Array<[string, Task]> {
    const due = [...this.#tasks].filter(
      ([id, task]) =>
        task.dueMs <= nowMs &&
        !this.#placing.has(id) &&
        nowMs >= (this.#closed.get(kindOf(task))?.dueMs ?? nowMs),
    );
    this.#forgetOthers();
    if (due.length <= 1) return due;
    const before = new Map<string, number>();
    return due
      .map((entry) => {
        const { user, urgent } = entry[1];
        const place = before.get(user) ?? this.#turns.of(user);
        before.set(user, place + 1);
        return { entry, place, urgent };
      })
      .sort((a, b) => Number(b.urgent) - Number(a.urgent) || a.place - b.place)
      .map(({ entry }) => entry);
  }

  /** Users and kinds of which nothing waits any more. */
  #forgetOthers(): void {
    this.#turns.keep(new Set(Array.from(this.#tasks.values(), ({ user }) => user)));
    const kinds = new Set(Array.from(this.#tasks.values(), kindOf));
    for (const kind of this.#closed.keys()) if (!kinds.has(kind)) this.#closed.delete(kind);
  }

  #isAsking(kind: string): boolean {
    for (const task of this.#placing.values()) if (kindOf(task) === kind) return true;
    return false;
  }

  async #place(id: string, task: Task): Promise<void> {
    const { log, clock } = this.#parts;
    try {
      if (!(await this.#placeOnce(id, task))) return;
      if (this.#tasks.get(id) === task) this.#tasks.delete(id);
      this.#turns.next(task.user);
      this.#closed.delete(kindOf(task));
    } catch (error) {
      if (this.#stopped) return;
      const isBusy = errorCode(error) === 'BUSY';
      log[isBusy ? 'debug' : 'warn'](
        { job: id, failures: task.failures, err: error },
        'a job could not be placed yet',
      );
      task.failures += 1;
      if (errorCode(error) === 'NETWORK_TIMEOUT') {
        // Then its claim is known to others, or its lease is over.
        task.isNew = false;
        task.dueMs = clock.now() + this.#parts.options.expireMs;
        return;
      }
      // Where some peers were left out, it says nothing of the others.
      if (!isBusy || (task.failures === 1 && task.except?.length)) {
        task.dueMs = clock.now() + this.#backoffMs(task.failures);
        return;
      }
      const triedMs = clock.now();
      const { failures, sinceMs } = this.#closed.get(kindOf(task)) ?? { failures: 0, sinceMs: triedMs };
      const dueMs = triedMs + this.#backoffMs(failures + 1);
      this.#closed.set(kindOf(task), { failures: failures + 1, sinceMs, triedMs, dueMs });
    }
  }

  #backoffMs(failures: number): number {
    const { options, random } = this.#parts;
    const retry = { baseMs: options.retryMs, maxMs: options.maxRetryMs };
    return backoffMs(retry, failures, 0.5 + random.next() / 2);
  }

  /** False when it has to wait for another job. */
  async #placeOnce(id: string, task: Task): Promise<boolean> {
    const { map, replication, placing, chaining, clock, options, onPlaced, onOvertaken } = this.#parts;
    const record = await (task.isNew ? map.get(id) : replication.refresh(id));
    if (!record || isTerminal(record.status.state) || record.status.epoch > task.epoch) {
      onOvertaken(id, record);
      return true;
    }
    const request = await replication.request(id);
    const submission = request && decodeSubmission(request);
    const sources = submission ? await chaining.sources(submission) : [];
    task.waitsFor = sources.filter(({ state }) => !isTerminal(state)).map((source) => source.id);
    if (task.waitsFor.length > 0) {
      task.readyMs = clock.now();
      task.dueMs = task.readyMs + options.maxRetryMs;
      return false;
    }
    const hopeless = this.#whyHopeless(record.status, submission, task);
    if (hopeless !== undefined) {
      await this.#giveUp(record, hopeless, task);
      return true;
    }
    if (!request || !submission) throw new Error('its request is held by nobody that lives');
    // Who could not take it may be the only one that can.
    const except = task.failures === 0 ? (task.except ?? []) : [];
    const placed = await placing.place(
      { record, request, submission },
      {
        ...task,
        except,
        data: dataOf(submission, sources),
      },
    );
    onPlaced(placed.status);
    return true;
  }

  #whyHopeless(status: JobStatus, submission: Submission | undefined, task: Task): string | undefined {
    if (task.handedOver) return undefined;
    const { options, clock } = this.#parts;
    const broken = brokenAttempts(status);
    const { reason } = task;
    if (broken >= options.maxAttempts) {
      return `given up after ${broken} attempts that were broken off${reason === '' ? '' : `; of the last one ${reason}`}`;
    }
    if (submission && !submission.idempotent && status.startedAt !== undefined) {
      return `${reason || 'its attempt was broken off'}, and its process must not be run twice: submit it again if that does no harm`;
    }
    if (clock.now() - task.readyMs > options.patienceMs) return 'no peer could take it for too long';
    return undefined;
  }

  /** A last claim, so that the end stands above the attempts before it. */
  async #giveUp({ status }: StatusRecord, message: string, { reason }: Task): Promise<void> {
    const { map, network, replication } = this.#parts;
    const claim = claimed(status, network.self, map.time(), reason === '' ? {} : { reason });
    await replication.commit(ended(claim, { state: 'failed', failure: 'job-failed', message }, map.time()));
  }
}

/** Whoever takes jobs that clients wait for may have its queue full for the others. */
function kindOf({ process, urgent }: Pick<Task, 'process' | 'urgent'>): string {
  return `${urgent ? 'sync' : 'async'} ${process}`;
}
