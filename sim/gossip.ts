import type { NoticeHandler, PeerId } from '../src/platform/network.ts';
import type { Channel, ConnectionEnd } from './connection.ts';
import type { SeededRandom } from './random.ts';

export interface GossipOptions {
  /** Peers to which a publication is passed on. */
  readonly gossipDegree: number;
  /** Probability of a loss on one hop. */
  readonly gossipLoss: number;
}

interface Publication {
  readonly topic: string;
  readonly label: string;
  readonly payload: Uint8Array;
  readonly publisher: PeerId;
}

export interface Neighbour {
  readonly connection: Channel;
  readonly gossip: Gossip;
  /** False while too much waits to be read there. */
  readonly hasRoomFor: (payload: Uint8Array) => boolean;
}

/** Publications remembered so as not to pass them on twice. */
const MAX_SEEN = 4096;

/** Flooding to a few random neighbours: the cost and the gaps of gossipsub without its repairs. */
export class Gossip {
  readonly #end: ConnectionEnd;
  readonly #random: SeededRandom;
  readonly #options: GossipOptions;
  readonly #neighbours: () => Neighbour[];
  readonly #handlers = new Map<string, NoticeHandler[]>();
  readonly #seen = new Set<Publication>();

  constructor(
    end: ConnectionEnd,
    random: SeededRandom,
    options: GossipOptions,
    /** May be put in another order. */
    neighbours: () => Neighbour[],
  ) {
    this.#end = end;
    this.#random = random;
    this.#options = options;
    this.#neighbours = neighbours;
  }

  subscribe(topic: string, handler: NoticeHandler): void {
    const handlers = this.#handlers.get(topic);
    if (handlers) handlers.push(handler);
    else this.#handlers.set(topic, [handler]);
  }

  publish(topic: string, payload: Uint8Array): void {
    const publication = { topic, label: `gossip ${topic}`, payload, publisher: this.#end.self };
    this.#remember(publication);
    this.#passOn(publication, undefined);
  }

  #receive(publication: Publication, from: PeerId): void {
    if (this.#seen.has(publication)) return;
    this.#remember(publication);
    // A peer passes on only what it subscribes to itself.
    if (!this.#handlers.has(publication.topic)) return;
    this.#passOn(publication, from);
    for (const handler of this.#handlers.get(publication.topic)!) {
      try {
        handler(publication.payload, publication.publisher);
      } catch {
        // A broken subscriber harms nobody else: as over a real network.
      }
    }
  }

  #passOn(publication: Publication, from: PeerId | undefined): void {
    const { payload, label } = publication;
    const neighbours = this.#neighbours();
    const chosen = this.#choose(neighbours, publication, from);
    for (let i = 0; i < chosen; i += 1) {
      const { connection, gossip, hasRoomFor } = neighbours[i]!;
      if (!hasRoomFor(payload)) continue;
      if (this.#random.chance(this.#options.gossipLoss)) continue;
      connection.send(this.#end, payload.length, label, () => gossip.#receive(publication, this.#end.self));
    }
  }

  /**
   * Moves a random few of those that want it to the front, and says how many these are: the first steps of a
   * Fisher-Yates shuffle, for which it does not matter in which order the last one left the neighbours.
   */
  #choose(neighbours: Neighbour[], { topic, publisher }: Publication, from: PeerId | undefined): number {
    let chosen = 0;
    let left = neighbours.length;
    const swap = (one: number, other: number) => {
      const neighbour = neighbours[one]!;
      neighbours[one] = neighbours[other]!;
      neighbours[other] = neighbour;
    };
    while (left > chosen && chosen < this.#options.gossipDegree) {
      const index = chosen + Math.floor(this.#random.next() * (left - chosen));
      const { gossip } = neighbours[index]!;
      const peer = gossip.#end.self;
      if (peer === from || peer === publisher || !gossip.#handlers.has(topic)) {
        left -= 1;
        swap(index, left);
      } else {
        swap(index, chosen);
        chosen += 1;
      }
    }
    return chosen;
  }

  #remember(publication: Publication): void {
    this.#seen.add(publication);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value!);
  }
}
