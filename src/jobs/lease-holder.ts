import { type Moment, ownerVerdict } from '../core/jobs/lease.ts';
import type { Clock } from '../platform/clock.ts';

/** The lease of one attempt, as its owner sees it. */
export class HeldLease {
  readonly #clock: Clock;
  readonly #options: { readonly renewMs: number; readonly expireMs: number };
  #renewed: Moment;
  #waiting: Array<() => void> = [];

  constructor(clock: Clock, options: { readonly renewMs: number; readonly expireMs: number }) {
    this.#clock = clock;
    this.#options = options;
    this.#renewed = momentOf(clock);
  }

  get verdict(): ReturnType<typeof ownerVerdict> {
    return ownerVerdict(this.#renewed, momentOf(this.#clock), this.#options);
  }

  /** Standbys have acknowledged what was sent at the moment `at`. */
  renewed(at: Moment): void {
    if (at.nowMs > this.#renewed.nowMs) this.#renewed = at;
    if (this.verdict === 'demote') return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const go of waiting) go();
  }

  /** Resolves when the owner may write, at once as a rule. */
  async held(signal: AbortSignal): Promise<void> {
    while (this.verdict === 'demote') {
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    signal.throwIfAborted();
  }
}

export function momentOf(clock: Clock): Moment {
  return { nowMs: clock.now(), wallMs: clock.wallTime() };
}
