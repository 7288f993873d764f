/** With every further answer the slowest counts for so much: a few after a pause, a peer is as quick as before. */
const FADING = 0.5;

/** Waits in terms of the slowest answer: a queue that grows may make the next one take twice as long. */
const FACTOR = 2;

/**
 * How long the answers of one peer take, and so how long to wait for the next one. Behind a full link everyone
 * answers late, which is no sign of trouble.
 *
 * What TCP's retransmission timeout (RFC 6298) is for, from a few measurements a minute instead of many a second: its
 * mean and deviation would take a dozen answers, so minutes, to forget what was long over.
 */
export class AnswerTime {
  #slowestMs = 0;

  /** An answer took `ms`. */
  measured(ms: number): void {
    this.#slowestMs = Math.max(ms, FADING * this.#slowestMs);
  }

  /** Hardly any answer takes longer; 0 before the first, ms. */
  get mostMs(): number {
    return FACTOR * this.#slowestMs;
  }
}
