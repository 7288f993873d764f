import type { Checker } from './checkers/checker.ts';
import { startDay } from './day.ts';
import { startDiscovery } from './discovery.ts';
import { FaultInjector } from './faults/injector.ts';
import { Clients } from './load/clients.ts';
import { startJobs } from './load/jobs.ts';
import { startLoad } from './load/load.ts';
import { Metrics } from './metrics/metrics.ts';
import { MachineSamples } from './metrics/samples.ts';
import type { ContenderName, RunResult } from './result.ts';
import { Room } from './room.ts';
import { scaled } from './scenario/scale.ts';
import type { Scenario } from './scenario/schema.ts';

/** A running room is looked at so often, virtual ms. */
const STEP_MS = 1_000;
/** It tells how far it is, and can be ended, this often: one second of a crowded room may take half a minute. */
const TELL_MS = 50;

interface Progress {
  readonly simulatedMs: number;
  /** Where the run will end. */
  readonly totalMs: number;
  /** Requests without an answer, and jobs that go on. */
  readonly pending: number;
}

export interface RunOptions {
  /** A whole number; equal seeds give equal runs. */
  readonly seed: number;
  /** Another number of peers than the scenario's: sites and holders grow or shrink with it. */
  readonly peers?: number;
  readonly policy?: ContenderName;
  /** Another end of the requests than the scenario's, virtual ms. */
  readonly untilMs?: number;
  readonly checkers?: ReadonlyArray<Checker<Room>>;
  /** Called some times per simulated second. */
  readonly onProgress?: (progress: Progress) => void;
  /** Aborting ends the run within a twentieth of a simulated second; the result then is of what there was. */
  readonly signal?: AbortSignal;
}

/** Plays a scenario. Rejects `CONFIG_INVALID` when it cannot be scaled to so many peers. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const played = scaled(scenario, options);
  const policy = options.policy ?? played.policy;
  const { warmUpMs, durationMs, convergenceMs } = played;
  const totalMs = durationMs + convergenceMs;
  const room = new Room(played, options.seed, policy);
  const checkers = options.checkers ?? [];
  room.observe((event) => {
    for (const checker of checkers) checker.observe?.(event, room);
  });
  const metrics = new Metrics(room, warmUpMs, durationMs);
  const samples = new MachineSamples(played.peers, totalMs);
  const clients = new Clients(room);
  if (played.network.discovery) startDiscovery(room);
  startDay(room);
  startLoad(room, clients, durationMs);
  const jobs = startJobs(room, durationMs);
  const injector = new FaultInjector(room);
  injector.schedule(played.faults);
  room.world.time.at(durationMs, () => {
    injector.heal();
    room.emit({ kind: 'healed', atMs: durationMs });
  });

  // Where nothing was broken, all has settled when the last request has ended; only checkers look on after that.
  const pending = () => clients.pending + jobs.pending;
  const isSettled = () => room.nowMs > durationMs && played.faults.length === 0 && pending() === 0;
  const isOver = () => room.nowMs >= totalMs || (checkers.length === 0 && isSettled());
  // Of the course until then, so that a run is recognised whether somebody looked on or not.
  let traceHash: string | undefined;
  while (!isOver()) {
    const lookMs = Math.min(room.nowMs + STEP_MS, totalMs);
    while (room.nowMs < lookMs && !options.signal?.aborted) {
      if (lookMs - room.nowMs <= TELL_MS) samples.take(room, lookMs);
      await room.world.time.advance(Math.min(TELL_MS, lookMs - room.nowMs));
      options.onProgress?.({ simulatedMs: room.nowMs, totalMs, pending: pending() });
    }
    if (room.nowMs < lookMs) break;
    for (const checker of checkers) checker.sample?.(room, room.nowMs);
    if (isSettled()) traceHash ??= room.world.trace.hash();
  }
  const partial = !isOver();
  if (!partial) for (const checker of checkers) checker.finish?.(room, room.nowMs);
  return {
    scenario: played.name,
    seed: options.seed,
    peers: played.peers,
    policy,
    traceHash: traceHash ?? room.world.trace.hash(),
    partial,
    simulatedMs: room.nowMs,
    ...metrics.figures(),
    violations: checkers.flatMap((checker) => checker.violations),
    machines: samples.reports(room),
  };
}
