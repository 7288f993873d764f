import { errorCode } from '../core/errors.ts';
import { Durations } from '../core/jobs/durations.ts';
import type { JobStatus } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { ended } from '../core/jobs/transitions.ts';
import { nobodyThere, type OwnerAllowance } from '../core/owner-policy.ts';
import type { ExecuteRequest } from '../ogc/processes/execute-request.ts';
import type { ProcessLimits } from '../ogc/processes/limits.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { TaskLimits } from '../processes/process.ts';
import { Acceptance, type AcceptedJob, type SubmissionTerms } from './acceptance.ts';
import type { Workshop } from './bench.ts';
import { Chaining } from './chaining.ts';
import { JobEvents } from './events.ts';
import { Executor } from './executor.ts';
import { JobLogs } from './job-logs.ts';
import type { JobPeers } from './job-peers.ts';
import { Keeper } from './keeper.ts';
import { type LocalProcesses, OfferedProcesses } from './offered-processes.ts';
import type { JobsOptions } from './options.ts';
import type { OutputStore } from './outputs.ts';
import { Placing } from './placing.ts';
import { Rebalancer } from './rebalancer.ts';
import type { Replication } from './replication.ts';
import { ResultWaiters } from './result-waiters.ts';
import type { StatusMap } from './status-map.ts';
import { decodeSubmission, type Submission } from './submission.ts';

export interface JobServiceParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Open. */
  readonly map: StatusMap;
  /** Started. */
  readonly replication: Replication;
  readonly peers: JobPeers;
  readonly provider: LocalProcesses;
  readonly workshop: Workshop;
  readonly outputs: OutputStore;
  /** Whether somebody is at this machine; without it nobody ever is. */
  readonly owner?: OwnerAllowance;
  /** What one run may take. */
  readonly runLimits: TaskLimits;
  /** Bounds on requests. */
  readonly limits: ProcessLimits;
  readonly options: JobsOptions;
}

/** The way of a job: accepted and made safe, placed, executed, watched over, answered for by any peer. */
export class JobService {
  readonly processes: OfferedProcesses;
  readonly outputs: OutputStore;
  readonly map: StatusMap;
  readonly events: JobEvents;
  readonly logs: JobLogs;
  readonly #parts: JobServiceParts;
  readonly #chaining: Chaining;
  readonly #executor: Executor;
  readonly #keeper: Keeper;
  readonly #durations: Durations;
  readonly #waiters: ResultWaiters;
  readonly #acceptance: Acceptance;

