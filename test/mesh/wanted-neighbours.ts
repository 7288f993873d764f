import test from 'ava';
import fc from 'fast-check';
import { chosenNeighbours } from '../../src/core/overlay.ts';
import type { Roster } from '../../src/mesh/roster.ts';
import { WantedNeighbours } from '../../src/mesh/wanted-neighbours.ts';

const options = { fullMesh: 6, degree: 3 };
const peers = Array.from({ length: 14 }, (_, i) => `peer-${i}`);

const move = fc.record({ peer: fc.constantFrom(...peers), isLookedAt: fc.boolean() });

/** Who lives, as a roster tells it. */
function roomOf(living: Set<string>): Roster {
  const roster = {
    own: { peer: 'self' },
    living: () => [...living],
    isLiving: (peer: string) => living.has(peer),
    get livingCount() {
      return living.size;
    },
  };
  return roster as unknown as Roster;
}

test('whoever comes and goes, the choice is that of choosing afresh', (t) => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      const living = new Set<string>();
      const wanted = new WantedNeighbours(roomOf(living), options);
      let known: ReadonlySet<string> | undefined;
      for (const { peer, isLookedAt } of moves) {
        if (!living.delete(peer)) living.add(peer);
        wanted.changed(peer);
        if (!isLookedAt) continue;
        known = wanted.choose() ?? known;
        t.deepEqual([...known!], [...chosenNeighbours('self', [...living], options)]);
        const afresh = chosenNeighbours('self', [...living], options);
        t.deepEqual(
          peers.filter((other) => wanted.has(other)),
          peers.filter((other) => afresh.has(other)),
        );
      }
    }),
  );
});

test('in a large mesh most who come and go change nothing', (t) => {
  const living = new Set(peers);
  const wanted = new WantedNeighbours(roomOf(living), options);
  t.is(wanted.choose()?.size, options.degree);
  const unwanted = peers.filter((peer) => !wanted.has(peer));
  for (const peer of unwanted.slice(0, 3)) {
    living.delete(peer);
    wanted.changed(peer);
    t.is(wanted.choose(), undefined);
  }
  const [chosen] = peers.filter((peer) => wanted.has(peer));
  living.delete(chosen!);
  wanted.changed(chosen!);
  t.false(wanted.choose()?.has(chosen!));
});
