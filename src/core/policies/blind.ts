import type { PlacementPolicy } from '../placement.ts';
import { rendezvousOrder } from '../rendezvous.ts';
import { FALLBACKS, placeFirst, sample, usable } from './sampling.ts';

/** Any peer, uniformly. */
export function randomPolicy(random: () => number): PlacementPolicy {
  return {
    name: 'random',
    learn() {},
    observe() {},
    next(_request, candidates) {
      return placeFirst(sample(usable(candidates), 1 + FALLBACKS, random), 'at random');
    },
  };
}

/** One peer after the other, by name, from a random start so that front doors do not march in step. */
export function roundRobinPolicy(random: () => number): PlacementPolicy {
  let turn = Math.floor(random() * 2 ** 31);
  return {
    name: 'round-robin',
    learn() {},
    observe() {},
    next(_request, candidates) {
      const ordered = [...usable(candidates)].sort((a, b) => (a.peer < b.peer ? -1 : 1));
      const start = turn % Math.max(1, ordered.length);
      turn = (turn + 1) % 2 ** 31;
      return placeFirst([...ordered.slice(start), ...ordered.slice(0, start)], 'its turn');
    },
  };
}

/** Always the first peer in the rendezvous order of the metatile, whatever its load. */
export function rendezvousPolicy(): PlacementPolicy {
  return {
    name: 'rendezvous',
    learn() {},
    observe() {},
    next(request, candidates) {
      const peers = usable(candidates).map((candidate) => candidate.peer);
      const ordered = rendezvousOrder(request.affinity, peers, 1 + FALLBACKS);
      return placeFirst(
        ordered.map((peer) => ({ peer })),
        'first in rendezvous order',
      );
    },
  };
}
