import { create } from '@bufbuild/protobuf';
import { type Publication, PublicationSchema } from '../../../protocols/control/control_pb.js';
import type { Clock } from '../../platform/clock.ts';
import type { NoticeHandler, PeerId } from '../../platform/network.ts';
import { type Random, randomInteger } from '../../platform/random.ts';
import type { ControlChannel } from './control-channel.ts';
import type { NetworkOptions } from './options.ts';

/**
 * Gossip over the control streams: the publisher sends to a random few peers, and each peer passes a publication
 * on to a random few when it sees it for the first time. With a fanout of f about e^-f of the peers miss it.
 */
export class Gossip {
  readonly #self: PeerId;
  readonly #channels: () => ControlChannel[];
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #options: NetworkOptions;
  readonly #onFailure: (topic: string, error: unknown) => void;
  readonly #subscribers = new Map<string, NoticeHandler[]>();
  /** Publications seen, by id, with the time; in the order of being seen. */
  readonly #seen = new Map<bigint, number>();

  constructor(
    self: PeerId,
    channels: () => ControlChannel[],
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
    const id = new DataView(this.#random.bytes(8).buffer).getBigUint64(0);
    this.#remember(id);
    const publication = create(PublicationSchema, { id, topic, origin: this.#self, payload });
    this.#send(publication, this.#channels(), this.#options.gossipPublishFanout);
  }

  receive(publication: Publication, from: PeerId): void {
    const { id, topic, origin, payload } = publication;
    if (origin === this.#self || this.#seen.has(id)) return;
    this.#remember(id);
    const others = this.#channels().filter(({ peer }) => peer !== from && peer !== origin);
    this.#send(publication, others, this.#options.gossipForwardFanout);
    for (const handler of this.#subscribers.get(topic) ?? []) {
      try {
        handler(payload.slice(), origin);
      } catch (error) {
        this.#onFailure(topic, error);
      }
    }
  }

  /** Sends to `fanout` random ones: the first steps of a Fisher-Yates shuffle. */
  #send(publication: Publication, channels: ControlChannel[], fanout: number): void {
    const count = Math.min(fanout, channels.length);
    for (let index = 0; index < count; index++) {
      const other = index + randomInteger(this.#random, channels.length - index);
      const chosen = channels[other]!;
      channels[other] = channels[index]!;
      channels[index] = chosen;
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
