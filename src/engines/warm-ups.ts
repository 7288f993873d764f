/** What opens each project version that every worker shall have open; the longest unused first. */
export class WarmUps<Task> {
  readonly #active = new Map<string, Task>();
  /** Left out of new workers: what killed one might leave the next one damaged, for every project. */
  readonly #suspended = new Map<string, Task>();

  add(key: string, task: Task): void {
    this.remove(key);
    this.#active.set(key, task);
  }

  remove(key: string): void {
    this.#active.delete(key);
    this.#suspended.delete(key);
  }

  /** `key` has been asked for. */
  use(key: string): void {
    move(key, this.#active, this.#active);
  }

  /** A worker died over `key`. */
  suspend(key: string): void {
    move(key, this.#active, this.#suspended);
  }

  /** A worker has done a task on `key`. */
  restore(key: string): void {
    move(key, this.#suspended, this.#active);
  }

  active(): ReadonlyMap<string, Task> {
    return this.#active;
  }

  /** The longest unused beyond `limit`. */
  surplus(limit: number): string[] {
    const keys = [...this.#suspended.keys(), ...this.#active.keys()];
    return keys.slice(0, Math.max(0, keys.length - limit));
  }
}

/** Moves an entry, if it is there, to the end. */
function move<Task>(key: string, from: Map<string, Task>, to: Map<string, Task>): void {
  const task = from.get(key);
  if (task === undefined) return;
  from.delete(key);
  to.set(key, task);
}
