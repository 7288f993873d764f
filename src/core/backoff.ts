/**
 * Delays between attempts that fail: exponential with full jitter (uniform between 0 and the doubled bound),
 * which spreads many callers better than a jittered fraction of the bound.
 */
export interface BackoffOptions {
  /** Bound of the first delay. */
  readonly baseMs: number;
  /** Bound that no delay exceeds. */
  readonly maxMs: number;
}

/** Delay after the `failures`-th failure in a row (1 is the first); `uniform` is uniform in [0, 1). */
export function backoffMs(options: BackoffOptions, failures: number, uniform: number): number {
  const doublings = Math.min(Math.max(failures - 1, 0), 52);
  return uniform * Math.min(options.maxMs, options.baseMs * 2 ** doublings);
}
