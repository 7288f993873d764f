import { create } from '@bufbuild/protobuf';
import { DrawRequestSchema } from '../../protocols/maps/maps_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { FailureWindow } from '../core/failure-window.ts';
import type { PlacementPolicy } from '../core/placement.ts';
import type { Clock } from '../platform/clock.ts';
import type { Network, PeerId } from '../platform/network.ts';
import { type Making, type RemotePack, saidBy } from './draw-stream.ts';
import { DrawStreams, type DrawStreamsOptions } from './draw-streams.ts';
import { contentTypeOf } from './drawing.ts';
import type { LocalDrawings } from './local-drawings.ts';
import type { Errand } from './order.ts';
import { checkPart, checkPartSizes } from './part-check.ts';
import type { Reach } from './reach.ts';
import { drawingToWire } from './wire.ts';

interface Terms {
  /** Answer only with what is on its way there. */
  readonly joinOnly: boolean;
  readonly reservation: number;
  /** The project's holders were too busy while another peer had nothing to do. */
  readonly short: boolean;
}

type Result = 'answered' | 'failed' | 'cancelled';

/** Has one drawing made at one peer, this one included, and remembers how peers did. */
export class Forwarder {
  readonly #network: Network;
  readonly #reach: Reach;
  readonly #clock: Clock;
  readonly #local: LocalDrawings;
  readonly #policy: PlacementPolicy;
  readonly #failures: FailureWindow;
  readonly #streams: DrawStreams;
  readonly #inFlight = new Map<PeerId, number>();
  /** What is asked of other peers at the moment. */
  readonly #asked = new Map<PeerId, Set<AbortController>>();

  constructor(parts: {
    network: Network;
    reach: Reach;
    clock: Clock;
    local: LocalDrawings;
    policy: PlacementPolicy;
    failures: FailureWindow;
    streams: DrawStreamsOptions;
  }) {
    this.#network = parts.network;
    this.#reach = parts.reach;
    this.#clock = parts.clock;
    this.#local = parts.local;
    this.#policy = parts.policy;
    this.#failures = parts.failures;
    this.#streams = new DrawStreams(parts.network, parts.clock, parts.streams);
  }

  /** This front door's own unanswered requests at a peer. */
  inFlightAt(peer: PeerId): number {
    return this.#inFlight.get(peer) ?? 0;
  }

  /** Of all of them. */
  get inFlight(): number {
    return [...this.#inFlight.values()].reduce((sum, count) => sum + count, 0);
  }

  isFailing(peer: PeerId): boolean {
    return this.#failures.isFailing(peer, this.#clock.now());
  }

  /** One attempt at one peer, counted and timed. */
  async attempt(
    errand: Errand,
    peer: PeerId,
    { reservation, short }: Omit<Terms, 'joinOnly'>,
  ): Promise<RemotePack> {
    const startedAt = this.#clock.now();
    this.#failures.attempting(peer, startedAt);
    this.#inFlight.set(peer, this.inFlightAt(peer) + 1);
    let result: Result = 'failed';
    try {
      const answer =
        peer === this.#network.self
          ? await this.#draw(errand, short)
          : await this.#request(errand, peer, { joinOnly: false, reservation, short });
      result = 'answered';
      return answer;
    } catch (error) {
      if (errand.signal.aborted || isRefusal(error)) result = 'cancelled';
      throw error;
    } finally {
      const rest = this.inFlightAt(peer) - 1;
      if (rest > 0) this.#inFlight.set(peer, rest);
      else this.#inFlight.delete(peer);
      this.#learn(peer, result, this.#clock.now() - startedAt);
    }
  }

  /** Waits for what another front door has under way; rejects when it has not. */
  join(errand: Errand, peer: PeerId): Promise<RemotePack> {
    return this.#request(errand, peer, { joinOnly: true, reservation: 0, short: false });
  }

  /** A peer is gone, as far as anybody knows: nothing that was asked of it is waited for. */
  lost(peer: PeerId): void {
    for (const asked of this.#asked.get(peer) ?? []) {
      asked.abort(new GismeshError('NETWORK_CLOSED', `Peer ${peer} is gone`));
    }
  }

  /** Ends what is kept open with other peers. */
  close(): void {
    this.#streams.close();
  }

  /** A peer has not answered for very long: whether it still lives is looked at now. */
  silent(peer: PeerId): void {
    if (peer !== this.#network.self) this.#reach.reportFailure(peer);
  }

  #learn(peer: PeerId, result: Result, latencyMs: number): void {
    if (result === 'cancelled') return;
    const now = this.#clock.now();
    if (result === 'failed') this.#failures.failed(peer, now);
    else this.#failures.succeeded(peer, now);
    this.#policy.observe({ peer, latencyMs, failed: result === 'failed' });
  }

  async #draw({ drawing, firstPart, signal, onPart }: Errand, short: boolean): Promise<RemotePack> {
    return await this.#local.draw(drawing, signal, short, (pack) => {
      const part = pack.parts[firstPart];
      if (part) onPart(firstPart, part, { ...pack, cache: 'miss' });
    });
  }

  async #request(errand: Errand, peer: PeerId, how: Terms): Promise<RemotePack> {
    const asked = new AbortController();
    const all = this.#asked.get(peer) ?? new Set();
    this.#asked.set(peer, all.add(asked));
    try {
      return await this.#ask(
        { ...errand, signal: AbortSignal.any([errand.signal, asked.signal]) },
        peer,
        how,
      );
    } finally {
      all.delete(asked);
      if (all.size === 0) this.#asked.delete(peer);
    }
  }

  async #ask(errand: Errand, peer: PeerId, how: Terms): Promise<RemotePack> {
    const { drawing, firstPart, signal } = errand;
    await this.#reach.ensureConnected(peer);
    const timeoutMs = Math.max(1, errand.expiresAt - this.#clock.now());
    const request = create(DrawRequestSchema, {
      drawing: drawingToWire(drawing),
      firstPart,
      timeoutMs,
      ...how,
    });
    let making: Making;
    return await this.#streams.ask(peer, {
      request,
      signal,
      timeoutMs,
      contentType: contentTypeOf(drawing),
      onReply: (reply) => {
        checkPartSizes(drawing, reply.partBytes);
        making = saidBy(peer, reply);
      },
      onPart: (index, part) => {
        checkPart(drawing, part);
        errand.onPart(index, part, making);
      },
    });
  }
}

/** The peer is well, it just would not take this one. */
function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'BUSY' || code === 'BUNDLE_NOT_HELD' || code === 'REQUEST_INVALID';
}
