import { parentPort, workerData } from 'node:worker_threads';
import { errorCode } from '../src/core/errors.ts';
import type { BatchMessage, BatchRun, BatchTask, StopFlag } from './batch.ts';
import type { Checker } from './checkers/checker.ts';
import { allCheckers } from './checkers/index.ts';
import type { RoomView } from './checkers/room-view.ts';
import { figuresOf } from './comparison.ts';
import { condense } from './report/condense.ts';
import { runScenario } from './run.ts';
import type { Scenario } from './scenario/schema.ts';

/** Plays one run after the other, as asked, and tells how far it is. */
const { stop } = workerData as { stop: StopFlag };
const port = parentPort!;

port.on('message', (task: BatchTask) => {
  play(task).then(
    (message) => port.postMessage(message),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      tell({ kind: 'failed', code: errorCode(error), message });
    },
  );
});

async function play({ scenario, run, withReport }: BatchTask): Promise<BatchMessage> {
  const controller = new AbortController();
  const result = await runScenario(scenario, {
    ...run,
    checkers: checkersOf(scenario, run),
    signal: controller.signal,
    // A message would wait until the simulation is over; memory that is shared does not.
    onProgress: ({ simulatedMs, totalMs }) => {
      if (Atomics.load(stop, 0) === 1) controller.abort();
      tell({ kind: 'progress', simulatedMs, totalMs });
    },
  });
  const { quantiles } = result;
  return {
    kind: 'played',
    played: { figures: figuresOf(result), quantiles, ...(withReport ? { report: condense(result) } : {}) },
  };
}

/** That work is spread is the promise of the product's own policy; others are played to see what they do. */
function checkersOf(scenario: Scenario, run: BatchRun): Checker<RoomView>[] {
  const all = allCheckers(scenario, run.peers ?? scenario.peers);
  return run.policy === 'bid' ? all : all.filter(({ name }) => name !== 'spread');
}

function tell(message: BatchMessage): void {
  port.postMessage(message);
}
