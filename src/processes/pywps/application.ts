import path from 'node:path';
import { errorCode, GismeshError } from '../../core/errors.ts';
import type { ProcessDescription } from '../../ogc/processes/process-description.ts';
import type { Clock, Timer } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { ProcessTask, TaskContext, TaskOutput } from '../process.ts';
import type { Sandbox } from '../sandbox/launch.ts';
import { describeHosted } from './describe.ts';
import { type HostLimits, type HostOptions, PywpsHost, unavailable } from './host.ts';
import { HostPool, type HostPoolOptions } from './host-pool.ts';
import { type ApplicationSettings, launchOf } from './launch.ts';
import { findPython, type Python } from './python.ts';
import { signatureOf } from './signature.ts';

export interface ApplicationOptions extends HostOptions, HostPoolOptions {
  /** Between looks whether the application was changed. */
  readonly rescanMs: number;
  /** Before an application that cannot be loaded is tried again; twice as long each time, up to `maxRetryMs`. */
  readonly retryMs: number;
  readonly maxRetryMs: number;
}

export interface ApplicationParts {
  readonly settings: ApplicationSettings;
  /** Absolute path of host.py. */
  readonly script: string;
  readonly searchPath: string;
  readonly sandbox: Sandbox;
  /** Where each host gets a folder of its own. */
  readonly folder: string;
  /** Of the runs that hosts are kept ready for. */
  readonly limits: HostLimits;
  readonly options: ApplicationOptions;
  readonly clock: Clock;
  readonly log: Log;
  /** What it offers has changed. */
  readonly onChange: () => void;
}

/** An application as it was loaded last. */
interface Loaded {
  readonly offered: ReadonlyMap<string, ProcessDescription>;
  readonly pool: HostPool;
}

/**
 * One application of PyWPS. It is loaded in the background, again when its files change or it could not be, so that
 * whatever it does delays nobody. Each run has a host of its own, which was made ready before if possible.
 */
export class HostedApplication {
  readonly settings: ApplicationSettings;
  readonly #parts: ApplicationParts;
  readonly #stop = new AbortController();
  /** What is under way, runs among it. */
  readonly #work = new Set<Promise<void>>();
  #loaded: Loaded | undefined;
  #isLoading = false;
  #signature = '';
  #failures = 0;
  /** Why it is not offered. */
  #reason: string;
  #timer: Timer | undefined;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.#reason = `The PyWPS application ${parts.settings.name} is not loaded yet`;
    this.#track(this.#load());
  }

  get offered(): ReadonlyMap<string, ProcessDescription> {
    return this.#loaded?.offered ?? new Map();
  }

  /** Rejects as `ProcessProvider.run` does. */
  async run(task: ProcessTask, context: TaskContext): Promise<TaskOutput[]> {
    const description = this.offered.get(task.process);
    const pool = this.#loaded?.pool;
    if (description === undefined || pool === undefined) {
      throw new GismeshError('PROCESS_UNAVAILABLE', this.#reason);
    }
    const running = this.#run(pool, description, task, context);
    this.#track(running);
    return await running;
  }

  /** When it resolves no process is left. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#timer?.cancel();
    await this.#loaded?.pool.end();
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  async #run(
    pool: HostPool,
    description: ProcessDescription,
    task: ProcessTask,
    context: TaskContext,
  ): Promise<TaskOutput[]> {
    const stopped = this.#stop.signal;
    const signal = AbortSignal.any([context.signal, stopped]);
    try {
      const host = await pool.take(task.limits, signal);
      pool.fill();
      const { clock } = context;
      const onProgress = context.onProgress.bind(context);
      const { suspension } = context;
      const log = context.log.bind(context);
      return await host.run(description, task, { signal, clock, suspension, onProgress, log });
    } catch (error) {
      if (context.signal.aborted || errorCode(error) !== 'CANCELLED') throw error;
      throw unavailable(this.settings.name, stopped.aborted ? 'the peer is stopping' : 'it was changed');
    } finally {
      pool.fill();
    }
  }

  /** Loads the application anew: offers what it has, or nothing where it cannot be loaded. */
  async #load(): Promise<void> {
    const { settings, options } = this.#parts;
    this.#isLoading = true;
    const before = this.#loaded;
    try {
      this.#signature = await signatureOf(settings);
      this.#replace(await this.#open());
      this.#failures = 0;
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#failed(error);
    } finally {
      this.#isLoading = false;
      await before?.pool.end();
      if (this.#stop.signal.aborted) await this.#loaded?.pool.end();
    }
    const retryMs = Math.min(options.maxRetryMs, options.retryMs * 2 ** Math.min(30, this.#failures - 1));
    this.#scheduleLook(this.#failures === 0 ? Infinity : retryMs);
  }

  async #open(): Promise<Loaded> {
    const { settings, limits, options, clock, log, searchPath } = this.#parts;
    const python = await findPython(settings.python, path.resolve(settings.folder), searchPath);
    const start = (each: HostLimits, signal: AbortSignal) => this.#start(python, each, signal);
    const onFailure = (error: unknown) => {
      log.debug({ err: error }, 'a PyWPS application could not be made ready');
      this.#loadSoon();
    };
    const host = await start(limits, this.#stop.signal);
    const pool = new HostPool({ start, limits, options, clock, onFailure });
    await pool.add(host);
    pool.fill();
    return { offered: this.#described(host), pool };
  }

  #start(python: Python, { memoryBytes, scratchBytes }: HostLimits, signal: AbortSignal): Promise<PywpsHost> {
    const { settings, script, sandbox, folder, options, clock } = this.#parts;
    const { name } = settings;
    const limits = { memoryBytes, scratchBytes };
    const parts = { ...launchOf(settings, python, script), name, sandbox, folder, limits, options, clock };
    return PywpsHost.start(parts, signal);
  }

  #described(host: PywpsHost): ReadonlyMap<string, ProcessDescription> {
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
    return offered;
  }

  #failed(error: unknown): void {
    const { settings, log } = this.#parts;
    const { message } = error as Error;
    const reason = error instanceof GismeshError ? message : unavailable(settings.name, message).message;
    if (reason !== this.#reason) log.warn({ reason }, 'a PyWPS application is not offered');
    this.#reason = reason;
    this.#failures += 1;
    this.#replace(undefined);
  }

  #replace(loaded: Loaded | undefined): void {
    const before = JSON.stringify([...this.offered]);
    this.#loaded = loaded;
    if (loaded) this.#reason = `The PyWPS application ${this.settings.name} has no such process any more`;
    if (JSON.stringify([...this.offered]) !== before) this.#parts.onChange();
  }

  #loadSoon(): void {
    if (this.#isLoading) return;
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
    if (isChanged) this.#failures = 0;
    if (isChanged || restMs <= 0) await this.#load();
    else this.#scheduleLook(restMs);
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
