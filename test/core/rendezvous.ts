import test from 'ava';
import fc from 'fast-check';
import { precedes, rendezvousOrder, weightedRendezvousOrder } from '../../src/core/rendezvous.ts';

const peerSets = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 40 });

/** The first peer for each of `keys` keys. */
function owners(peers: readonly string[], keys: number): string[] {
  return Array.from({ length: keys }, (_, i) => rendezvousOrder(`project/${i}`, peers, 1)[0]!);
}

const mesh = Array.from({ length: 50 }, (_, i) => `12D3KooW-peer-${i}`);

test('an order holds every peer once', (t) => {
  fc.assert(
    fc.property(fc.string(), peerSets, (key, peers) => {
      t.deepEqual([...rendezvousOrder(key, peers)].sort(), [...peers].sort());
    }),
  );
});

test('the order is the same for every caller, whatever order they know the peers in', (t) => {
  fc.assert(
    fc.property(fc.string(), peerSets, (key, peers) => {
      t.deepEqual(rendezvousOrder(key, [...peers].reverse()), rendezvousOrder(key, peers));
    }),
  );
});

test('a limit cuts the order and changes nothing else', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.nat(150), fc.integer({ min: -1, max: 160 }), (key, count, limit) => {
      const peers = Array.from({ length: count }, (_, i) => `p${i}`);
      t.deepEqual(
        rendezvousOrder(key, peers, limit),
        rendezvousOrder(key, peers).slice(0, Math.max(0, limit)),
      );
    }),
  );
});

test('a peer that leaves takes nothing but itself out of the order', (t) => {
  fc.assert(
    fc.property(fc.string(), peerSets, fc.nat(), (key, peers, index) => {
      const leaver = peers[index % peers.length];
      const before = rendezvousOrder(key, peers);
      const after = rendezvousOrder(
        key,
        peers.filter((peer) => peer !== leaver),
      );
      t.deepEqual(
        after,
        before.filter((peer) => peer !== leaver),
      );
    }),
  );
});

test('each peer is first for its fair share of keys', (t) => {
  const keys = 20_000;
  const counts = new Map<string, number>();
  for (const owner of owners(mesh, keys)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const fair = keys / mesh.length;
  // Five standard deviations of a binomial count around its mean.
  const tolerance = 5 * Math.sqrt(fair);
  t.is(counts.size, mesh.length);
  for (const count of counts.values())
    t.true(Math.abs(count - fair) < tolerance, `${count} of about ${fair}`);
});

test('the keys of a peer that leaves spread over all others', (t) => {
  const before = owners(mesh, 20_000);
  const after = owners(mesh.slice(1), 20_000);
  const heirs = new Set(after.filter((_, i) => before[i] === mesh[0]));
  t.is(heirs.size, mesh.length - 1);
});

test('neighbouring keys have unrelated owners', (t) => {
  const first = owners(mesh, 20_000);
  const same = first.filter((owner, i) => i > 0 && owner === first[i - 1]).length;
  const expected = first.length / mesh.length;
  t.true(Math.abs(same - expected) < 5 * Math.sqrt(expected), `${same} of about ${expected}`);
});

test('orders agree with those of earlier versions, so that mixed meshes place alike', (t) => {
  t.deepEqual(rendezvousOrder('world/3/2/1', ['a', 'b', 'c', 'd', 'e']), ['c', 'e', 'a', 'd', 'b']);
});

test('with equal weights a weighted order is the plain one', (t) => {
  fc.assert(
    fc.property(
      fc.string(),
      peerSets,
      fc.double({ min: 0.1, max: 10, noNaN: true }),
      (key, peers, weight) => {
        t.deepEqual(
          weightedRendezvousOrder(key, peers, () => weight),
          rendezvousOrder(key, peers),
        );
      },
    ),
  );
});

test('a peer comes first as often as its share of all weights says', (t) => {
  const peers = mesh.slice(0, 10);
  const first = Array.from({ length: 4000 }, (_, i) => {
    return weightedRendezvousOrder(`tile/${i}`, peers, (peer) => (peer === peers[3] ? 11 : 1))[0];
  });
  const share = first.filter((peer) => peer === peers[3]).length / first.length;
  t.true(Math.abs(share - 0.55) < 0.04, `${share} of 0.55`);
});

test('one precedes another as in the order of all', (t) => {
  fc.assert(
    fc.property(fc.string(), peerSets, (key, peers) => {
      const order = rendezvousOrder(key, peers);
      for (let i = 1; i < order.length; i += 1) {
        t.true(precedes(key, order[i - 1]!, order[i]!));
        t.false(precedes(key, order[i]!, order[i - 1]!));
      }
    }),
  );
});
