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
  readonly payload: Uint8Array;
  readonly publisher: PeerId;
}

export interface Neighbour {
  readonly connection: Channel;
  readonly gossip: Gossip;
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
    const publication = { topic, payload, publisher: this.#end.self };
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
    const others = this.#neighbours().filter(({ gossip }) => {
      const peer = gossip.#end.self;
      return peer !== from && peer !== publication.publisher && gossip.#handlers.has(publication.topic);
    });
    for (const { connection, gossip } of this.#choose(others)) {
      if (this.#random.chance(this.#options.gossipLoss)) continue;
      connection.send(this.#end, publication.payload.length, `gossip ${publication.topic}`, () =>
        gossip.#receive(publication, this.#end.self),
      );
    }
  }

  #choose(neighbours: Neighbour[]): Neighbour[] {
    const chosen: Neighbour[] = [];
    while (neighbours.length > 0 && chosen.length < this.#options.gossipDegree) {
      const index = Math.floor(this.#random.next() * neighbours.length);
      chosen.push(neighbours[index]!);
      neighbours[index] = neighbours[neighbours.length - 1]!;
      neighbours.pop();
    }
    return chosen;
  }

  #remember(publication: Publication): void {
    this.#seen.add(publication);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value!);
  }
}
