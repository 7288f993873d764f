import test from 'ava';
import { chosenNeighbours } from '../../src/core/overlay.ts';

const options = { fullMesh: 50, degree: 12 };
const peers = (count: number) => Array.from({ length: count }, (_, i) => `peer-${i}`);

function choices(count: number): Map<string, Set<string>> {
  const all = peers(count);
  return new Map(
    all.map((self) => [
      self,
      chosenNeighbours(
        self,
        all.filter((peer) => peer !== self),
        options,
      ),
    ]),
  );
}

test('in a small mesh everyone is chosen', (t) => {
  t.is(chosenNeighbours('self', peers(49), options).size, 49);
  t.is(chosenNeighbours('self', [], options).size, 0);
});

test('above the limit each chooses a few, and every peer is reached within four hops', (t) => {
  for (const count of [51, 200, 800]) {
    const chosen = choices(count);
    const links = new Map(peers(count).map((peer) => [peer, new Set<string>()]));
    for (const [self, others] of chosen) {
      t.is(others.size, options.degree);
      for (const other of others) {
        links.get(self)!.add(other);
        links.get(other)!.add(self);
      }
    }
    let reached = new Set(['peer-0']);
    for (let hop = 0; hop < 4; hop += 1) {
      reached = new Set([...reached].flatMap((peer) => [peer, ...links.get(peer)!]));
    }
    t.is(reached.size, count);
    t.true(Math.max(...[...links.values()].map((set) => set.size)) < 4 * options.degree);
  }
});

test('the graph holds together when half of the peers are gone', (t) => {
  const chosen = choices(400);
  const alive = new Set(peers(400).filter((_, i) => i % 2 === 0));
  const links = new Map([...alive].map((peer) => [peer, new Set<string>()]));
  for (const [self, others] of chosen) {
    for (const other of others) {
      if (!alive.has(self) || !alive.has(other)) continue;
      links.get(self)!.add(other);
      links.get(other)!.add(self);
    }
  }
  const reached = new Set(['peer-0']);
  for (const peer of reached) for (const other of links.get(peer)!) reached.add(other);
  t.is(reached.size, 200);
});

test('a peer that comes or goes changes few choices', (t) => {
  const before = choices(200);
  const after = choices(201);
  let changed = 0;
  for (const [self, others] of before) {
    changed += [...others].filter((other) => !after.get(self)!.has(other)).length;
  }
  t.true(changed < 30, `${changed} of ${200 * options.degree}`);
});
