import { chosenNeighbours } from '../core/overlay.ts';
import type { PeerId } from '../platform/network.ts';
import type { DialOptions } from './membership-options.ts';
import type { Roster } from './roster.ts';

type OverlayOptions = Pick<DialOptions, 'fullMesh' | 'degree'>;

/** The members that this peer wants to be connected to: chosen anew only when the choice may have changed. */
export class WantedNeighbours {
  readonly #roster: Roster;
  readonly #options: OverlayOptions;
  #wanted = new Set<PeerId>();
  #isCurrent = false;

  constructor(roster: Roster, options: OverlayOptions) {
    this.#roster = roster;
    this.#options = options;
  }

  /** Whether nothing has happened since `choose` that may change the choice. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  has(peer: PeerId): boolean {
    return this.#wanted.has(peer);
  }

  /** Chooses; returns the choice when it had to be made anew. */
  choose(): ReadonlySet<PeerId> | undefined {
    if (this.#isCurrent) return undefined;
    this.#isCurrent = true;
    this.#wanted = chosenNeighbours(this.#roster.own.peer, this.#roster.living(), this.#options);
    return this.#wanted;
  }

  /**
   * A member came or went. In a large mesh hardly anyone who does changes the choice: whether it stands is seen at
   * a glance.
   */
  changed(peer: PeerId): void {
    const { fullMesh, degree } = this.#options;
    const isLarge = this.#roster.livingCount > fullMesh && this.#wanted.size === degree;
    if (!isLarge || this.#roster.isLiving(peer) === this.has(peer)) {
      this.#isCurrent &&= isLarge;
      return;
    }
    // Either one of the chosen has gone, or the newcomer may take the place of one.
    this.#isCurrent &&= !this.has(peer) && !this.#isPreferred(peer);
  }

  /** Whether this peer would rather have it than one of those that it has chosen. */
  #isPreferred(peer: PeerId): boolean {
    const { degree } = this.#options;
    const rivals = [...this.#wanted, peer];
    return chosenNeighbours(this.#roster.own.peer, rivals, { fullMesh: 0, degree }).has(peer);
  }
}
