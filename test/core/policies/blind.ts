import test from 'ava';
import { randomPolicy, rendezvousPolicy, roundRobinPolicy } from '../../../src/core/policies/blind.ts';
import { rendezvousOrder } from '../../../src/core/rendezvous.ts';
import { bid, chosen, hold, mesh, request, uniform } from '../helpers/placement.ts';

const none = (peer: string) => bid(peer, 1);

test('random: every peer gets about its share', (t) => {
  const policy = randomPolicy(uniform(5));
  const counts = new Map<string, number>();
  for (let i = 0; i < 10_000; i += 1) {
    const peer = chosen(hold(policy, mesh(10), none));
    counts.set(peer, (counts.get(peer) ?? 0) + 1);
  }
  t.is(counts.size, 10);
  for (const count of counts.values()) t.true(Math.abs(count - 1000) < 5 * Math.sqrt(1000), `${count}`);
});

test('round-robin: each peer once in each round', (t) => {
  const policy = roundRobinPolicy(uniform(5));
  const round = () => Array.from({ length: 7 }, () => chosen(hold(policy, mesh(7), none)));
  const first = round();
  t.is(new Set(first).size, 7);
  t.deepEqual(round(), first);
});

test('rendezvous: always the first of the metatile, then the next', (t) => {
  const order = rendezvousOrder(
    request.affinity,
    mesh(10).map((entry) => entry.peer),
    4,
  );
  const { step, asks } = hold(rendezvousPolicy(), mesh(10), none);
  t.deepEqual(asks, []);
  t.deepEqual(step.kind === 'place' && [step.peer, ...step.others], order);
});
