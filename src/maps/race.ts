import { GismeshError } from '../core/errors.ts';
import { type Clock, sleep } from '../platform/clock.ts';
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
  const losers = new AbortController();
  const signal = AbortSignal.any([rules.signal, losers.signal]);
  const queue = rules.peers.slice(0, rules.maxAttempts);
  const won = Promise.withResolvers<{ value: T; peer: PeerId }>();
  const tried = new Set<PeerId>();
  const running = new Set<PeerId>();

  const begin = () => {
    const peer = queue.shift();
    if (peer === undefined) return;
    tried.add(peer);
    running.add(peer);
    rules.attempt(peer, signal).then(
      (value) => won.resolve({ value, peer }),
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
    const more = await rules.more(tried);
    signal.throwIfAborted();
    queue.push(...more.filter((peer) => !tried.has(peer)).slice(0, rules.maxAttempts - tried.size));
  };

  const growImpatient = async () => {
    await sleep(rules.clock, rules.hedgeMs, signal);
    await refill();
    if (queue.length > 0 && rules.mayHedge()) begin();
    await sleep(rules.clock, Math.max(0, rules.stallMs - rules.hedgeMs), signal);
    for (;;) {
      for (const peer of running) rules.onStall(peer);
      await refill();
      begin();
      await sleep(rules.clock, rules.stallMs, signal);
    }
  };

  const onAbort = () => won.reject(rules.signal.reason);
  rules.signal.addEventListener('abort', onAbort, { once: true });
  try {
    rules.signal.throwIfAborted();
    begin();
    growImpatient().catch(() => {});
    return await won.promise;
  } finally {
    rules.signal.removeEventListener('abort', onAbort);
    losers.abort(OVERTAKEN);
  }
}
