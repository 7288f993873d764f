/**
 * How far this peer may trust its own judgement of others, after "Lifeguard: Local Health Awareness for More
 * Accurate Failure Detection" (Dadgar, Phillips, Currey, 2018): a peer that is itself slow, or whose helpers
 * do not answer either, gives everyone more time.
 */
export interface LocalHealthOptions {
  /** Largest score; at it every timeout is `1 + maxScore` times as long. */
  readonly maxScore: number;
  /** Event-loop delay that stretches every timeout by as much as one point of the score. */
  readonly delayPerPointMs: number;
}

export class LocalHealth {
  readonly #options: LocalHealthOptions;
  #score = 0;

  constructor(options: LocalHealthOptions) {
    this.#options = options;
  }

  /** 0: healthy. */
  get score(): number {
    return this.#score;
  }

  probeSucceeded(): void {
    this.#add(-1);
  }

  /** A probe failed, and so many of the peers asked for help did not answer at all. */
  probeFailed(silentHelpers: number): void {
    this.#add(silentHelpers);
  }

  /** Others suspected this peer: its answers are late. */
  suspectedByOthers(): void {
    this.#add(1);
  }

  /** Factor, at least 1, for timeouts; `delayMs` is the event loop's present delay. */
  multiplier(delayMs: number): number {
    const { maxScore, delayPerPointMs } = this.#options;
    const delayed = Number.isFinite(delayMs) ? Math.max(0, delayMs) / delayPerPointMs : 0;
    return 1 + Math.min(maxScore, this.#score + delayed);
  }

  #add(points: number): void {
    this.#score = Math.min(this.#options.maxScore, Math.max(0, this.#score + points));
  }
}
