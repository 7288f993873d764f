import type { Clock, Timer } from '../platform/clock.ts';

/** Whether a run stands still for a while: the owner of its machine is there. */
export class Suspension {
  #isSuspended = false;
  readonly #listeners = new Set<(isSuspended: boolean) => void>();

  get isSuspended(): boolean {
    return this.#isSuspended;
  }

  set isSuspended(isSuspended: boolean) {
    if (isSuspended === this.#isSuspended) return;
    this.#isSuspended = isSuspended;
    for (const listener of this.#listeners) listener(isSuspended);
  }

  /** Calls the listener at each change, and at once where it is suspended already; the answer ends that. */
  follow(listener: (isSuspended: boolean) => void): () => void {
    this.#listeners.add(listener);
    if (this.#isSuspended) listener(true);
    return () => this.#listeners.delete(listener);
  }
}

/** A bound on the time of a run, ms. None passes while the run stands still. */
export class RunningTime {
  readonly #clock: Clock;
  readonly #onOver: () => void;
  readonly #unfollow: () => void;
  #leftMs: number;
  #sinceMs: number;
  #timer: Timer | undefined;

  constructor(clock: Clock, timeoutMs: number, suspension: Suspension | undefined, onOver: () => void) {
    this.#clock = clock;
    this.#onOver = onOver;
    this.#leftMs = timeoutMs;
    this.#sinceMs = clock.now();
    this.#go();
    this.#unfollow =
      suspension?.follow((isSuspended) => (isSuspended ? this.#stand() : this.#go())) ?? (() => {});
  }

  cancel(): void {
    this.#unfollow();
    this.#timer?.cancel();
  }

  #go(): void {
    this.#sinceMs = this.#clock.now();
    this.#timer = this.#clock.after(this.#leftMs, this.#onOver);
  }

  #stand(): void {
    this.#timer?.cancel();
    this.#leftMs = Math.max(0, this.#leftMs - (this.#clock.now() - this.#sinceMs));
  }
}
