import { isTerminal } from '../core/jobs/job-status.ts';
import type { StatusRecord } from '../core/jobs/status-record.ts';
import type { Clock } from '../platform/clock.ts';
import type { StatusMap } from './status-map.ts';

interface ResultWaitersParts {
  readonly map: StatusMap;
  readonly clock: Clock;
  /** Clients that wait at a time; who comes then is told at once how it stands. */
  readonly maxWaiting: number;
}

/** Clients that wait for the end of a job. */
export class ResultWaiters {
  readonly #parts: ResultWaitersParts;
  readonly #waiting = new Map<string, Set<(record: StatusRecord) => void>>();
  #count = 0;

  constructor(parts: ResultWaitersParts) {
    this.#parts = parts;
    parts.map.onChange((record) => {
      if (!isTerminal(record.status.state)) return;
      for (const resolve of this.#waiting.get(record.status.id) ?? []) resolve(record);
    });
  }

  /**
   * The job as soon as it has ended, or as it is after `withinMs`; undefined when it is not known here. Rejects with the
   * signal's reason.
   */
  async ended(id: string, withinMs: number, signal?: AbortSignal): Promise<StatusRecord | undefined> {
    const { clock, map, maxWaiting } = this.#parts;
    const now = await map.get(id);
    // The job was accepted: it is no reason to refuse it that nobody can wait for it.
    if ((now && isTerminal(now.status.state)) || this.#count >= maxWaiting) return now;
    signal?.throwIfAborted();
    this.#count += 1;
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    const { promise, resolve, reject } = Promise.withResolvers<StatusRecord | undefined>();
    const onAbort = () => reject(signal?.reason);
    const timer = clock.after(withinMs, () => resolve(undefined));
    signal?.addEventListener('abort', onAbort, { once: true });
    waiting.add(resolve);
    try {
      const first = await map.get(id);
      const record = first && isTerminal(first.status.state) ? first : await promise;
      return record ?? (await map.get(id));
    } finally {
      this.#count -= 1;
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }
}
