import { setMaxListeners } from 'node:events';
import type { Connection } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { GismeshError } from '../../core/errors.ts';
import type { Clock } from '../../platform/clock.ts';
import type { PeerId } from '../../platform/network.ts';
import type { Libp2pNode } from './libp2p-node.ts';
import type { NetworkOptions } from './options.ts';

/** Addresses of one target that are tried. */
const MAX_ADDRESSES = 16;

interface Dial {
  readonly connection: Promise<Connection>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Dials the addresses of a peer, each a moment after the one before, and takes the first that answers: an
 * address without an answer (another network of the same peer, an old one) delays nothing. libp2p's own dial
 * queue waits for each in turn. Who asks for a target that is being dialled joins that dial.
 */
export class ConnectionDialer {
  readonly #node: Libp2pNode;
  readonly #clock: Clock;
  readonly #options: NetworkOptions;
  readonly #dials = new Map<string, Dial>();
  #attempts = 0;

  constructor(node: Libp2pNode, clock: Clock, options: NetworkOptions) {
    this.#node = node;
    this.#clock = clock;
    this.#options = options;
  }

  /** Rejects with libp2p's reasons, or the signal's; the dial goes on while somebody else waits for it. */
  async dial(
    peer: PeerId | undefined,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<Connection> {
    if (addresses.length === 0) throw new Error('no address is known');
    const key = peer ?? addresses.join();
    const dial = this.#dials.get(key) ?? this.#start(key, peer, addresses.slice(0, MAX_ADDRESSES));
    dial.waiting++;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([dial.connection, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (--dial.waiting === 0) this.#end(key, dial, new Error('nobody waits for it any more'));
    }
  }

  /** Ends every dial under way. */
  stop(reason: Error): void {
    for (const [key, dial] of [...this.#dials]) this.#end(key, dial, reason);
  }

  #end(key: string, dial: Dial, reason: Error): void {
    if (this.#dials.get(key) === dial) this.#dials.delete(key);
    dial.controller.abort(reason);
  }

  #start(key: string, peer: PeerId | undefined, addresses: readonly string[]): Dial {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    const connection = this.#race(peer, addresses, controller.signal);
    const dial = { connection, controller, waiting: 0 };
    this.#dials.set(key, dial);
    return dial;
  }

  async #race(
    peer: PeerId | undefined,
    addresses: readonly string[],
    signal: AbortSignal,
  ): Promise<Connection> {
    const suffix = peer === undefined ? '' : `/p2p/${peer}`;
    let previousFailed: Promise<unknown> = Promise.resolve();
    const attempts = addresses.map((address) => {
      const attempt = this.#attemptAfter(previousFailed, address + suffix, signal);
      previousFailed = Promise.race([this.#stagger(previousFailed), rejection(attempt)]);
      return attempt;
    });
    return await Promise.any(attempts);
  }

  /** A moment after the attempt before began. */
  async #stagger(begin: Promise<unknown>): Promise<void> {
    await begin;
    await new Promise<void>((resolve) => this.#clock.after(this.#options.addressStaggerMs, resolve));
  }

  async #attemptAfter(begin: Promise<unknown>, address: string, signal: AbortSignal): Promise<Connection> {
    await begin;
    signal.throwIfAborted();
    if (this.#attempts >= this.#options.maxPendingHandshakes) {
      throw new GismeshError('BUSY', `${this.#attempts} connections are being opened already.`);
    }
    this.#attempts++;
    const limit = new AbortController();
    setMaxListeners(0, limit.signal);
    const timeoutMs = this.#options.addressDialTimeoutMs;
    const timer = this.#clock.after(timeoutMs, () =>
      limit.abort(new Error(`no answer within ${timeoutMs} ms`)),
    );
    const onAbort = () => limit.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const connection = await this.#node.transports.dial(multiaddr(address), { signal: limit.signal });
      if (connection.status !== 'open') throw new Error(`${address} closed the connection at once`);
      return connection;
    } catch (error) {
      throw limit.signal.aborted ? limit.signal.reason : error;
    } finally {
      this.#attempts--;
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Resolves when the promise rejects. */
function rejection(promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => promise.catch(() => resolve()));
}
