/**
 * When to ask a second peer for the same answer, and how often that is allowed: at the request's 95th
 * percentile, for at most a small share of requests (Dean and Barroso, "The Tail at Scale", 2013). Without a
 * budget, hedges double the load at the very moment that everything is late.
 */
export interface HedgeOptions {
  /** Hedges per request, in the long run. */
  readonly maxShare: number;
  /** Hedges that may come at once after a quiet time. */
  readonly maxBurst: number;
  /** A request is never hedged earlier than this, ms. */
  readonly minDelayMs: number;
}

/** A token bucket that is filled by requests, not by time: it needs no clock. */
export class HedgeBudget {
  readonly #options: HedgeOptions;
  #tokens: number;

  constructor(options: HedgeOptions) {
    this.#options = options;
    this.#tokens = options.maxBurst;
  }

  /** Tells of a request that was placed (not of its hedge). */
  requested(): void {
    this.#tokens = Math.min(this.#options.maxBurst, this.#tokens + this.#options.maxShare);
  }

  /** How long to wait for the first answer when `p95Ms` of such requests take no longer than that. */
  delayMs(p95Ms: number): number {
    return Math.max(this.#options.minDelayMs, p95Ms);
  }

  /** Whether a hedge may be sent now; if so, it is counted. */
  trySpend(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
