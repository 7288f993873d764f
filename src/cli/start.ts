import { GismeshError } from '../core/errors.ts';
import type { NodeEvent } from '../http/node-event.ts';
import { ExitCode } from './exit-codes.ts';
import { exitCodeOf, reportFailure } from './failure.ts';
import { boundHeap } from './heap.ts';
import { createLog } from './log.ts';
import { Output } from './output.ts';
import { JsonReport, TerminalReport } from './report.ts';
import { configOf, type StartOptions } from './start-options.ts';
import { stayAwake } from './stay-awake.ts';
import { StopSignals } from './stop-signals.ts';

/** How much longer than its own bound a stop may take before the process ends regardless. */
const STOP_MARGIN_MS = 5000;
const FLUSH_MS = 1000;

/** Runs a peer until a signal or `gismesh stop`. Ends the process itself: nothing may keep it alive. */
export async function start(options: StartOptions): Promise<void> {
  using _awake = stayAwake();
  const output = new Output();
  let exitCode: number = ExitCode.done;
  try {
    await run(options, output);
  } catch (error) {
    reportFailure(error);
    exitCode = exitCodeOf(error);
  }
  await output.flushed(FLUSH_MS);
  process.exit(exitCode);
}

async function run(options: StartOptions, output: Output): Promise<void> {
  boundHeap();
  const signals = new StopSignals(() => process.exit(ExitCode.failed));
  const report = options.json ? new JsonReport(output) : new TerminalReport(output);
  const config = await configOf(options);
  const log = createLog(config.node.logLevel);
  process.on('unhandledRejection', (err) => log.error({ err }, 'unhandled rejection'));
  // `ready` is promised to be the first line; what happens before it is told right after.
  let early: NodeEvent[] | undefined = [];
  const { startNode } = await import('../node.ts');
  const starting = startNode(config, {
    log,
    onEvent: (event) => (early ? early.push(event) : report.event(event)),
    requestStop: () => signals.ask('gismesh stop'),
  });
  const ready = starting.then((node) => {
    report.ready(node.ready);
    const waiting = early ?? [];
    early = undefined;
    for (const event of waiting) report.event(event);
  });
  await Promise.race([ready, signals.asked]);
  report.stopping(await signals.asked);
  const stopped = starting.then((node) => node.stop());
  await within(config.node.stopGraceMs + STOP_MARGIN_MS, stopped);
  report.stopped();
}

async function within(limitMs: number, stopped: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new GismeshError('DEADLINE_EXCEEDED', `stopping took longer than ${limitMs} ms; ended regardless`),
    );
  }, limitMs);
  await Promise.race([stopped, late]);
  clearTimeout(timer);
}
