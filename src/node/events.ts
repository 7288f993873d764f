import type { NodeEvent } from '../http/front-door-context.ts';

type Listener = (event: NodeEvent) => void;

/** What happens in this node, for the command line, the page and whoever else listens. */
export class NodeEvents {
  readonly #listeners = new Set<Listener>();

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

  emit(event: NodeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
