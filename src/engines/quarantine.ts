import type { Clock } from '../platform/clock.ts';

export interface QuarantineOptions {
  /** Crashes within `quarantineWindowMs` after which a project version is set aside. */
  readonly quarantineCrashes: number;
  readonly quarantineWindowMs: number;
  /** How long it is set aside. */
  readonly quarantineMs: number;
}

/** Keys remembered at most; the oldest are forgotten first. */
const MAX_KEYS = 1000;

interface Record_ {
  readonly crashes: readonly number[];
  readonly until: number;
  readonly reason: string;
}

/**
 * Remembers which project versions crash workers. One that does so repeatedly is set aside for a while: each
 * crash costs a worker its start, and the other projects would starve.
 */
export class Quarantine {
  readonly #clock: Clock;
  readonly #options: QuarantineOptions;
  readonly #records = new Map<string, Record_>();

  constructor(clock: Clock, options: QuarantineOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Why `key` is set aside now, if it is. */
  reason(key: string): string | undefined {
    const record = this.#records.get(key);
    return record !== undefined && this.#clock.now() < record.until ? record.reason : undefined;
  }

  /** A worker died over `key`, as `how` says. */
  crashed(key: string, how: string): void {
    const { quarantineCrashes, quarantineWindowMs, quarantineMs } = this.#options;
    const now = this.#clock.now();
    const crashes = [...(this.#records.get(key)?.crashes ?? []), now]
      .filter((at) => now - at <= quarantineWindowMs)
      .slice(-quarantineCrashes);
    const until = crashes.length >= quarantineCrashes ? now + quarantineMs : 0;
    this.#records.delete(key);
    this.#records.set(key, { crashes, until, reason: how });
    if (this.#records.size > MAX_KEYS) this.#records.delete(this.#records.keys().next().value as string);
  }
}