  constructor(parts: JobServiceParts) {
    const { network, clock, random, log, map, replication, peers, provider, options } = parts;
    const { execution, lease, placing, rebalancing, replication: copying } = options;
    this.#parts = parts;
    this.map = map;
    this.outputs = parts.outputs;
    this.events = new JobEvents({ self: network.self, map, log });
    const { timeoutMs } = copying;
    this.logs = new JobLogs({
      network,
      clock,
      log,
      peers,
      standbys: (job, except, limit) => replication.standbys(job, except, limit),
      options: { ...execution, timeoutMs },
    });
    this.#durations = new Durations(execution.maxProcesses);
    this.processes = new OfferedProcesses({ network, provider, peers, log });
    this.#chaining = new Chaining({
      replication,
      outputs: parts.outputs,
      describe: (process) => this.processes.find(process),
    });
    this.#executor = new Executor({
      self: network.self,
      clock,
      log,
      map,
      replication,
      provider,
      workshop: parts.workshop,
      outputs: parts.outputs,
      chaining: this.#chaining,
      logs: this.logs,
      durations: this.#durations,
      owner: parts.owner ?? nobodyThere,
      options: { ...execution, ...lease, ...parts.runLimits, copies: copying.copies, ttlMs: copying.ttlMs },
      onUnavailable: (record, { reason = '', handedOver = false }) =>
        this.#keeper.place(record, { reason, handedOver, except: [network.self] }),
      onKept: (job) => this.#keeper.keep(job),
    });
    const placer = new Placing({
      network,
      clock,
      log,
      map,
      peers,
      processes: this.processes,
      executor: this.#executor,
      options: placing,
    });
    this.#keeper = new Keeper({
      network,
      clock,
      random,
      log,
      map,
      replication,
      peers,
      executor: this.#executor,
      placing: placer,
      chaining: this.#chaining,
      rebalancer: new Rebalancer({
        clock,
        log,
        map,
        replication,
        placing: placer,
        chaining: this.#chaining,
        executor: this.#executor,
        options: { ...rebalancing, expireMs: lease.expireMs },
      }),
      options: { ...placing, ...lease, timeoutMs },
    });
    this.#acceptance = new Acceptance({
      ...parts,
      processes: this.processes,
      chaining: this.#chaining,
      keeper: this.#keeper,
      durations: this.#durations,
    });
    this.#waiters = new ResultWaiters({ map, clock, maxWaiting: options.answers.maxWaiting });
    map.onChange((record) => this.#heard(record));
  }

  async start(): Promise<void> {
    await this.#keeper.start();
  }

  stop(): void {
    this.#keeper.stop();
    this.#executor.stop();
    this.logs.stop();
  }

  /**
   * Takes no more jobs to execute, and has others go on with those that wait, and unless it says otherwise with those
   * that run; still accepts new ones for others.
   */
  drain(handedOver?: { readonly running: boolean }): void {
    this.#executor.drain(handedOver);
  }

  /** Takes jobs again. */
  resume(): void {
    this.#executor.resume();
  }

  /** Something is executed here, or on its way to another peer. */
  get busy(): boolean {
    return this.#executor.running + this.#keeper.placing > 0;
  }

  /** Jobs under way here. */
  get load(): { readonly running: number; readonly queued: number } {
    return { running: this.#executor.running, queued: this.#executor.queued + this.#keeper.waiting };
  }

  /** Jobs that this peer has to have placed: nobody takes them at present. */
  get unplaced(): number {
    return this.#keeper.waiting;
  }

  /** Accepts a job: see `Acceptance`. */
  submit(request: ExecuteRequest, terms: SubmissionTerms): Promise<AcceptedJob> {
    return this.#acceptance.accept(request, terms);
  }

  /**
   * The job as soon as it has ended, or as it is after `withinMs`, or at once when very many clients wait. Rejects with the
   * signal's reason.
   */
  async ended(id: string, withinMs: number, signal?: AbortSignal): Promise<StatusRecord> {
    return (await this.#waiters.ended(id, withinMs, signal)) ?? raise(unknownJob(id));
  }

  /** A job, wherever it is known. Rejects `job-unknown`. */
  async find(id: string): Promise<StatusRecord> {
    if (!ID.test(id)) throw unknownJob(id);
    return (await this.#parts.replication.find(id)) ?? raise(unknownJob(id));
  }

  /** The jobs known here that take outputs of this one, newest first; of very many the first. */
  async takers({ id, submittedAt }: JobStatus): Promise<JobStatus['chained']> {
    const filter = { chained: true, submittedFrom: submittedAt };
    const { records } = await this.map.list(filter, undefined, { offset: 0, limit: MOST_CHAINED });
    return records.flatMap(({ status }) =>
      status.chained.flatMap(({ job, output }) => (job === id ? [{ job: status.id, output }] : [])),
    );
  }

  /** What the job was asked to do; undefined when nobody alive holds it. */
  async submission(id: string): Promise<Submission | undefined> {
    const body = await this.#parts.replication.request(id);
    return body && decodeSubmission(body);
  }

  /** Ends a job; what it has given so far is gone. Resolves to its last status, whoever ended it. */
  async dismiss(id: string, by: string): Promise<StatusRecord> {
    const { map, replication } = this.#parts;
    const { status } = await this.find(id);
    if (status.state === 'dismissed') return await this.find(id);
    const dismissed = ended(status, { state: 'dismissed', message: `dismissed by ${by}` }, map.time());
    try {
      return await replication.commit(dismissed);
    } catch (error) {
      if (errorCode(error) !== 'NETWORK_UNREACHABLE') throw error;
      // It counts here, and for the others when they can be reached again.
      return (await replication.replicate(dismissed)).record;
    }
  }

  /** Other peers that hold the outputs of a job. */
  holders({ replicas }: { readonly replicas: readonly PeerId[] }): PeerId[] {
    return replicas.filter((peer) => peer !== this.#parts.network.self);
  }

  #heard(record: StatusRecord): void {
    const { state, process, startedAt, finishedAt } = record.status;
    if (state === 'successful' && startedAt !== undefined && finishedAt !== undefined) {
      this.#durations.observe(process, finishedAt - startedAt);
    }
  }
}

/** Jobs looked through for those that take outputs of one. */
const MOST_CHAINED = 1000;

const ID = /^[\w-]{1,64}$/;

function unknownJob(id: string): ProcessError {
  return new ProcessError(
    'job-unknown',
    `There is no job ${quote(id)}: it has expired, or never was`,
    'jobID',
  );
}

function raise(error: Error): never {
  throw error;
}
