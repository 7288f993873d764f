import type { Network, PeerId } from '../platform/network.ts';
import { type Random, randomInteger } from '../platform/random.ts';
import type { Roster } from './roster.ts';

interface ProbeOrderParts {
  readonly network: Pick<Network, 'connected' | 'isConnected'>;
  readonly random: Random;
  readonly roster: Roster;
}

/** Whose turn it is to be probed: by turns the successor on a ring and a random member of a round. */
export class ProbeOrder {
  readonly #parts: ProbeOrderParts;
  /** Kept until somebody connects, goes or comes back; undefined when it has to be looked for. */
  #successor: { readonly peer: PeerId | undefined } | undefined;
  /** Members still to be probed in this round, in random order: everyone's turn comes once a round. */
  readonly #round: PeerId[] = [];
  readonly #strangers: PeerId[] = [];
  #turns = 0;

  constructor(parts: ProbeOrderParts) {
    this.#parts = parts;
  }

  /** Connections or standings changed. */
  neighboursChanged(): void {
    this.#successor = undefined;
  }

  /** A living member with a connection; undefined where there is none. */
  nextNeighbour(): PeerId | undefined {
    const { network } = this.#parts;
    this.#turns += 1;
    if (this.#turns % 2 === 0) return this.#nextOnRing();
    return this.#next(
      this.#round,
      () => network.connected(),
      (peer) => network.isConnected(peer),
    );
  }

  /** A living member without one. */
  nextStranger(): PeerId | undefined {
    const { network, roster } = this.#parts;
    return this.#next(
      this.#strangers,
      () => roster.living(),
      (peer) => !network.isConnected(peer),
    );
  }

  /**
   * The connected member whose name follows this peer's own, as on a ring: everyone is somebody's successor,
   * so nobody's silence has to wait until chance picks it.
   */
  #nextOnRing(): PeerId | undefined {
    this.#successor ??= { peer: this.#findSuccessor() };
    return this.#successor.peer;
  }

  #findSuccessor(): PeerId | undefined {
    const { network, roster } = this.#parts;
    const self = roster.own.peer;
    let next: PeerId | undefined;
    let first: PeerId | undefined;
    for (const peer of network.connected()) {
      const follows = peer > self && (next === undefined || peer < next);
      const isFirst = first === undefined || peer < first;
      if ((!follows && !isFirst) || !roster.isLiving(peer)) continue;
      if (follows) next = peer;
      if (isFirst) first = peer;
    }
    return next ?? first;
  }

  /** Takes the next living member of a round that `fits`; a spent round is filled and shuffled anew. */
  #next(round: PeerId[], all: () => readonly PeerId[], fits: (peer: PeerId) => boolean): PeerId | undefined {
    const { roster, random } = this.#parts;
    const isDue = (peer: PeerId) => roster.isLiving(peer) && fits(peer);
    if (round.length === 0) {
      round.push(...all().filter(isDue));
      for (let i = round.length - 1; i > 0; i -= 1) {
        const j = randomInteger(random, i + 1);
        [round[i], round[j]] = [round[j]!, round[i]!];
      }
    }
    for (let peer = round.pop(); peer !== undefined; peer = round.pop()) if (isDue(peer)) return peer;
    return undefined;
  }
}
