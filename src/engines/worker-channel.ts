import { errorCode } from '../core/errors.ts';
import type { WireError, WorkerMessage } from './forked-worker.ts';

/**
 * A forked worker's end of its channel: takes one task at a time and sends each answer. The process lives as
 * long as its parent, not a moment longer, and leaves Ctrl-C to it.
 *
 * @param prepare gets the process ready; failing makes it unfit
 */
export function serveTasks<Task>(
  prepare: () => { handle(task: Task): Promise<unknown>; held(): readonly string[] },
): void {
  // Nothing of a worker is worth saving, and no exit handler of a library may delay its end.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
  const send = (message: WorkerMessage) => process.send?.(message);
  try {
    const { handle, held } = prepare();
    let told = '';
    process.on('message', async (message: { readonly task: Task }) => {
      const outcome = await handle(message.task).then(
        (answer) => ({ kind: 'answer' as const, answer }),
        (error: unknown) => ({ kind: 'failure' as const, error: toWire(error) }),
      );
      const now = held();
      const changed = now.join() !== told;
      told = now.join();
      send(changed ? { ...outcome, held: now } : outcome);
    });
    send({ kind: 'ready' });
  } catch (error) {
    process.send?.({ kind: 'unfit', error: toWire(error) } satisfies WorkerMessage, () => process.exit(1));
  }
}

function toWire(error: unknown): WireError {
  return { code: errorCode(error), message: error instanceof Error ? error.message : String(error) };
}
