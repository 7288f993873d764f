import test from 'ava';
import {
  leastLoadPolicy,
  twoChoicesPolicy,
  twoChoicesStalePolicy,
} from '../../../src/core/policies/least-load.ts';
import { bid, chosen, declined, hold, mesh, uniform } from '../helpers/placement.ts';

const loaded = mesh(6).map((entry, i) => ({ ...entry, gossipedLoad: 6 - i }));
const none = (peer: string) => bid(peer, 1);

test('least-load: the least by gossip, without asking', (t) => {
  const { step, asks } = hold(leastLoadPolicy(uniform(1)), loaded, none);
  t.deepEqual(asks, []);
  t.deepEqual(step.kind === 'place' && [step.peer, ...step.others], ['p5', 'p4', 'p3', 'p2']);
});

test('least-load: ties are broken differently from time to time', (t) => {
  const policy = leastLoadPolicy(uniform(1));
  t.true(new Set(Array.from({ length: 50 }, () => chosen(hold(policy, mesh(6), none)))).size > 3);
});

test('two-choices-stale: never the most loaded, for it always has a better partner', (t) => {
  const policy = twoChoicesStalePolicy(uniform(2));
  const seen = new Set(Array.from({ length: 300 }, () => chosen(hold(policy, loaded, none))));
  t.deepEqual([...seen].sort(), ['p1', 'p2', 'p3', 'p4', 'p5']);
});

test('two-choices: asks two, takes the one with fewer in flight', (t) => {
  const policy = twoChoicesPolicy(uniform(3));
  for (let i = 0; i < 100; i += 1) {
    const auction = hold(policy, mesh(6), (peer) => bid(peer, 1, { inFlight: Number(peer.slice(1)) }));
    t.is(auction.asks.length, 1);
    t.is(auction.asks[0]?.length, 2);
    t.is(chosen(auction), [...auction.asks[0]!].sort()[0]!);
  }
});

test('two-choices: goes elsewhere when both decline', (t) => {
  const auction = hold(twoChoicesPolicy(uniform(4)), mesh(6), declined);
  t.false(auction.asks.flat().includes(chosen(auction)));
});
