const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ctrl+C reaches a whole process group, and npm and the launcher pass it on as well: what arrives this soon
 * after the first is the same wish, not a second one.
 */
const SAME_WISH_MS = 300;

/** The wish to stop, by signal or otherwise; a second signal means at once. */
export class StopSignals {
  /** Resolves with what asked first. */
  readonly asked: Promise<string>;
  readonly #ask: (by: string) => void;
  #askedAt: number | undefined;

  constructor(atOnce: () => void) {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.asked = promise;
    this.#ask = resolve;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        const isSecond = this.#askedAt !== undefined && performance.now() - this.#askedAt > SAME_WISH_MS;
        if (isSecond) atOnce();
        else this.ask(signal);
      });
    }
  }

  ask(by: string): void {
    this.#askedAt ??= performance.now();
    this.#ask(by);
  }
}
