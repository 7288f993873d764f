import type { DrawRequest } from '../../protocols/maps/maps_pb.js';
import type { Clock, Timer } from '../platform/clock.ts';
import type { Network, PeerId } from '../platform/network.ts';
import {
  type Asking,
  DRAW_PROTOCOL,
  DrawStream,
  type DrawStreamLimits,
  type RemotePack,
} from './draw-stream.ts';

export interface DrawStreamsOptions extends DrawStreamLimits {
  /** Streams kept for the next drawing, with each peer. */
  readonly maxIdleStreams: number;
  /** How long one is kept without use, ms: less than the other side waits for a request. */
  readonly idleStreamMs: number;
}

interface IdleStream {
  readonly draw: DrawStream;
  readonly sinceMs: number;
}

interface Question extends Asking {
  readonly request: DrawRequest;
  readonly signal: AbortSignal;
  /** Upper bound on opening a stream, ms; the signal bounds the rest. */
  readonly timeoutMs: number;
}

/**
 * The draw streams from this peer to others. Opening one takes two round trips and about as much work as the rest
 * of an exchange, therefore it is kept a while for the next drawing.
 */
export class DrawStreams {
  readonly #network: Network;
  readonly #clock: Clock;
  readonly #options: DrawStreamsOptions;
  /** Those used last at the end. */
  readonly #idle = new Map<PeerId, IdleStream[]>();
  #sweep: Timer | undefined;

  constructor(network: Network, clock: Clock, options: DrawStreamsOptions) {
    this.#network = network;
    this.#clock = clock;
    this.#options = options;
  }

  /** Asks `peer` for one drawing. */
  async ask(peer: PeerId, question: Question): Promise<RemotePack> {
    const kept = this.#take(peer);
    if (kept === undefined) return await this.#askOn(await this.#open(peer, question), peer, question);
    try {
      return await this.#askOn(kept, peer, question);
    } catch (error) {
      // The other side may have ended a kept stream just as the request left: then nothing was heard.
      if (kept.answered || question.signal.aborted || !this.#network.isConnected(peer)) throw error;
      return await this.#askOn(await this.#open(peer, question), peer, question);
    }
  }

  /** Ends the streams that nothing is under way on. */
  close(): void {
    this.#sweep?.cancel();
    this.#sweep = undefined;
    for (const streams of this.#idle.values()) for (const { draw } of streams) draw.close();
    this.#idle.clear();
  }

  async #open(peer: PeerId, question: Question): Promise<DrawStream> {
    return new DrawStream(await this.#network.openStream(peer, DRAW_PROTOCOL, question), this.#options);
  }

  async #askOn(draw: DrawStream, peer: PeerId, question: Question): Promise<RemotePack> {
    try {
      return await draw.ask(question.request, question, question.signal);
    } finally {
      if (draw.reusable) this.#keep(peer, draw);
    }
  }

  #take(peer: PeerId): DrawStream | undefined {
    const streams = this.#idle.get(peer);
    let kept = streams?.pop();
    while (kept?.draw.closed.aborted) kept = streams?.pop();
    if (streams?.length === 0) this.#idle.delete(peer);
    return kept?.draw;
  }

  #keep(peer: PeerId, draw: DrawStream): void {
    const streams = this.#idle.get(peer) ?? [];
    if (streams.length >= this.#options.maxIdleStreams) {
      draw.close();
      return;
    }
    streams.push({ draw, sinceMs: this.#clock.now() });
    this.#idle.set(peer, streams);
    this.#sweep ??= this.#clock.after(this.#options.idleStreamMs, () => this.#closeUnused());
  }

  #closeUnused(): void {
    this.#sweep = undefined;
    const now = this.#clock.now();
    let oldestMs = Number.POSITIVE_INFINITY;
    for (const [peer, streams] of this.#idle) {
      const kept = streams.filter(({ draw, sinceMs }) => {
        if (draw.closed.aborted) return false;
        if (now - sinceMs < this.#options.idleStreamMs) return true;
        draw.close();
        return false;
      });
      if (kept.length > 0) this.#idle.set(peer, kept);
      else this.#idle.delete(peer);
      for (const { sinceMs } of kept) oldestMs = Math.min(oldestMs, sinceMs);
    }
    if (this.#idle.size === 0) return;
    const waitMs = oldestMs + this.#options.idleStreamMs - now;
    this.#sweep = this.#clock.after(waitMs, () => this.#closeUnused());
  }
}
