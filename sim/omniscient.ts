import type { PlacementPolicy } from '../src/core/placement.ts';
import type { Room } from './room.ts';

/** A request that was sent and has not come within this time, ms, met a cache. */
const ON_THE_WAY_MS = 20;

/**
 * The bound: sees the queue of every machine at the moment of each request, and what is on its way there, at no
 * cost. It does not see how long this very drawing takes, only the mean of its project; it does not look into
 * caches. Like the product's own policy it would rather not wait at a fast machine while a slower one idles.
 */
export function omniscientPolicy(room: Room): PlacementPolicy {
  const { busyFactor } = room.config.placement.bid;
  const onTheWay = new Map<string, Array<{ sentMs: number; serviceMs: number }>>();

  const waitingFor = (peer: string): number[] => {
    const sent = onTheWay.get(peer)?.filter(({ sentMs }) => room.nowMs - sentMs < ON_THE_WAY_MS) ?? [];
    onTheWay.set(peer, sent);
    return sent.map(({ serviceMs }) => serviceMs);
  };

  room.observeArrivals((peer) => onTheWay.get(peer)?.shift());

  return {
    name: 'omniscient',
    learn() {},
    observe() {},
    next({ group = '' }, candidates) {
      const serviceMs = room.work.projectMs(room.projects.numberOf(group));
      const offers = candidates
        .filter(({ failing }) => !failing)
        .flatMap(({ peer, self }) => {
          const engine = room.seatOf(peer)?.peer.life?.engine;
          if (!engine) return [];
          const wayMs = self ? 0 : 2 * room.scenario.network.latencyMs;
          const before = waitingFor(peer);
          const { slots, running } = engine.load();
          const busy = running + before.length >= slots ? busyFactor : 1;
          return [{ peer, cost: busy * (engine.finishMs(group, serviceMs, before) + wayMs) }];
        })
        .sort((a, b) => a.cost - b.cost);
      const [best, ...others] = offers;
      if (!best) return { kind: 'refuse', reason: 'no machine runs that could' };
      const sent = { sentMs: room.nowMs, serviceMs };
      onTheWay.set(best.peer, [...(onTheWay.get(best.peer) ?? []), sent]);
      return {
        kind: 'place',
        peer: best.peer,
        others: others.map(({ peer }) => peer),
        reason: 'first to be finished, as seen from above',
      };
    },
  };
}
