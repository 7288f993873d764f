import type { NodeEvent } from '../http/node-event.ts';
import { type Log, silentLog } from '../platform/log.ts';

type Listener = (event: NodeEvent) => void;

/** What happens in this node, for the command line, the page and whoever else listens. */
export class NodeEvents {
  readonly #listeners = new Set<Listener>();
  readonly #log: Log;

  constructor(log: Log = silentLog) {
    this.#log = log;
  }

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  /** Returns the removal of the listener. */
  on(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Tells everyone; a listener that fails harms neither the others nor what happened. */
  emit(event: NodeEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error, event: event.event }, 'a listener failed');
      }
    }
  }
}
