import { create } from '@bufbuild/protobuf';
import { type DrawReply, DrawRequestSchema } from '../../protocols/maps/maps_pb.js';
import { errorCode, GismeshError } from '../core/errors.ts';
import type { FailureWindow } from '../core/failure-window.ts';
import type { PlacementPolicy } from '../core/placement.ts';
import type { Clock } from '../platform/clock.ts';
import type { Network, PeerId } from '../platform/network.ts';
import { type DrawStreamLimits, type RemotePack, requestDrawing } from './draw-stream.ts';
import { contentTypeOf, type Drawing, partCount } from './drawing.ts';
import { checkImage } from './image-check.ts';
import type { LocalDrawings } from './local-drawings.ts';
import type { Journey, Order } from './order.ts';
import { drawingToWire } from './wire.ts';

export interface ForwarderOptions {
  /** From the client's request to its answer or error, ms. */
  readonly requestTimeoutMs: number;
  readonly streams: DrawStreamLimits;
}

type Result = 'answered' | 'failed' | 'cancelled';

/** Has one drawing made at one peer, this one included, and remembers how peers did. */
export class Forwarder {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #local: LocalDrawings;
  readonly #policy: PlacementPolicy;
  readonly #failures: FailureWindow;
  readonly #options: ForwarderOptions;
  readonly #inFlight = new Map<PeerId, number>();

  constructor(parts: {
    network: Network;
    clock: Clock;
    local: LocalDrawings;
    policy: PlacementPolicy;
    failures: FailureWindow;
    options: ForwarderOptions;
  }) {
    this.#network = parts.network;
    this.#clock = parts.clock;
    this.#local = parts.local;
    this.#policy = parts.policy;
    this.#failures = parts.failures;
    this.#options = parts.options;
  }

  /** This front door's own unanswered requests at a peer. */
  inFlightAt(peer: PeerId): number {
    return this.#inFlight.get(peer) ?? 0;
  }

  isFailing(peer: PeerId): boolean {
    return this.#failures.isFailing(peer, this.#clock.now());
  }

  /** One attempt at one peer, counted and timed. */
  async attempt(order: Order, peer: PeerId, reservation: number, signal: AbortSignal): Promise<RemotePack> {
    const startedAt = this.#clock.now();
    this.#failures.attempting(peer, startedAt);
    this.#inFlight.set(peer, this.inFlightAt(peer) + 1);
    let result: Result = 'failed';
    try {
      const answer =
        peer === this.#network.self
          ? await this.#local.draw(order.drawing, signal)
          : await this.#request(order, peer, { joinOnly: false, reservation }, signal);
      result = 'answered';
      return answer;
    } catch (error) {
      if (signal.aborted || isRefusal(error)) result = 'cancelled';
      throw error;
    } finally {
      const rest = this.inFlightAt(peer) - 1;
      if (rest > 0) this.#inFlight.set(peer, rest);
      else this.#inFlight.delete(peer);
      this.#learn(peer, result, this.#clock.now() - startedAt);
    }
  }

  /** Waits for what another front door has under way; rejects when it has not. */
  join(order: Order, peer: PeerId): Promise<RemotePack> {
    return this.#request(order, peer, { joinOnly: true, reservation: 0 }, order.signal);
  }

  #learn(peer: PeerId, result: Result, latencyMs: number): void {
    if (result === 'cancelled') return;
    const now = this.#clock.now();
    if (result === 'failed') this.#failures.failed(peer, now);
    else this.#failures.succeeded(peer, now);
    this.#policy.observe({ peer, latencyMs, failed: result === 'failed' });
  }

  async #request(
    order: Order,
    peer: PeerId,
    how: { joinOnly: boolean; reservation: number },
    signal: AbortSignal,
  ): Promise<RemotePack> {
    const { drawing, firstPart } = order;
    const timeoutMs = this.#options.requestTimeoutMs;
    const request = create(DrawRequestSchema, {
      drawing: drawingToWire(drawing),
      firstPart,
      timeoutMs,
      ...how,
    });
    const drawnBy = { peer, name: '' };
    return await requestDrawing(this.#network, peer, request, {
      signal,
      timeoutMs,
      limits: this.#options.streams,
      contentType: contentTypeOf(drawing),
      onReply: (reply) => {
        drawnBy.peer = reply.drawnBy;
        drawnBy.name = reply.drawnByName;
        note(order.journey, reply, how.joinOnly);
        if (reply.partBytes.length !== partCount(drawing.task)) {
          throw new GismeshError(
            'MESSAGE_MALFORMED',
            `Peer ${peer} answered ${reply.partBytes.length} parts`,
          );
        }
      },
      onPart: (index, part) => {
        checkPart(drawing, part);
        order.onPart(index, part, drawnBy);
      },
    });
  }
}

/** Told before the first part is delivered, which may be all that a client waits for. */
function note(journey: Journey, reply: DrawReply, joining: boolean): void {
  if (joining) journey.reason = 'another front door had it drawn';
  if (reply.cache === 'hit') journey.cache = 'hit';
  else if (joining) journey.cache = 'joined';
  else journey.timing.render = reply.renderMs;
}

/** The peer is well, it just would not take this one. */
function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'BUSY' || code === 'BUNDLE_NOT_HELD' || code === 'REQUEST_INVALID';
}

function checkPart({ task }: Drawing, part: Uint8Array): void {
  if (task.kind === 'image') checkImage(part, task.encoding, task.tileWidth, task.tileHeight);
}
