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

export interface PlacementQueueOptions {
  readonly retryMs: number;
  readonly maxRetryMs: number;
  readonly maxPlacing: number;
  readonly patienceMs: number;
  readonly maxAttempts: number;
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

/** Nobody takes jobs of a process at present. */
interface Closed {
  failures: number;
  dueMs: number;
}

/**
 * The jobs that this peer has to have placed. Those whose clients wait come first, then those of the user with the fewest
 * before them. While nobody takes jobs of a process, one of them asks now and then for all.
 */
export class PlacementQueue {
  readonly #parts: PlacementQueueParts;
  readonly #tasks = new Map<string, Task>();
  readonly #placing = new Map<string, Task>();
  readonly #closed = new Map<string, Closed>();
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

  add({ id, epoch, process, user, mode }: JobStatus, placement: Placement): void {
    const nowMs = this.#parts.clock.now();
    const urgent = mode === 'sync';
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

  /** Jobs that waited for its outputs are placed, or fail with the reason. */
  sourceEnded(id: string): void {
    for (const task of this.#tasks.values()) {
      if (task.waitsFor?.includes(id)) task.dueMs = this.#parts.clock.now();
    }
  }

  /** Begins to place what is due. */
  placeDue(): void {
    const { clock, options } = this.#parts;
    if (this.#stopped || this.#placing.size >= options.maxPlacing) return;
    for (const [id, task] of this.#inOrder(clock.now())) {
      if (this.#placing.size >= options.maxPlacing) return;
      // One of them asks for all.
      if (this.#closed.has(task.process) && this.#isAsking(task.process)) continue;
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
        nowMs >= (this.#closed.get(task.process)?.dueMs ?? nowMs),
    );
    if (due.length <= 1) return due;
    const before = new Map<string, number>();
    return due
      .map((entry) => {
        const { user, urgent } = entry[1];
        const place = before.get(user) ?? 0;
        before.set(user, place + 1);
        return { entry, place: urgent ? place - due.length : place };
      })
      .sort((a, b) => a.place - b.place)
      .map(({ entry }) => entry);
  }

  #isAsking(process: string): boolean {
    for (const task of this.#placing.values()) if (task.process === process) return true;
    return false;
  }

  async #place(id: string, task: Task): Promise<void> {
    const { log, clock } = this.#parts;
    try {
      if (!(await this.#placeOnce(id, task))) return;
      if (this.#tasks.get(id) === task) this.#tasks.delete(id);
      this.#closed.delete(task.process);
    } catch (error) {
      if (this.#stopped) return;
      const isBusy = errorCode(error) === 'BUSY';
      log[isBusy ? 'debug' : 'warn'](
        { job: id, failures: task.failures, err: error },
        'a job could not be placed yet',
      );
      task.failures += 1;
      // Where some peers were left out, it says nothing of the others.
      if (!isBusy || (task.failures === 1 && task.except?.length)) {
        task.dueMs = clock.now() + this.#backoffMs(task.failures);
        return;
      }
      const failures = (this.#closed.get(task.process)?.failures ?? 0) + 1;
      this.#closed.set(task.process, { failures, dueMs: clock.now() + this.#backoffMs(failures) });
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
    const placed = await placing.place(record, request, {
      ...task,
      except,
      data: dataOf(submission, sources),
    });
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
