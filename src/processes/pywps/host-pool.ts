import { GismeshError } from '../../core/errors.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { HostLimits, PywpsHost } from './host.ts';

export interface HostPoolOptions {
  /** Hosts that have loaded the application and wait for a task, for `idleMs`. */
  readonly warmHosts: number;
  readonly idleMs: number;
}

export interface HostPoolParts {
  readonly start: (limits: HostLimits, signal: AbortSignal) => Promise<PywpsHost>;
  /** Of the runs that hosts are kept ready for. */
  readonly limits: HostLimits;
  readonly options: HostPoolOptions;
  readonly clock: Clock;
  /** A host could not be started: the application may be gone for good. */
  readonly onFailure: (error: unknown) => void;
}

interface Waiting {
  readonly host: PywpsHost;
  readonly timer: Timer;
}

/** A host that is being started for whoever comes first. */
interface Coming {
  readonly host: Promise<PywpsHost>;
  isClaimed: boolean;
}

/** Hosts of one application that are ready before they are needed. */
export class HostPool {
  readonly #parts: HostPoolParts;
  readonly #ended = new AbortController();
  readonly #work = new Set<Promise<void>>();
  readonly #coming = new Set<Coming>();
  #waiting: Waiting[] = [];

  constructor(parts: HostPoolParts) {
    this.#parts = parts;
  }

  /** One that waits, else one that is on its way, else a new one. Rejects as `PywpsHost.start` does. */
  async take(limits: HostLimits, signal: AbortSignal): Promise<PywpsHost> {
    const index = this.#waiting.findIndex(({ host }) => !host.isGone && isEnough(host.limits, limits));
    const [waiting] = index === -1 ? [] : this.#waiting.splice(index, 1);
    if (waiting !== undefined) {
      waiting.timer.cancel();
      return waiting.host;
    }
    const coming = [...this.#coming].find(({ isClaimed }) => !isClaimed);
    if (coming !== undefined && isEnough(this.#parts.limits, limits)) {
      coming.isClaimed = true;
      return await this.#unlessAborted(coming.host, signal);
    }
    try {
      return await this.#parts.start(limits, AbortSignal.any([signal, this.#ended.signal]));
    } catch (error) {
      if (!signal.aborted) this.#parts.onFailure(error);
      throw error;
    }
  }

  /** Starts as many hosts as are to wait for tasks. */
  fill(): void {
    const { start, limits, options } = this.#parts;
    const gone = this.#waiting.filter(({ host }) => host.isGone);
    this.#waiting = this.#waiting.filter((each) => !gone.includes(each));
    for (const each of gone) this.#track(endWaiting(each));
    const unclaimed = () => [...this.#coming].filter(({ isClaimed }) => !isClaimed).length;
    while (!this.#ended.signal.aborted && this.#waiting.length + unclaimed() < options.warmHosts) {
      const coming = { host: start(limits, this.#ended.signal), isClaimed: false };
      this.#coming.add(coming);
      this.#track(this.#arrival(coming));
    }
  }

  /** Lets a host wait for a task, or ends one too many. */
  async add(host: PywpsHost): Promise<void> {
    const { options, clock } = this.#parts;
    if (this.#ended.signal.aborted || this.#waiting.length >= options.warmHosts) {
      await host.end();
      return;
    }
    const timer = clock.after(options.idleMs, () => {
      this.#waiting = this.#waiting.filter((each) => each.host !== host);
      this.#track(host.end());
    });
    this.#waiting.push({ host, timer });
  }

  /** Ends those that wait or are on their way; nothing of them is left when it resolves. */
  async end(): Promise<void> {
    this.#ended.abort();
    for (const waiting of this.#waiting.splice(0)) this.#track(endWaiting(waiting));
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #arrival(coming: Coming): Promise<void> {
    try {
      const host = await coming.host;
      if (!coming.isClaimed) await this.add(host);
    } catch (error) {
      if (!this.#ended.signal.aborted) this.#parts.onFailure(error);
    } finally {
      this.#coming.delete(coming);
    }
  }

  /** A host that comes too late waits for somebody else. */
  async #unlessAborted(coming: Promise<PywpsHost>, signal: AbortSignal): Promise<PywpsHost> {
    const cancelled = Promise.withResolvers<never>();
    const onAbort = () => {
      this.#track(coming.then((host) => this.add(host)));
      cancelled.reject(new GismeshError('CANCELLED', 'The run was cancelled'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([coming, cancelled.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #track(work: Promise<void>): void {
    const settled = work.catch(() => {});
    this.#work.add(settled);
    void settled.then(() => this.#work.delete(settled));
  }
}

async function endWaiting({ host, timer }: Waiting): Promise<void> {
  timer.cancel();
  await host.end();
}

/** Whether hosts with these limits are for tasks with those. */
function isEnough(host: HostLimits, task: HostLimits): boolean {
  return host.memoryBytes === task.memoryBytes && host.scratchBytes === task.scratchBytes;
}
