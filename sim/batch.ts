import { availableParallelism } from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { type ErrorCode, GismeshError } from '../src/core/errors.ts';
import type { PlayedRun } from './comparison.ts';
import type { ReportRun } from './report/data.ts';
import type { ContenderName } from './result.ts';
import type { Scenario } from './scenario/schema.ts';

/** Threads at most: each holds a whole simulated room. */
const MAX_WORKERS = 4;
/** Memory of one room's thread at most, MB; a room of 800 peers takes about a quarter of it. */
const WORKER_MEMORY_MB = 4096;
/** For new objects: events live for milliseconds of virtual time, and what outlives a small space is copied twice. */
const NEW_OBJECTS_MB = 192;

/** What a quiet ms takes beside one in which people ask for maps. */
const QUIET_EFFORT = 0.25;

/** One run to be played. */
export interface BatchRun {
  readonly seed: number;
  readonly policy: ContenderName;
  readonly peers?: number;
  readonly untilMs?: number;
}

/** What is kept of a run: its samples are condensed where they were taken. */
export interface BatchResult extends PlayedRun {
  readonly report?: ReportRun;
}

export interface BatchProgress {
  /** Of all runs together, 0..1. */
  readonly share: number;
  /** Of those that have begun and not ended, the one that is furthest, virtual ms. */
  readonly simulatedMs: number;
  readonly totalMs: number;
  readonly ended: number;
}

export interface BatchOptions {
  /** Runs whose machines are to be drawn. */
  readonly withReport: (run: BatchRun) => boolean;
  readonly onProgress: (progress: BatchProgress) => void;
  /** Ends the runs under way with what they have, and begins no more. */
  readonly signal: AbortSignal;
}

/** 1 when the runs are to end. */
export type StopFlag = Int32Array<SharedArrayBuffer>;

export interface BatchTask {
  readonly scenario: Scenario;
  readonly run: BatchRun;
  readonly withReport: boolean;
}

export type BatchMessage =
  | { readonly kind: 'progress'; readonly simulatedMs: number; readonly totalMs: number }
  | { readonly kind: 'played'; readonly played: BatchResult }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string };

/**
 * Plays runs of a scenario on threads of their own, as many at a time as the machine has cores for, so that this
 * one stays free to show progress and to be interrupted. Resolves to what was played, in the order of `runs`;
 * after an abort some are partial, and those that had not begun are missing.
 *
 * @throws GismeshError as {@link runScenario} does, or `INTERNAL` when a thread runs out of memory
 */
export async function playAll(
  scenario: Scenario,
  runs: readonly BatchRun[],
  { withReport, onProgress, signal }: BatchOptions,
): Promise<BatchResult[]> {
  const stop: StopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const results = new Map<number, BatchResult>();
  const progress = new Progress(runs.length, onProgress);
  const waiting = runs.keys();
  const onAbort = () => Atomics.store(stop, 0, 1);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const workers: Worker[] = [];
  const work = async () => {
    const worker = startWorker(stop);
    workers.push(worker);
    for (const index of waiting) {
      // The first is always begun, so that there is something to tell of.
      if (signal.aborted && index > 0) return;
      const run = runs[index]!;
      const task = { scenario, run, withReport: withReport(run) };
      const askedMs = run.untilMs ?? scenario.durationMs;
      results.set(index, await playOn(worker, task, (at) => progress.report(index, at, askedMs)));
      progress.end(index);
    }
  };
  try {
    await Promise.all(Array.from({ length: workerCount(runs.length) }, work));
  } finally {
    signal.removeEventListener('abort', onAbort);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

function workerCount(runs: number): number {
  return Math.min(runs, availableParallelism(), MAX_WORKERS);
}

function startWorker(stop: StopFlag): Worker {
  const file = path.join(import.meta.dirname, `batch-worker${path.extname(import.meta.filename)}`);
  return new Worker(file, {
    workerData: { stop },
    resourceLimits: {
      maxOldGenerationSizeMb: WORKER_MEMORY_MB,
      maxYoungGenerationSizeMb: NEW_OBJECTS_MB,
    },
  });
}

async function playOn(
  worker: Worker,
  task: BatchTask,
  onProgress: (at: { simulatedMs: number; totalMs: number }) => void,
): Promise<BatchResult> {
  const { promise, resolve, reject } = Promise.withResolvers<BatchResult>();
  const onMessage = (message: BatchMessage) => {
    if (message.kind === 'progress') onProgress(message);
    else if (message.kind === 'played') resolve(message.played);
    else reject(new GismeshError(message.code, message.message));
  };
  const onError = (cause: Error) => reject(threadFailure(cause, task.run));
  worker.on('message', onMessage).once('error', onError);
  worker.postMessage(task);
  try {
    return await promise;
  } finally {
    worker.off('message', onMessage).off('error', onError);
  }
}

function threadFailure(cause: Error & { code?: string }, { peers, policy, seed }: BatchRun): Error {
  if (cause.code !== 'ERR_WORKER_OUT_OF_MEMORY') return cause;
  const room = peers === undefined ? 'the room' : `a room of ${peers} peers`;
  return new GismeshError(
    'INTERNAL',
    `${room} (policy ${policy}, seed ${seed}) needs more than ${WORKER_MEMORY_MB} MB: play fewer with --peers, or less time with --until`,
    { cause },
  );
}

/** What it takes to play so far, in ms in which people ask for maps: when nobody does, little is to be done. */
function effort(untilMs: number, askedMs: number): number {
  return Math.min(untilMs, askedMs) + QUIET_EFFORT * Math.max(0, untilMs - askedMs);
}

/** Puts the progress of several runs together. */
class Progress {
  readonly #shares: number[];
  readonly #onProgress: (progress: BatchProgress) => void;
  #ended = 0;
  #furthest = { simulatedMs: 0, totalMs: 0 };

  constructor(runs: number, onProgress: (progress: BatchProgress) => void) {
    this.#shares = Array.from({ length: runs }, () => 0);
    this.#onProgress = onProgress;
  }

  /** Requests are sent until `askedMs`. */
  report(index: number, at: { simulatedMs: number; totalMs: number }, askedMs: number): void {
    this.#shares[index] = Math.min(1, effort(at.simulatedMs, askedMs) / effort(at.totalMs, askedMs));
    this.#furthest = at;
    this.#tell();
  }

  end(index: number): void {
    this.#shares[index] = 1;
    this.#ended += 1;
    this.#tell();
  }

  #tell(): void {
    const share = this.#shares.reduce((sum, one) => sum + one, 0) / this.#shares.length;
    this.#onProgress({ share, ended: this.#ended, ...this.#furthest });
  }
}
