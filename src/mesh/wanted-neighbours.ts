import { chosenNeighbours } from '../core/overlay.ts';
import { precedes, rendezvousOrder } from '../core/rendezvous.ts';
import type { PeerId } from '../platform/network.ts';
import type { DialOptions } from './membership-options.ts';
import type { Roster } from './roster.ts';

type OverlayOptions = Pick<DialOptions, 'fullMesh' | 'degree'>;

/** The members that this peer wants to be connected to: chosen anew only when one of the chosen has gone. */
export class WantedNeighbours {
  readonly #roster: Roster;
  readonly #options: OverlayOptions;
  /** In a large mesh the one wanted most first. */
  #wanted = new Set<PeerId>();
  /** Wanted least of these; undefined where there is none. */
  #last: PeerId | undefined;
  /** `extended`: it is right, and has not been given since a newcomer took its place in it. */
  #choice: 'stale' | 'extended' | 'current' = 'stale';

  constructor(roster: Roster, options: OverlayOptions) {
    this.#roster = roster;
    this.#options = options;
  }

  /** Whether nothing has happened since `choose` that changes the choice. */
  get isCurrent(): boolean {
    return this.#choice === 'current';
  }

  has(peer: PeerId): boolean {
    return this.#wanted.has(peer);
  }

  /** Chooses; returns the choice when it is another one. */
  choose(): ReadonlySet<PeerId> | undefined {
    if (this.#choice === 'current') return undefined;
    if (this.#choice === 'stale') {
      this.#take(chosenNeighbours(this.#roster.own.peer, this.#roster.living(), this.#options));
    }
    this.#choice = 'current';
    return this.#wanted;
  }

  /**
   * A member came or went. In a large mesh hardly anyone who does changes the choice: whether it stands is seen at
   * a glance.
   */
  changed(peer: PeerId): void {
    if (this.#choice === 'stale') return;
    const { fullMesh, degree } = this.#options;
    const isLiving = this.#roster.isLiving(peer);
    if (this.#roster.livingCount <= fullMesh || this.#wanted.size !== degree) this.#choice = 'stale';
    else if (isLiving === this.has(peer)) return;
    else if (isLiving) this.#consider(peer);
    else this.#choice = 'stale';
  }

  /** A newcomer takes the place of the one wanted least, if it is wanted more. */
  #consider(peer: PeerId): void {
    const { own } = this.#roster;
    if (this.#last === undefined || !precedes(own.peer, peer, this.#last)) return;
    this.#take(new Set(rendezvousOrder(own.peer, [...this.#wanted, peer], this.#options.degree)));
    this.#choice = 'extended';
  }

  #take(wanted: Set<PeerId>): void {
    this.#wanted = wanted;
    this.#last = [...wanted].at(-1);
  }
}
