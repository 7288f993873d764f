import { hash } from 'node:crypto';
import { GismeshError } from '../core/errors.ts';
import type { Durations } from '../core/jobs/durations.ts';
import { JOB_LIMITS, type JobDoor, type JobMode } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import { accepted } from '../core/jobs/transitions.ts';
import type { ExecuteRequest } from '../ogc/processes/execute-request.ts';
import type { ProcessLimits } from '../ogc/processes/limits.ts';
import { ProcessError, quote } from '../ogc/processes/problem.ts';
import type { ProcessDescription } from '../ogc/processes/process-description.ts';
import { validateRequest } from '../ogc/processes/validate-request.ts';
import type { Clock } from '../platform/clock.ts';
import type { Network, PeerId } from '../platform/network.ts';
import type { Random } from '../platform/random.ts';
import type { Chaining } from './chaining.ts';
import type { Keeper } from './keeper.ts';
import type { OfferedProcesses } from './offered-processes.ts';
import type { JobsOptions } from './options.ts';
import type { KeptOutput, OutputStore } from './outputs.ts';
import type { Replication } from './replication.ts';
import type { StatusMap } from './status-map.ts';
import { keptSubmission, type Submission } from './submission.ts';

/** A job that is safe: this peer and others hold it on their disks, this one when `safe` resolves. */
export interface AcceptedJob {
  readonly record: StatusRecord;
  /** As it is kept. */
  readonly submission: Submission;
  /** Resolves when it survives a loss of power here; to be waited for before a client hears of it. */
  readonly safe: () => Promise<void>;
  /** Other peers that hold it. */
  readonly copies: number;
  /** Fewer than asked for, because there are not so many, or they did not answer. */
  readonly isThin: boolean;
}

/** Where a job comes from. */
export interface SubmissionTerms {
  readonly door: JobDoor;
  readonly user: string;
  /** No client hears of it before its `safe` resolved, so that a short job need not wait for this disk twice. */
  readonly isAwaited?: boolean;
}

export interface AcceptanceParts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly map: StatusMap;
  readonly replication: Replication;
  readonly outputs: OutputStore;
  readonly processes: OfferedProcesses;
  readonly chaining: Chaining;
  readonly keeper: Keeper;
  readonly durations: Durations;
  readonly limits: ProcessLimits;
  readonly options: JobsOptions;
}

/** How a peer takes jobs from clients: held against their descriptions, made safe, and given to be placed. */
export class Acceptance {
  readonly #parts: AcceptanceParts;
  #accepting = 0;

  constructor(parts: AcceptanceParts) {
    this.#parts = parts;
  }

  /**
   * Accepts a job. Rejects `ProcessError` for a request that does not fit its process, `BUSY` when there are too
   * many. What it resolves to survives this peer.
   */
  async accept(
    request: ExecuteRequest,
    { door, user, isAwaited = false }: SubmissionTerms,
  ): Promise<AcceptedJob> {
    const { options, network, map, replication, processes, chaining, keeper } = this.#parts;
    const description = processes.find(request.process);
    if (!description) throw unknownProcess(request.process);
    this.#assertRoom(description);
    const valid = validateRequest(request, description, this.#parts.limits);
    const { inputs, large } = await chaining.recognised(valid.inputs, description.inputs);
    const submission: Submission = {
      request: { ...valid, inputs, mode: this.#mode(valid, description) },
      processVersion: description.version,
      idempotent: description.idempotent,
      ...(large.length > 0 && { large }),
    };
    if (this.#accepting >= options.answers.maxAccepting) {
      throw new GismeshError('BUSY', `${this.#accepting} jobs are being accepted: try again in a moment`);
    }
    if (keeper.waiting >= options.placing.maxWaiting) {
      throw new GismeshError(
        'BUSY',
        `${keeper.waiting} jobs wait here for a peer that takes them: try again when some have begun`,
      );
    }
    this.#accepting += 1;
    try {
      const id = this.#newId();
      const { kept, body } = await keptSubmission(submission, (name, mediaType, bytes) =>
        this.#keepInput(id, { name, mediaType, content: { at: 'memory', bytes } }),
      );
      const status = accepted(
        {
          id,
          process: description.id.slice(0, JOB_LIMITS.process),
          user: user.slice(0, JOB_LIMITS.user),
          mode: submission.request.mode as JobMode,
          door,
          submitter: network.self,
          request: { digest: hash('sha256', body), bytes: body.length },
          chained: inputs
            .flatMap(({ value }) => (value.kind === 'job' ? [{ job: value.job, output: value.output }] : []))
            .slice(0, JOB_LIMITS.inputs),
        },
        map.time(),
      );
      // What must not run twice is known after a loss of power, whether or not somebody was told.
      const isDurable = !isAwaited || status.mode === 'async' || !submission.idempotent;
      const { record, acknowledged } = await replication.replicate(status, { request: body, isDurable });
      const safe = isDurable ? async () => {} : map.mark();
      keeper.place(record, { reason: '', isNew: true });
      const copies = acknowledged.length;
      const isThin = copies < options.replication.copies;
      return { record, submission: kept, safe, copies, isThin };
    } finally {
      this.#accepting -= 1;
    }
  }

  /** Where nobody else could take it, it is better told now than by a job that waits. */
  #assertRoom({ id, version }: ProcessDescription): void {
    const { outputs, processes } = this.#parts;
    if (outputs.hasRoom() || processes.offerers(id, version).length > 0) return;
    const remedy = 'wait until results expire, dismiss jobs, or raise artifacts.store.quotaBytes';
    throw new GismeshError('BUSY', `The artifact store of this peer has no room for results: ${remedy}`);
  }

  async #keepInput(job: string, input: KeptOutput): Promise<{ artifact: string; holders: PeerId[] }> {
    const { outputs, options, clock, network } = this.#parts;
    const { copies, ttlMs } = options.replication;
    const expiresAt = clock.wallTime() + ttlMs;
    const { artifact, replicas } = await outputs.keep(input, { job, copies, expiresAt, mayBeId: false });
    return { artifact, holders: [network.self, ...(replicas ?? [])] };
  }

  /** A client that would wait in vain is told so, unless it can do without: what it asked for can still be asked for later. */
  #mode({ mode, modeIsPreference }: ExecuteRequest, { id, jobControl }: ProcessDescription): JobMode {
    const { keeper, durations, options } = this.#parts;
    if (mode === 'async') return 'async';
    if (keeper.isStuck(id)) {
      const mayBeAsync = mode === 'auto' || modeIsPreference;
      if (mayBeAsync && jobControl.includes('async-execute')) return 'async';
      throw new GismeshError(
        'BUSY',
        `No peer takes jobs of ${quote(id)} at present: execute it asynchronously, or try again in a moment`,
      );
    }
    if (mode === 'sync') return 'sync';
    const expectedMs = durations.meanMs(id) ?? options.execution.priorDurationMs;
    return expectedMs <= options.answers.syncLimitMs / 2 ? 'sync' : 'async';
  }

  #newId(): string {
    const hex = Buffer.from(this.#parts.random.bytes(16)).toString('hex');
    // The form that clients know: a random UUID (RFC 9562).
    const variant = '89ab'[Number.parseInt(hex[16] as string, 16) % 4];
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

function unknownProcess(id: string): ProcessError {
  return new ProcessError('process-unknown', `No living peer offers a process ${quote(id)}`, id);
}
