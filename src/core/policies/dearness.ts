export interface DearnessOptions {
  /** A best bid above this many times the warm service is dear: ask further peers. */
  readonly dearFactor: number;
  /** Questions to other peers per request, in the mean, above which only the dearest bids lead to further ones. */
  readonly questionsPerRequest: number;
}

/** By which the limit moves for a request that took one question more or less than the mean allows. */
const GAIN = 0.05;
/**
 * A limit above this leaves no bid dear, ms. One far below any bid is none, and some hundred questions away from one
 * that is: so many may be asked beyond the mean when load sets in, and show which projects have too few holders.
 */
const LIMITS_MS = { least: 0.01, most: 60_000 } as const;

/**
 * Whether a best bid is a reason to ask further peers. Where half of the peers are busy, many are; questions beyond
 * the mean go to the requests that would otherwise be answered last, whatever they are for: one more question about
 * them shortens the longest waits, about others it shortens what nobody notices. So what is dear in a busy mesh is
 * more than a time that front doors learn from how many questions they have asked.
 */
export class Dearness {
  readonly #options: DearnessOptions;
  #limitMs: number = LIMITS_MS.least;

  constructor(options: DearnessOptions) {
    this.#options = options;
  }

  /** A bid of `totalMs` for a request of `warmMs` is worth less than it could be. */
  isDear(totalMs: number, warmMs: number): boolean {
    return totalMs > this.#options.dearFactor * warmMs;
  }

  /** It is also among those that are worth further questions. */
  isWorthAsking(totalMs: number, warmMs: number): boolean {
    return this.isDear(totalMs, warmMs) && totalMs > this.#limitMs;
  }

  /** A request is placed for which so many other peers were asked. */
  asked(questions: number): void {
    const factor = Math.exp(GAIN * (questions - this.#options.questionsPerRequest));
    this.#limitMs = Math.min(LIMITS_MS.most, Math.max(LIMITS_MS.least, this.#limitMs * factor));
  }
}
