import test from 'ava';
import fc from 'fast-check';
import { SeededRandom } from '../../sim/random.ts';
import { ProbeOrder } from '../../src/mesh/probe-order.ts';
import type { Roster } from '../../src/mesh/roster.ts';

/** A peer `m` among others, of which some live and some are connected. */
function orderIn(room: { living: string[]; connected: string[] }, seed = 1): ProbeOrder {
  const roster = {
    own: { peer: 'm' },
    living: () => room.living,
    isLiving: (peer: string) => room.living.includes(peer),
  } as unknown as Roster;
  const network = {
    connected: () => [...room.connected],
    isConnected: (peer: string) => room.connected.includes(peer),
  };
  return new ProbeOrder({ network, roster, random: new SeededRandom(seed) });
}

const peers = ['a', 'c', 'f', 'k', 'p', 't', 'z'];
const some = fc.subarray(peers);

/** The turns of the ring and those of the round, apart. */
function turns(order: ProbeOrder, count: number) {
  const [ofRound, ofRing]: [unknown[], unknown[]] = [[], []];
  for (let turn = 0; turn < 2 * count; turn += 1)
    (turn % 2 === 0 ? ofRound : ofRing).push(order.nextNeighbour());
  return { ofRound, ofRing };
}

test('in each round every living neighbour has one turn, and every second turn is that of the successor', (t) => {
  fc.assert(
    fc.property(some, some, fc.nat(), (living, connected, seed) => {
      const neighbours = connected.filter((peer) => living.includes(peer));
      const order = orderIn({ living, connected }, seed);
      for (let round = 0; round < 3; round += 1) {
        const { ofRound, ofRing } = turns(order, neighbours.length);
        t.deepEqual(ofRound.sort(), neighbours);
        const successor = neighbours.find((peer) => peer > 'm') ?? neighbours[0];
        t.true(ofRing.every((peer) => peer === successor));
      }
      if (neighbours.length === 0) t.is(order.nextNeighbour(), undefined);
    }),
  );
});

test('strangers have their own rounds', (t) => {
  fc.assert(
    fc.property(some, some, (living, connected) => {
      const strangers = living.filter((peer) => !connected.includes(peer));
      const order = orderIn({ living, connected });
      const round = strangers.map(() => order.nextStranger());
      t.deepEqual(round.sort(), strangers);
      if (strangers.length === 0) t.is(order.nextStranger(), undefined);
    }),
  );
});

test('who dies or loses its connection within a round is left out of it', (t) => {
  const room = { living: [...peers], connected: [...peers] };
  const order = orderIn(room);
  const first = turns(order, 1).ofRound[0];
  room.living = room.living.filter((peer) => peer === first || peer < 'm');
  room.connected = room.connected.filter((peer) => peer !== 'a');
  const rest = ['c', 'f', 'k'].filter((peer) => peer !== first);
  t.deepEqual(turns(order, rest.length).ofRound.sort(), rest);
});

test('the successor is looked for again when neighbours have changed', (t) => {
  const room = { living: [...peers], connected: ['a', 'z'] };
  const order = orderIn(room);
  t.deepEqual(turns(order, 1).ofRing, ['z']);
  room.connected.push('p');
  order.neighboursChanged();
  t.deepEqual(turns(order, 1).ofRing, ['p']);
  room.living = ['a', 'c'];
  order.neighboursChanged();
  t.deepEqual(turns(order, 1).ofRing, ['a'], 'beyond the last name the ring goes on with the first');
});

test('rounds of different seeds go in different orders', (t) => {
  const roundOf = (seed: number) =>
    turns(orderIn({ living: peers, connected: peers }, seed), peers.length).ofRound.join('');
  t.true(new Set([1, 2, 3, 4, 5].map(roundOf)).size > 1);
});
