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
    for (const { connection, gossip } of this.#choose(this.#neighbours(), publication, from)) {
      if (this.#random.chance(this.#options.gossipLoss)) continue;
      connection.send(this.#end, payload.length, label, () => gossip.#receive(publication, this.#end.self));
    }
  }

  /** A random few of those that want it, in place: the first steps of a Fisher-Yates shuffle. */
  #choose(neighbours: Neighbour[], publication: Publication, from: PeerId | undefined): Neighbour[] {
    let chosen = 0;
    let left = neighbours.length;
    while (left > chosen && chosen < this.#options.gossipDegree) {
      const index = chosen + Math.floor(this.#random.next() * (left - chosen));
      const neighbour = neighbours[index]!;
      const peer = neighbour.gossip.#end.self;
      if (
        peer === from ||
        peer === publication.publisher ||
        !neighbour.gossip.#handlers.has(publication.topic)
      ) {
        left -= 1;
        neighbours[index] = neighbours[left]!;
      } else {
        neighbours[index] = neighbours[chosen]!;
        neighbours[chosen] = neighbour;
        chosen += 1;
      }
    }
    neighbours.length = chosen;
    return neighbours;
  }

  #remember(publication: Publication): void {
    this.#seen.add(publication);
    if (this.#seen.size > MAX_SEEN) this.#seen.delete(this.#seen.values().next().value!);
  }
}
