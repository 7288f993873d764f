import path from 'node:path';
import { GismeshError } from '../../core/errors.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { ProcessTask, TaskContext, TaskOutput } from '../process.ts';
import type { Sandbox } from '../sandbox/launch.ts';
import { describeHosted } from './describe.ts';
import { type HostLimits, type HostOptions, type HostParts, PywpsHost, unavailable } from './host.ts';
import { type ApplicationSettings, launchOf } from './launch.ts';
import { findPython, type Python } from './python.ts';
import { signatureOf } from './signature.ts';

export interface ApplicationOptions extends HostOptions {
  /** Hosts that have loaded the application and wait for a task, for `idleMs`. */
  readonly warmHosts: number;
  readonly idleMs: number;
  /** Between looks whether the application was changed. */
  readonly rescanMs: number;
  /** Before an application that cannot be loaded is tried again; twice as long each time, up to `maxRetryMs`. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

export interface ApplicationParts {
  readonly settings: ApplicationSettings;
  readonly script: string;
  readonly searchPath: string;
  readonly sandbox: Sandbox;
  readonly folder: string;
  /** Of the runs that hosts are kept ready for. */
  readonly limits: HostLimits;
  readonly options: ApplicationOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** What it offers has changed. */
  readonly onChange: () => void;
}

type Offered = ReadonlyMap<string, ProcessDescription>;
interface Warm {
  readonly host: PywpsHost;
  readonly timer: Timer;
}
/** A host that is being started for whoever comes first. */
interface Coming {
  readonly host: Promise<PywpsHost>;
  isClaimed: boolean;
}

/**
 * One application of PyWPS. It is loaded in the background, again when its files change or it could not be, so that
 * whatever it does delays nobody. Each run has a host of its own, which was made ready before if possible.
 */
