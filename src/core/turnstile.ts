import { GismeshError } from './errors.ts';

/** Lets so many in at a time and has a bounded number wait, in order. */
export class Turnstile {
  readonly #limit: number;
  readonly #maxWaiting: number;
  #inside = 0;
  readonly #waiting: Array<() => void> = [];

  constructor(limit: number, maxWaiting: number) {
    this.#limit = limit;
    this.#maxWaiting = maxWaiting;
  }

  /** Runs the body when its turn comes. `BUSY` when too many wait; `CANCELLED` when the signal is aborted before. */
  async pass<T>(signal: AbortSignal, body: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw cancelled();
    if (this.#inside >= this.#limit) await this.#wait(signal);
    else this.#inside += 1;
    try {
      // Perhaps just after its turn came.
      if (signal.aborted) throw cancelled();
      return await body();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#inside -= 1;
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new GismeshError('BUSY', `${this.#maxWaiting} wait for their turn already`);
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(cancelled());
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

function cancelled(): GismeshError {
  return new GismeshError('CANCELLED', 'It is no longer needed');
}
