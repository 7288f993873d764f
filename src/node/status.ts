import type { Member } from '../mesh/offer.ts';
import type { PeerLoad, PeerStatus } from '../mesh/peer-status.ts';
import type { DrawnCounts } from './drawn-counts.ts';

/** A member as people and scripts see it. `ownLoad` is fresher than what this peer last announced of itself. */
export function describePeer(member: Member, drawn: DrawnCounts, ownLoad: PeerLoad): PeerStatus {
  const { peer, self, state, offer, addresses, rttMs, clockOffsetMs } = member;
  return {
    peerId: peer,
    name: offer.name,
    self,
    state,
    addresses,
    engines: offer.engines.map(({ name, version }) => ({ name, version })),
    projects: offer.projects.map(({ id, hash }) => ({ id, hash })),
    cores: offer.cores,
    owner: offer.ownerState,
    draining: offer.draining ?? false,
    load: self ? ownLoad : { ...offer.load, slots: offer.slots },
    ...(rttMs === undefined ? {} : { rttMs }),
    ...(clockOffsetMs === undefined ? {} : { clockOffsetMs }),
    version: offer.version,
    drawn: drawn.of(peer),
  };
}
