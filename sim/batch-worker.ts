import { parentPort, workerData } from 'node:worker_threads';
import { errorCode } from '../src/core/errors.ts';
import type { BatchMessage, BatchTask, StopFlag } from './batch.ts';
import { figuresOf } from './comparison.ts';
import { condense } from './report/condense.ts';
import { runScenario } from './run.ts';

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

function tell(message: BatchMessage): void {
  port.postMessage(message);
}