export class HostedApplication {
  readonly settings: ApplicationSettings;
  readonly #parts: ApplicationParts;
  readonly #stop = new AbortController();
  readonly #work = new Set<Promise<unknown>>();
  #offered: Offered = new Map();
  #warm: Warm[] = [];
  readonly #coming = new Set<Coming>();
  #signature = '';
  /** Tells hosts of an application that was changed since from those of the present one. */
  #generation = 0;
  #failures = 0;
  #reason: string;
  #python: Python | undefined;
  #timer: Timer | undefined;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.#reason = `The PyWPS application ${parts.settings.name} is not loaded yet`;
    this.#track(this.#load());
  }

  get offered(): Offered {
    return this.#offered;
  }

  /** Rejects as `ProcessProvider.run` does. */
  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const description = this.#offered.get(task.process);
    if (description === undefined) throw this.#notOffered();
    const running = this.#run(description, task, context);
    this.#track(running);
    return await running;
  }

  /** When it resolves no process is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#endWarm();
    while (this.#work.size > 0) await Promise.all(this.#work);
    await this.#endWarm();
  }

  async #run(
    description: ProcessDescription,
    task: ProcessTask,
    context: TaskContext,
  ): Promise<TaskOutput[]> {
    const stopped = this.#stop.signal;
    const signal = AbortSignal.any([context.signal, stopped]);
    try {
      const host = await this.#hostFor(task, signal);
      this.#prepare();
      const inner: TaskContext = {
        signal,
        clock: context.clock,
        onProgress: context.onProgress.bind(context),
        log: context.log.bind(context),
      };
      return await host.run(description, task, inner);
    } catch (error) {
      if (!context.signal.aborted && stopped.aborted)
        throw unavailable(this.settings.name, 'the peer is stopping');
      throw error;
    } finally {
      this.#prepare();
    }
  }

  /** A host that waits, and has the limits that the task wants. */
  #take(limits: HostLimits): PywpsHost | undefined {
    const index = this.#warm.findIndex(({ host }) => !host.isGone && isEnough(host.limits, limits));
    if (index === -1) return undefined;
    const [taken] = this.#warm.splice(index, 1);
    taken?.timer.cancel();
    return taken?.host;
  }

  /** One that waits, else one that is on its way, else a new one. */
  async #hostFor({ limits }: ProcessTask, signal: AbortSignal): Promise<PywpsHost> {
    const waiting = this.#take(limits);
    if (waiting !== undefined) return waiting;
    const coming = [...this.#coming].find(({ isClaimed }) => !isClaimed);
    if (coming !== undefined && isEnough(this.#parts.limits, limits)) {
      coming.isClaimed = true;
      return await this.#unlessAborted(coming.host, signal);
    }
    try {
      return await this.#start(limits, signal);
    } catch (error) {
      if (!signal.aborted) this.#loadSoon();
      throw error;
    }
  }

  /** A host that comes too late is kept for somebody else. */
  async #unlessAborted(coming: Promise<PywpsHost>, signal: AbortSignal): Promise<PywpsHost> {
    const cancelled = Promise.withResolvers<never>();
    const onAbort = () => {
      this.#track(coming.then((host) => this.#keep(host)));
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

  async #start(limits: HostLimits, signal: AbortSignal): Promise<PywpsHost> {
    const { settings, script, sandbox, folder, options, clock } = this.#parts;
    if (this.#python === undefined) throw this.#notOffered();
    const { memoryBytes, scratchBytes } = limits;
    const parts: HostParts = {
      ...launchOf(settings, this.#python, script),
      name: settings.name,
      sandbox,
      folder,
      limits: { memoryBytes, scratchBytes },
      options,
      clock,
    };
    return await PywpsHost.start(parts, signal);
  }

  /** Loads the application anew: offers what it has, or nothing where it cannot be loaded. */
  async #load(): Promise<void> {
    const { settings, limits, log, options, searchPath } = this.#parts;
    this.#generation += 1;
    this.#signature = await signatureOf(settings);
    try {
      this.#python = await findPython(settings.python, path.resolve(settings.folder), searchPath);
      const host = await this.#start(limits, this.#stop.signal);
      this.#failures = 0;
      this.#offer(host);
      await this.#keep(host);
      this.#prepare();
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      const { message } = error as Error;
      const reason = error instanceof GismeshError ? message : unavailable(settings.name, message).message;
      if (reason !== this.#reason) log.warn({ reason }, 'a PyWPS application is not offered');
      this.#reason = reason;
      this.#failures += 1;
      this.#replace(new Map());
    }
    const retryMs = Math.min(options.maxRetryMs, options.retryMs * 2 ** Math.min(30, this.#failures - 1));
    this.#scheduleLook(this.#failures === 0 ? Infinity : retryMs);
  }

  #notOffered(): GismeshError {
    return new GismeshError('PROCESS_UNAVAILABLE', this.#reason);
  }

  #offer(host: PywpsHost): void {
    const { settings, log } = this.#parts;
    const offered = new Map<string, ProcessDescription>();
    for (const process of host.processes) {
      try {
        offered.set(process.id, describeHosted(process, settings.idempotent));
      } catch (error) {
        const reason = `${settings.name}: process "${process.id}": ${(error as Error).message}`;
        log.warn({ reason }, 'a process is not offered');
      }
    }
    this.#reason = `The PyWPS application ${settings.name} has no such process any more`;
    this.#replace(offered);
  }

  #replace(offered: Offered): void {
    const before = JSON.stringify([...this.#offered]);
    this.#offered = offered;
    if (JSON.stringify([...offered]) !== before) this.#parts.onChange();
  }

  /** A host could not be started: the application may be gone for good. */
  #loadSoon(): void {
    this.#timer?.cancel();
    this.#scheduleLook(this.#parts.options.retryMs);
  }

  /** Looks at the files now and then: at the latest after `loadMs` the application is loaded again. */
  #scheduleLook(loadMs: number): void {
    if (this.#stop.signal.aborted) return;
    const { rescanMs } = this.#parts.options;
    this.#timer = this.#parts.clock.after(Math.min(rescanMs, loadMs), () => {
      this.#track(this.#look(loadMs - rescanMs));
    });
  }

  async #look(restMs: number): Promise<void> {
    const isChanged = (await signatureOf(this.settings)) !== this.#signature;
    if (this.#stop.signal.aborted) return;
    if (!isChanged && restMs > 0) {
      this.#scheduleLook(restMs);
      return;
    }
    if (isChanged) this.#failures = 0;
    await this.#endWarm();
    await this.#load();
  }

  /** Starts as many hosts as are to wait for tasks; where that fails the application is not offered any more. */
  #prepare(): void {
    const { options, limits } = this.#parts;
    this.#warm = this.#warm.filter(({ host }) => !host.isGone);
    const isWanted = () => {
      const coming = [...this.#coming].filter(({ isClaimed }) => !isClaimed).length;
      return !this.#stop.signal.aborted && this.#warm.length + coming < options.warmHosts;
    };
    while (this.#offered.size > 0 && isWanted()) {
      const coming = { host: this.#start(limits, this.#stop.signal), isClaimed: false };
      this.#coming.add(coming);
      this.#track(this.#arrival(coming, this.#generation));
    }
  }

  async #arrival(coming: Coming, generation: number): Promise<void> {
    try {
      const host = await coming.host;
      if (coming.isClaimed) return;
      await (generation === this.#generation ? this.#keep(host) : host.end());
    } catch (error) {
      this.#parts.log.debug({ err: error }, 'a PyWPS application could not be made ready');
      if (generation === this.#generation) this.#loadSoon();
    } finally {
      this.#coming.delete(coming);
    }
  }

  async #keep(host: PywpsHost): Promise<void> {
    const { options, clock } = this.#parts;
    if (this.#stop.signal.aborted || this.#warm.length >= options.warmHosts) {
      await host.end();
      return;
    }
    const timer = clock.after(options.idleMs, () => {
      this.#warm = this.#warm.filter((each) => each.host !== host);
      this.#track(host.end());
    });
    this.#warm.push({ host, timer });
  }

  async #endWarm(): Promise<void> {
    const warm = this.#warm.splice(0);
    for (const { timer } of warm) timer.cancel();
    await Promise.all(warm.map(({ host }) => host.end()));
  }

  #track(work: Promise<unknown>): void {
    const settled = work.then(
      () => {},
      () => {},
    );
    this.#work.add(settled);
    void settled.then(() => this.#work.delete(settled));
  }
}

/** Whether hosts with these limits are for tasks with those. */
function isEnough(host: HostLimits, task: HostLimits): boolean {
  return host.memoryBytes === task.memoryBytes && host.scratchBytes === task.scratchBytes;
}
