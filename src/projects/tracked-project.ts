import type { BundleListing } from './bundle-files.ts';
import { stampOf } from './bundle-files.ts';

export interface TrackingOptions {
  /** A folder is read when nothing in it has changed for this long: its user is saving several files. */
  readonly quietMs: number;
  /** A folder without such a pause for this long is reported. */
  readonly restlessMs: number;
  /** Pause before another try after a failure that is not the project's own; doubles each time. */
  readonly retryMs: number;
  readonly maxRetries: number;
}

/** `wait`: look again after so many milliseconds. */
export type Verdict =
  | { readonly kind: 'settled' | 'ready' }
  | { readonly kind: 'wait'; readonly waitMs: number; readonly isRestless: boolean };

/** Decides when a project folder is to be read: after a change, once it is quiet, and again after failures. */
export class TrackedProject {
  readonly #options: TrackingOptions;
  /** Stamp of the listing that was dealt with: it is served, or refused for good. */
  #settled: string | undefined;
  #unrest: { stamp: string; readonly since: number; quietSince: number } | undefined;
  #retry: { readonly stamp: string; readonly at: number } | undefined;
  #failures = 0;
  /** What was last said against it; '' when nothing is. */
  complaint = '';

  constructor(options: TrackingOptions) {
    this.#options = options;
  }

  /**
   * @param now by the clock, milliseconds
   * @param longQuiet whether the files' own times show them unchanged for long
   */
  consider(listing: BundleListing, now: number, longQuiet: boolean): Verdict {
    const stamp = stampOf(listing);
    if (stamp === this.#settled) {
      this.#unrest = undefined;
      return { kind: 'settled' };
    }
    if (stamp === this.#retry?.stamp && now < this.#retry.at) {
      return { kind: 'wait', waitMs: this.#retry.at - now, isRestless: false };
    }
    if (this.#unrest?.stamp !== stamp) {
      this.#unrest = { stamp, since: this.#unrest?.since ?? now, quietSince: now };
    }
    const { since, quietSince } = this.#unrest;
    if (longQuiet || now - quietSince >= this.#options.quietMs) return { kind: 'ready' };
    const waitMs = this.#options.quietMs - (now - quietSince);
    return { kind: 'wait', waitMs, isRestless: now - since > this.#options.restlessMs };
  }

  /** The listing is served, or refused until it changes. */
  settle(listing: BundleListing): void {
    this.#settled = stampOf(listing);
    this.#unrest = undefined;
    this.#retry = undefined;
    this.#failures = 0;
  }

  /** The folder changed while it was read: wait for quiet anew. */
  disturb(now: number): void {
    if (this.#unrest) this.#unrest.quietSince = now;
  }

  /** Something else failed. Returns when to try again in milliseconds; undefined: not before it changes. */
  fail(listing: BundleListing, now: number): number | undefined {
    if (this.#failures >= this.#options.maxRetries) {
      this.settle(listing);
      return undefined;
    }
    const pauseMs = this.#options.retryMs * 2 ** this.#failures;
    this.#failures += 1;
    this.#retry = { stamp: stampOf(listing), at: now + pauseMs };
    return pauseMs;
  }
}
