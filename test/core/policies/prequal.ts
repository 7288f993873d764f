import test from 'ava';
import { placementConfig } from '../../../src/config/placement.ts';
import { prequalPolicy } from '../../../src/core/policies/prequal.ts';
import { bid, chosen, declined, hold, mesh, request, uniform } from '../helpers/placement.ts';

const options = placementConfig.parse({}).prequal;
const none = (peer: string) => bid(peer, 1);

test('asks nobody before it decides and probes three peers afterwards', (t) => {
  const { step, asks } = hold(prequalPolicy(uniform(1), options), mesh(10), none);
  t.deepEqual(asks, []);
  t.is(step.kind === 'place' && step.probe?.length, 3);
});

test('takes the lowest latency among peers that are not hot', (t) => {
  const policy = prequalPolicy(uniform(1), options);
  const probes = [10, 20, 30, 40, 50, 60, 70].map((ms, i) =>
    bid(`p${i}`, ms, { inFlight: i === 0 ? 90 : 2 }),
  );
  policy.learn(probes, 0);
  t.is(chosen(hold(policy, mesh(10), none)), 'p1');
});

test('counts its own requests, so that one good answer does not draw them all', (t) => {
  const policy = prequalPolicy(uniform(1), { ...options, hotQuantile: 0.5 });
  policy.learn(
    [1, 2, 3, 4].map((i) => bid(`p${i}`, 10 + i / 10, { inFlight: 1 })),
    0,
  );
  const used = new Set(Array.from({ length: 3 }, () => chosen(hold(policy, mesh(10), none))));
  t.true(used.size > 1);
});

test('forgets answers that are old, from peers that are gone, or that decline', (t) => {
  const fresh = () => {
    const policy = prequalPolicy(uniform(9), options);
    policy.learn([bid('p7', 1), bid('p8', 2), bid('gone', 0)], 0);
    return policy;
  };
  const manyPicks = (policy: ReturnType<typeof fresh>, nowMs: number) =>
    new Set(Array.from({ length: 40 }, () => chosen(hold(policy, mesh(10), none, { ...request, nowMs }))));
  t.is(chosen(hold(fresh(), mesh(10), none, { ...request, nowMs: 900 })), 'p7');
  t.true(manyPicks(fresh(), 1001).size > 5);
  const declining = fresh();
  declining.learn([declined('p7')], 1);
  t.true(manyPicks(declining, 2).size > 5);
});

test('an answer places a bounded number of requests', (t) => {
  const policy = prequalPolicy(uniform(1), { ...options, maxUses: 2 });
  policy.learn([bid('p1', 1), bid('p2', 50)], 0);
  const picks = Array.from({ length: 60 }, () => chosen(hold(policy, mesh(30), none)));
  t.true(picks.filter((peer) => peer === 'p1').length < 12);
});
