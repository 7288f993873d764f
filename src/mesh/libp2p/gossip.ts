import { create } from '@bufbuild/protobuf';
import { type Publication, PublicationSchema } from '../../../protocols/control/control_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { NoticeHandler, PeerId } from '../../platform/network.ts';
import { type Random, randomInteger } from '../../platform/random.ts';
import type { NetworkOptions } from './options.ts';

/** Somebody to pass publications on to. */
export interface GossipPeer {
  readonly peer: PeerId;
  publish(publication: Publication): void;
}

/** Enough to cross into another part of a mesh where the publisher reached all of its own. */
const FANOUT_AFTER_DIRECT = 2;

/**
 * Gossip over the control streams: the publisher sends to a random few peers, and each peer passes a publication
 * on to a random few when it sees it for the first time. With a fanout of f about e^-f of the peers miss it.
 */
export class Gossip {
  readonly #self: PeerId;
  readonly #channels: () => readonly GossipPeer[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #onFailure: (topic: string, error: unknown) => void;
  readonly #subscribers = new Map<string, NoticeHandler[]>();
  /** Publications seen, by id, with the time; in the order of being seen. */
  readonly #seen = new Map<bigint, number>();

  constructor(
    self: PeerId,
    channels: () => readonly GossipPeer[],
    environment: { clock: Clock; random: Random; options: NetworkOptions },
    onFailure: (topic: string, error: unknown) => void,
  ) {
    this.#self = self;
    this.#channels = channels;
    this.#clock = environment.clock;
    this.#random = environment.random;
    this.#options = environment.options;
    this.#onFailure = onFailure;
  }

  subscribe(topic: string, handler: NoticeHandler): void {
    this.#subscribers.set(topic, [...(this.#subscribers.get(topic) ?? []), handler]);
  }

  publish(topic: string, payload: Uint8Array): void {
    const { buffer, byteOffset } = this.#random.bytes(8);
    const id = new DataView(buffer, byteOffset).getBigUint64(0);
    this.#remember(id);
    const channels = this.#channels();
    const fanout = this.#options.gossipPublishFanout;
    const direct = channels.length <= fanout;
    this.#send(
      create(PublicationSchema, { id, topic, origin: this.#self, payload, direct }),
      channels,
      fanout,
    );
  }

  receive(publication: Publication, from: PeerId): void {
    const { id, topic, origin, payload, direct } = publication;
    if (origin === this.#self || this.#seen.has(id)) return;
    this.#remember(id);
    const others = this.#channels().filter(({ peer }) => peer !== from && peer !== origin);
    const fanout = direct ? FANOUT_AFTER_DIRECT : this.#options.gossipForwardFanout;
    this.#send(create(PublicationSchema, { id, topic, origin, payload }), others, fanout);
    for (const handler of this.#subscribers.get(topic) ?? []) {
      try {
        handler(payload.slice(), origin);
      } catch (error) {
        this.#onFailure(topic, error);
      }
    }
  }

  /** Sends to `fanout` random ones: the first steps of a Fisher-Yates shuffle. */
  #send(publication: Publication, among: readonly GossipPeer[], fanout: number): void {
    const peers = [...among];
    const count = Math.min(fanout, peers.length);
    for (let index = 0; index < count; index++) {
      const other = index + randomInteger(this.#random, peers.length - index);
      const chosen = peers[other]!;
      peers[other] = peers[index]!;
      chosen.publish(publication);
    }
  }

  #remember(id: bigint): void {
    const now = this.#clock.now();
    this.#seen.set(id, now);
    for (const [oldest, seenAt] of this.#seen) {
      const expired = now - seenAt > this.#options.gossipRememberMs;
      if (!expired && this.#seen.size <= this.#options.gossipMaxRemembered) break;
      this.#seen.delete(oldest);
    }
  }
}
