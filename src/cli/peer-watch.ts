import type { NodeEvent } from '../http/node-event.ts';
import type { PeerState, PeerStatus } from '../mesh/peer-status.ts';

export interface PeerChange {
  /** `lost`: it died or became unreachable; `left`: it said goodbye. */
  readonly change: 'joined' | 'left' | 'lost' | 'suspect' | 'back';
  readonly peer: PeerStatus;
}

/** Tells comings and goings out of the states that peers report again and again. */
export class PeerWatch {
  readonly #states = new Map<string, PeerState>();

  /** Other peers that are in the mesh now. */
  get others(): number {
    return [...this.#states.values()].filter(isPresent).length;
  }

  changes(event: NodeEvent): PeerChange[] {
    const peers = event.event === 'peer' ? [event.peer] : event.event === 'peers' ? event.peers : [];
    return peers.filter(({ self }) => !self).flatMap((peer) => this.#changeOf(peer) ?? []);
  }

  #changeOf(peer: PeerStatus): PeerChange | undefined {
    const before = this.#states.get(peer.peerId);
    if (isPresent(peer.state)) this.#states.set(peer.peerId, peer.state);
    else this.#states.delete(peer.peerId);
    const change = changeBetween(before, peer.state);
    return change && { change, peer };
  }
}

function isPresent(state: PeerState): boolean {
  return state === 'alive' || state === 'suspect';
}

function changeBetween(before: PeerState | undefined, now: PeerState): PeerChange['change'] | undefined {
  if (before === now) return undefined;
  if (now === 'alive') return before === undefined ? 'joined' : 'back';
  if (now === 'suspect') return before === undefined ? undefined : 'suspect';
  if (before === undefined) return undefined;
  return now === 'left' ? 'left' : 'lost';
}
