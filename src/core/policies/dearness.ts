export interface DearnessOptions {
  /** A best bid above this many times the warm service is dear. */
  readonly dearFactor: number;
  /** Questions to other peers per request, in the mean, above which only the highest of best bids lead to further ones. */
  readonly questionsPerRequest: number;
}

/** By which the limit moves for a request that took one question more or less than the mean allows. */
const GAIN = 0.05;
/** Weight of a request among those lately. */
const SMOOTHING = 0.05;
/**
 * A limit above this leaves no bid worth a question, ms. One far below any bid is none, and some hundred questions away
 * from one that is: so many may be asked beyond the mean when load sets in, and show which projects have too few holders.
 */
const LIMITS_MS = { least: 0.01, most: 60_000 } as const;

/**
 * Whether a best bid is a reason to ask further peers. In a small mesh it is when it is dear. In a larger one there is
 * always somebody idle or quicker, and questions are what has to be saved: those beyond the mean go to the requests that
 * would otherwise be answered last, whatever they are for. One more question about them shortens the longest waits, about
 * others it shortens what nobody notices. From which time on it is worth it front doors learn from how many questions they
 * have asked.
 */
export class Dearness {
  readonly #options: DearnessOptions;
  #limitMs: number = LIMITS_MS.least;
  /** Warm service of the requests lately; undefined before the first. */
  #usualMs: number | undefined;

  constructor(options: DearnessOptions) {
    this.#options = options;
  }

  /** A bid of `totalMs` for a request of `warmMs` is worth less than it could be. */
  isDear(totalMs: number, warmMs: number): boolean {
    return totalMs > this.#options.dearFactor * warmMs;
  }

  /**
   * It is among those that are worth further questions. While there are questions for all that is dear, only what is
   * dear; while there are not, the heaviest requests too, for which a quicker machine saves most.
   */
  isWorthAsking(totalMs: number, warmMs: number): boolean {
    const isBusy = this.#usualMs !== undefined && this.#limitMs > this.#usualMs;
    return totalMs > this.#limitMs && (isBusy ? totalMs > warmMs : this.isDear(totalMs, warmMs));
  }

  /** A request of `warmMs` is placed for which so many other peers were asked. */
  asked(questions: number, warmMs: number): void {
    this.#usualMs = (this.#usualMs ?? warmMs) * (1 - SMOOTHING) + SMOOTHING * warmMs;
    const factor = Math.exp(GAIN * (questions - this.#options.questionsPerRequest));
    this.#limitMs = Math.min(LIMITS_MS.most, Math.max(LIMITS_MS.least, this.#limitMs * factor));
  }
}
