import type { Membership } from '../mesh/membership.ts';
import type { Member } from '../mesh/offer.ts';
import type { PeerId } from '../platform/network.ts';
import type { JobPeer, JobPeers } from './job-peers.ts';

/** The wire protocol that a peer must speak to take part, as in `Offer.protocols`. */
export const JOBS_PROTOCOL = { name: 'jobs', version: 1 } as const;

/** The members of a mesh that take part in jobs. */
export function jobPeersOf(membership: Membership): JobPeers {
  return {
    others: () => membership.members().filter(isThere).map(jobPeer),
    isAlone: () => !membership.isLearning && !membership.members().some(mayLive),
    onChange(listener: (peer: PeerId, isThere: boolean) => void) {
      membership.on('change', (member) => {
        // Who is merely suspected may answer in a moment: its leases are not ended for that.
        if (!member.self && member.state !== 'suspect') listener(member.peer, isThere(member));
      });
    },
    ensureConnected: (peer) => membership.ensureConnected(peer),
  };
}

function isThere(member: Member): boolean {
  return member.state === 'alive' && mayLive(member);
}

/** A peer that stood still suspects all others as soon as it goes on, until they have answered: they live all the same. */
function mayLive({ self, state, offer }: Member): boolean {
  const { name, version } = JOBS_PROTOCOL;
  return (
    !self &&
    (state === 'alive' || state === 'suspect') &&
    offer.protocols.some((each) => each.name === name && each.version === version)
  );
}

function jobPeer({ peer, offer }: Member): JobPeer {
  return { peer, processes: offer.processes ?? '' };
}
