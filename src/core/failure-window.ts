/**
 * Which peers are to be avoided because requests failed there lately. A peer that fails fast looks fast, so
 * without this it would draw all work to itself ("sinkholing"). Each peer has a circuit breaker: a failure
 * opens it for a time that doubles with further failures; then one trial request at a time may show that
 * it works again; each success takes back one doubling.
 */
export interface FailureWindowOptions {
  /** Time to avoid a peer after its first failure, ms. */
  readonly baseMs: number;
  /** Longest time to avoid a peer, ms. */
  readonly maxMs: number;
  /** A trial without an outcome for so long counts as none, ms. */
  readonly trialMs: number;
  /** A peer without any failure for so long has a clean record again, ms. */
  readonly forgetMs: number;
  /** Most peers with a record; the one that failed longest ago is forgotten. */
  readonly maxPeers: number;
}

interface FailureRecord {
  /** Failures not yet made up for by successes. */
  level: number;
  failedAtMs: number;
  avoidUntilMs: number;
  /** A trial is under way and holds others off until then. */
  trialUntilMs: number;
}

/** Levels beyond this double nothing more; bounds the successes needed to make up. */
const MAX_LEVEL = 16;

export class FailureWindow {
  readonly #options: FailureWindowOptions;
  /** In order of the last failure, the longest ago first. */
  readonly #records = new Map<string, FailureRecord>();

  constructor(options: FailureWindowOptions) {
    this.#options = options;
  }

  /** Whether requests should go elsewhere if they can. */
  isFailing(peer: string, nowMs: number): boolean {
    const record = this.#record(peer, nowMs);
    return record !== undefined && nowMs < Math.max(record.avoidUntilMs, record.trialUntilMs);
  }

  /** A request goes to the peer: the trial, if its time of being avoided is just over. */
  attempting(peer: string, nowMs: number): void {
    const record = this.#record(peer, nowMs);
    if (record === undefined || nowMs < record.avoidUntilMs) return;
    record.trialUntilMs = nowMs + this.#options.trialMs;
  }

  /** A request failed there. Several at once, as when a connection breaks, count as one. */
  failed(peer: string, nowMs: number): void {
    const record = this.#record(peer, nowMs);
    const level = Math.min(MAX_LEVEL, (record?.level ?? 0) + 1);
    if (record !== undefined && nowMs < record.avoidUntilMs) return;
    this.#records.delete(peer);
    this.#records.set(peer, {
      level,
      failedAtMs: nowMs,
      avoidUntilMs: nowMs + this.#durationMs(level),
      trialUntilMs: 0,
    });
    const [oldest] = this.#records.keys();
    if (this.#records.size > this.#options.maxPeers && oldest !== undefined) this.#records.delete(oldest);
  }

  /** A request was answered there: it may be asked again, and its next failure weighs one level less. */
  succeeded(peer: string, nowMs: number): void {
    const record = this.#record(peer, nowMs);
    if (record === undefined) return;
    record.level -= 1;
    record.avoidUntilMs = nowMs;
    record.trialUntilMs = nowMs;
    if (record.level <= 0) this.#records.delete(peer);
  }

  /** The peer is gone. */
  forget(peer: string): void {
    this.#records.delete(peer);
  }

  #record(peer: string, nowMs: number): FailureRecord | undefined {
    const record = this.#records.get(peer);
    if (record === undefined) return undefined;
    const quietSinceMs = Math.max(record.failedAtMs, record.avoidUntilMs);
    if (nowMs - quietSinceMs < this.#options.forgetMs) return record;
    this.#records.delete(peer);
    return undefined;
  }

  #durationMs(level: number): number {
    return Math.min(this.#options.maxMs, this.#options.baseMs * 2 ** (level - 1));
  }
}
