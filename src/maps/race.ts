import { GismeshError } from '../core/errors.ts';
import type { Clock, Timer } from '../platform/clock.ts';
import type { PeerId } from '../platform/network.ts';

/** One for all races: making an error takes a look at the stack, which a request has no use for. */
const OVERTAKEN = new GismeshError('CANCELLED', 'Another peer was faster');

export interface RaceRules<T> {
  readonly clock: Clock;
  /** Best first. */
  readonly peers: readonly PeerId[];
  /** Asked when one more is to begin and none is left: those that could not be heard before may be back. */
  readonly more: (tried: ReadonlySet<PeerId>) => Promise<readonly PeerId[]>;
  readonly maxAttempts: number;
  /** After this long without an answer one more peer may begin, if `mayHedge` agrees. */
  readonly hedgeMs: number;
  /** Takes one hedge out of the budget; false when it is spent. */
  readonly mayHedge: () => boolean;
  /** Each time this long has passed without an answer one more peer begins in any case: the others hang. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly attempt: (peer: PeerId, signal: AbortSignal) => Promise<T>;
  readonly onFailure: (peer: PeerId, error: unknown) => void;
  /** Told, each time the race has stalled, of every peer that is waited for. */
  readonly onStall: (peer: PeerId) => void;
}

/**
 * Tries peers until one has answered: the next one after a failure at once, after a while out of impatience
 * ("hedging": Dean and Barroso, The Tail at Scale, 2013). The others are cancelled. Rejects with the last
 * error when every attempt failed.
 */
export async function race<T>(rules: RaceRules<T>): Promise<{ value: T; peer: PeerId }> {
  const attempts = new AbortController();
  const { signal } = attempts;
  const queue = rules.peers.slice(0, rules.maxAttempts);
  const won = Promise.withResolvers<{ value: T; peer: PeerId }>();
  const tried = new Set<PeerId>();
  const running = new Set<PeerId>();
  let impatience: Timer | undefined;
  let over = false;

  const begin = () => {
    const peer = queue.shift();
    if (peer === undefined) return;
    tried.add(peer);
    running.add(peer);
    rules.attempt(peer, signal).then(
      (value) => {
        running.delete(peer);
        won.resolve({ value, peer });
      },
      (error) => {
        running.delete(peer);
        if (!signal.aborted) rules.onFailure(peer, error);
        if (queue.length > 0 && !signal.aborted) begin();
        else if (running.size === 0) won.reject(error);
      },
    );
  };

  const refill = async () => {
    if (queue.length > 0 || tried.size >= rules.maxAttempts) return;
    // Who fails to name others leaves those that are under way.
    const more = await rules.more(tried).catch(() => []);
    queue.push(...more.filter((peer) => !tried.has(peer)).slice(0, rules.maxAttempts - tried.size));
  };

  const after = (delayMs: number, step: () => Promise<void>) => {
    impatience = rules.clock.after(delayMs, () => void step().catch(() => {}));
  };
  const hedge = async () => {
    await refill();
    if (over) return;
    if (queue.length > 0 && rules.mayHedge()) begin();
    after(Math.max(0, rules.stallMs - rules.hedgeMs), stall);
  };
  const stall = async () => {
    for (const peer of running) rules.onStall(peer);
    await refill();
    if (over) return;
    begin();
    after(rules.stallMs, stall);
  };

  const onAbort = () => {
    won.reject(rules.signal.reason);
    attempts.abort(rules.signal.reason);
  };
  rules.signal.addEventListener('abort', onAbort, { once: true });
  try {
    rules.signal.throwIfAborted();
    begin();
    after(rules.hedgeMs, hedge);
    return await won.promise;
  } finally {
    over = true;
    impatience?.cancel();
    rules.signal.removeEventListener('abort', onAbort);
    // Telling nobody that it is over costs as much as the whole race.
    if (running.size > 0) attempts.abort(OVERTAKEN);
  }
}
