import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { JobsContext } from '../http/front-door-context.ts';
import { JobAnswers } from '../http/job-answers.ts';
import type { JobEvent, JobListener } from '../jobs/events.ts';
import type { Subscriber } from '../ogc/processes/execute-request.ts';
import type { ProcessLimits } from '../ogc/processes/limits.ts';
import { writeStatusInfo } from '../ogc/processes/ogcapi/jobs.ts';
import { writeResults } from '../ogc/processes/ogcapi/results.ts';
import { type Clock, sleep } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { ask } from './reference-fetch.ts';

export interface CallbackOptions {
  readonly callbackAttempts: number;
  readonly callbackTimeoutMs: number;
  readonly callbackRetryMs: number;
  readonly maxCallbacks: number;
  readonly allowPrivateHosts: boolean;
}

/**
 * Tells the addresses that a client named what becomes of its job (OGC 18-062r2 section 13). Whoever executes a job
 * tells, so that nobody else does; when it dies in the middle of it, nobody may.
 */
export class JobCallbacks implements JobListener {
  readonly name = 'callbacks';
  readonly #jobs: JobsContext;
  readonly #answers: JobAnswers;
  readonly #baseUrl: () => string;
  readonly #limits: ProcessLimits;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: CallbackOptions;
  readonly #stopped = new AbortController();
  /** Jobs whose start was told, by the epoch of it. */
  readonly #begun = new Map<string, number>();
  #telling = 0;

  constructor(parts: {
    jobs: JobsContext;
    /** Of this peer's front door, for outputs that are given by reference. */
    baseUrl: () => string;
    limits: ProcessLimits;
    clock: Clock;
    log: Log;
    options: CallbackOptions;
  }) {
    this.#jobs = parts.jobs;
    this.#answers = new JobAnswers(parts.jobs);
    this.#baseUrl = parts.baseUrl;
    this.#limits = parts.limits;
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#options = parts.options;
  }

  stop(): void {
    this.#stopped.abort();
  }

  heard({ record, self }: JobEvent): void {
    const { id, owner, door, state, epoch } = record.status;
    if (owner !== self || door !== 'ogcapi' || this.#stopped.signal.aborted) return;
    if (state === 'running') {
      if (this.#begun.get(id) === epoch) return;
      this.#begun.set(id, epoch);
    } else if (isTerminal(state)) this.#begun.delete(id);
    else return;
    if (this.#telling >= this.#options.maxCallbacks) return;
    this.#telling += 1;
    this.#tell(record)
      .catch((error) => this.#log.warn({ job: id, err: error }, 'a client could not be told of its job'))
      .finally(() => {
        this.#telling -= 1;
      });
  }

  async #tell(record: StatusRecord): Promise<void> {
    const { id, state } = record.status;
    const submission = await this.#jobs.service().submission(id);
    const address = submission?.request.subscriber && addressOf(submission.request.subscriber, state);
    if (!address) return;
    const api = `${this.#baseUrl()}/ogcapi`;
    const { body } =
      state === 'successful'
        ? writeResults(
            await this.#answers.outputs(await this.#answers.known(record), this.#baseUrl()),
            this.#limits,
          )
        : writeStatusInfo(this.#answers.view(record), api);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#post(address, body);
      } catch (error) {
        if (attempt >= this.#options.callbackAttempts) throw error;
        await sleep(this.#clock, this.#options.callbackRetryMs, this.#stopped.signal);
      }
    }
  }

  async #post(address: string, body: string): Promise<void> {
    const { callbackTimeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(callbackTimeoutMs)]);
    const headers = [['content-type', 'application/json']] as const;
    const answer = await ask(new URL(address), { method: 'POST', headers, body }, this.#options, signal);
    answer.destroy();
    const status = answer.statusCode ?? 0;
    if (status < 200 || status > 299) throw new Error(`${address} answered with status ${status}`);
  }
}

/** Empty where the client does not want to know. */
function addressOf(
  { successUri, inProgressUri, failedUri }: Subscriber,
  state: StatusRecord['status']['state'],
): string {
  if (state === 'successful') return successUri;
  return state === 'running' ? inProgressUri : failedUri;
}
