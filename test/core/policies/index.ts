import test from 'ava';
import fc from 'fast-check';
import { placementConfig } from '../../../src/config/placement.ts';
import { POLICY_NAMES } from '../../../src/core/placement.ts';
import { createPolicy } from '../../../src/core/policies/index.ts';
import { anyBids, anyMesh, bid, chosen, hold, mesh, request, uniform } from '../helpers/placement.ts';

const config = placementConfig.parse({});

for (const name of POLICY_NAMES) {
  test(`${name}: carries its name`, (t) => {
    t.is(createPolicy(name, uniform(1), config).name, name);
  });

  test(`${name}: decides after a bounded number of asks, on candidates only, each asked and named once`, (t) => {
    fc.assert(
      fc.property(anyMesh, anyBids, fc.nat(), (candidates, bidOf, seed) => {
        const peers = new Set(candidates.map((candidate) => candidate.peer));
        const { step, asks } = hold(createPolicy(name, uniform(seed), config), candidates, bidOf, request, 8);
        const asked = asks.flat();
        t.is(new Set(asked).size, asked.length);
        t.true(asks.every((ask) => ask.length > 0));
        const placed = step.kind === 'place' ? [step.peer, ...step.others] : [];
        t.is(new Set(placed).size, placed.length);
        const probed = step.kind === 'place' ? (step.probe ?? []) : [];
        t.true([...asked, ...placed, ...probed].every((peer) => peers.has(peer)));
      }),
    );
  });

  test(`${name}: takes no failing peer while a healthy one offers to draw`, (t) => {
    fc.assert(
      fc.property(anyMesh, fc.nat(), (candidates, seed) => {
        fc.pre(candidates.some((candidate) => !candidate.failing));
        const failing = new Set(candidates.filter((entry) => entry.failing).map((entry) => entry.peer));
        const policy = createPolicy(name, uniform(seed), config);
        t.false(failing.has(chosen(hold(policy, candidates, (peer) => bid(peer, 50)))));
      }),
    );
  });

  test(`${name}: tries a failing peer rather than nobody`, (t) => {
    const candidates = mesh(5).map((candidate) => ({ ...candidate, failing: true }));
    const policy = createPolicy(name, uniform(3), config);
    t.true(chosen(hold(policy, candidates, (peer) => bid(peer, 50))).startsWith('p'));
  });

  test(`${name}: refuses, with a reason, when there is nobody`, (t) => {
    const { step, asks } = hold(createPolicy(name, uniform(1), config), [], (peer) => bid(peer, 1));
    t.is(step.kind, 'refuse');
    t.regex(step.reason, /holds this project/);
    t.deepEqual(asks, []);
  });

  test(`${name}: same numbers, same decisions`, (t) => {
    const decisions = () => {
      const policy = createPolicy(name, uniform(7), config);
      return Array.from({ length: 50 }, (_, i) => {
        return hold(policy, mesh(20), (peer) => bid(peer, 30 + peer.length), {
          ...request,
          affinity: `${i}`,
        });
      });
    };
    t.deepEqual(decisions(), decisions());
  });
}
