import { create, toBinary } from '@bufbuild/protobuf';
import {
  BidKind,
  BidReplySchema,
  BidRequestSchema,
  DescribeReplySchema,
  DescribeRequestSchema,
  type DrawRequest,
  ReleaseSchema,
} from '../../protocols/maps/maps_pb.js';
import { GismeshError } from '../core/errors.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { decodeMessage, encodeMessage } from '../platform/messages.ts';
import type { ByteStream, CallContext, Network, PeerId } from '../platform/network.ts';
import type { Catalogue } from '../projects/project.ts';
import { BID_METHOD, RELEASE_METHOD } from './auction.ts';
import type { BidDesk, DeskAnswer } from './bid-desk.ts';
import { packDescription } from './description-pack.ts';
import { DRAW_PROTOCOL, type DrawStreamLimits, type RemotePack, serveDrawings } from './draw-stream.ts';
import { drawingKey } from './drawing.ts';
import type { LocalDrawings } from './local-drawings.ts';
import { DESCRIBE_METHOD } from './remote-projects.ts';
import type { RequestFlights } from './request-flights.ts';
import { drawingFromWire } from './wire.ts';

export interface MapServerLimits {
  /** Largest drawing another peer may ask for, with its buffer. */
  readonly maxPixels: number;
  readonly streams: DrawStreamLimits;
  /** One drawing on a draw stream, to its last byte, ms; less where the asking side has less time left. */
  readonly serveTimeoutMs: number;
}

/** Serves the other peers: bids, drawings, descriptions (protocols/maps). */
export class MapServer {
  readonly #clock: Clock;
  readonly #desk: BidDesk;
  readonly #local: LocalDrawings;
  readonly #requests: RequestFlights;
  readonly #catalogue: Catalogue;
  readonly #limits: MapServerLimits;
  readonly #log: Log;
  #serving = 0;

  constructor(parts: {
    network: Network;
    clock: Clock;
    desk: BidDesk;
    local: LocalDrawings;
    requests: RequestFlights;
    catalogue: Catalogue;
    limits: MapServerLimits;
    log: Log;
  }) {
    this.#clock = parts.clock;
    this.#desk = parts.desk;
    this.#local = parts.local;
    this.#requests = parts.requests;
    this.#catalogue = parts.catalogue;
    this.#limits = parts.limits;
    this.#log = parts.log;
    parts.network.onCall(BID_METHOD, (payload, context) => this.#bid(payload, context));
    parts.network.onNotice(RELEASE_METHOD, (payload, peer) => this.#release(payload, peer));
    parts.network.onCall(DESCRIBE_METHOD, (payload) => this.#describe(payload));
    parts.network.onStream(DRAW_PROTOCOL, (stream) => this.#serve(stream));
    parts.network.on('disconnect', (peer) => this.#desk.forget(peer));
  }

  /** Drawings being served: work for other peers until its last byte is sent. */
  get serving(): number {
    return this.#serving;
  }

  async #serve(stream: ByteStream): Promise<void> {
    const { streams, serveTimeoutMs } = this.#limits;
    await serveDrawings(stream, {
      limits: streams,
      clock: this.#clock,
      timeoutMs: serveTimeoutMs,
      answer: (request, closed) =>
        this.#inTime(request, (signal) => this.#draw(request, stream.peer, signal), closed),
      onBusy: (change) => {
        this.#serving += change;
      },
    });
  }

  /** Ends the work when the asking side is gone, or would not wait any longer by its own account. */
  async #inTime<T>(
    { timeoutMs }: DrawRequest,
    work: (signal: AbortSignal) => Promise<T>,
    closed: AbortSignal,
  ): Promise<T> {
    const { serveTimeoutMs } = this.#limits;
    const limitMs = timeoutMs > 0 ? Math.min(timeoutMs, serveTimeoutMs) : serveTimeoutMs;
    const expiry = new AbortController();
    const timer = this.#clock.after(limitMs, () => {
      expiry.abort(new GismeshError('DEADLINE_EXCEEDED', `Not drawn within ${limitMs} ms`));
    });
    try {
      return await work(AbortSignal.any([closed, expiry.signal]));
    } finally {
      timer.cancel();
    }
  }

  #bid(payload: Uint8Array, { peer }: CallContext): Uint8Array {
    const request = decodeMessage(BidRequestSchema, payload);
    const drawing = drawingFromWire(request.drawing, this.#limits);
    return toBinary(BidReplySchema, replyOf(this.#desk.bid(drawing, peer, request)));
  }

  #release(payload: Uint8Array, peer: PeerId): void {
    this.#desk.endClaim(peer, decodeMessage(ReleaseSchema, payload).claimKey);
  }

  #describe(payload: Uint8Array): Uint8Array {
    const { projectHash } = decodeMessage(DescribeRequestSchema, payload);
    const bundle = this.#catalogue.byHash(projectHash);
    const description = bundle ? packDescription(bundle.description) : new Uint8Array(0);
    return encodeMessage(DescribeReplySchema, { description });
  }

  async #draw(request: DrawRequest, peer: PeerId, signal: AbortSignal): Promise<RemotePack> {
    const drawing = drawingFromWire(request.drawing, this.#limits);
    if (request.joinOnly) {
      const joined = await this.#requests.joinOwned(drawingKey(drawing), signal);
      if (!joined) throw new GismeshError('BUSY', 'This peer has no such drawing on its way');
      return joined;
    }
    this.#desk.confirm(peer, request.reservation);
    if (this.#desk.draining)
      throw new GismeshError('BUSY', 'This peer is leaving and takes no more drawings');
    this.#log.debug({ peer, key: drawingKey(drawing) }, 'drawing for another peer');
    return await this.#local.draw(drawing, signal, request.short);
  }
}

function replyOf(answer: DeskAnswer) {
  const declined = answer.expectedMs === Infinity;
  return create(BidReplySchema, {
    kind: declined ? BidKind.DECLINED : kinds[answer.kind],
    expectedMs: declined ? 0 : answer.expectedMs,
    inFlight: answer.inFlight,
    reservation: answer.reservation,
    claimedBy: answer.claimedBy ?? '',
    reason: answer.declined ?? '',
    circle: answer.circle,
    open: [...answer.open],
    others: [...answer.others],
  });
}

const kinds = { draw: BidKind.DRAW, cached: BidKind.CACHED, drawing: BidKind.DRAWING } as const;
