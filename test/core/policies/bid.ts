import test from 'ava';
import fc from 'fast-check';
import { placementConfig } from '../../../src/config/placement.ts';
import { bidPolicy as policyWith } from '../../../src/core/policies/bid.ts';
import { Circles } from '../../../src/core/policies/circles.ts';
import { markOf, OpenProjects } from '../../../src/core/policies/open-projects.ts';
import { rendezvousOrder } from '../../../src/core/rendezvous.ts';
import {
  anyBids,
  anyMesh,
  bid,
  candidate,
  chosen,
  declined,
  hold,
  mesh,
  request,
  uniform,
} from '../helpers/placement.ts';

const options = {
  ...placementConfig.parse({}).bid,
  candidates: 4,
  maxAsked: 12,
  maxAskedInVain: 64,
  dearFactor: 2,
  questionsPerRequest: 3.5,
};
const circleOptions = { ...placementConfig.parse({}).circles, min: 4 };
const openOptions = placementConfig.parse({}).open;
const bidPolicy = (bids: typeof options) =>
  policyWith(bids, new Circles(circleOptions), new OpenProjects(openOptions));
const names = (count: number) => mesh(count).map((entry) => entry.peer);

/** The first in the order of the drawing among the holders that all front doors agree on. */
const homeAmong = (count: number, holders: number, affinity: string = request.affinity) =>
  rendezvousOrder(affinity, rendezvousOrder('world', names(count), holders))[0]!;

test('asks itself and the home of the drawing, a holder of the project; holders when these are dear', (t) => {
  const { asks } = hold(bidPolicy(options), mesh(30), (peer) => bid(peer, 50));
  t.is(asks.length, 1);
  t.is(asks[0]?.length, 4);
  t.deepEqual(asks[0]?.slice(0, 2), ['p0', homeAmong(30, 4)]);
  const dear = hold(bidPolicy(options), mesh(30), (peer) => bid(peer, 500));
  const holders = rendezvousOrder('world', names(30), 4);
  t.true(holders.every((peer) => dear.asks.flat().includes(peer)));
  t.is(bidPolicy(options).home?.(request, mesh(30)), homeAmong(30, 4));
});

test('all front doors ask the same first peer for a metatile', (t) => {
  fc.assert(
    fc.property(fc.string(), fc.nat(29), fc.nat(29), (affinity, one, other) => {
      const firstAsk = (self: number) => {
        const candidates = mesh(30).map((entry, i) => ({ ...entry, self: i === self }));
        return hold(bidPolicy(options), candidates, (peer) => bid(peer, 50), { ...request, affinity })
          .asks[0]!;
      };
      const shared = firstAsk(one).filter((peer) => firstAsk(other).includes(peer));
      t.true(shared.includes(homeAmong(30, 4, affinity)));
    }),
  );
});

test('takes the lowest bid, the way there included', (t) => {
  const candidates = [
    candidate('here', { self: true, rttMs: 0 }),
    candidate('near'),
    candidate('far', { rttMs: 30 }),
  ];
  const prices: Record<string, number> = { here: 60, near: 50, far: 40 };
  const auction = hold(bidPolicy(options), candidates, (peer) => bid(peer, prices[peer]!));
  t.is(chosen(auction), 'near');
  t.deepEqual(auction.step.kind === 'place' && auction.step.others, ['here', 'far']);
  t.is(auction.step.reason, 'lowest of 3 bids: 51 ms');
});

test('equal bids go by the rendezvous order of the metatile, whoever answered first', (t) => {
  const candidates = mesh(4).map((entry) => ({ ...entry, self: false, rttMs: 1 }));
  const first = rendezvousOrder(request.affinity, names(4))[0]!;
  t.is(chosen(hold(bidPolicy(options), candidates, (peer) => bid(peer, 50))), first);
  t.is(chosen(hold(bidPolicy(options), [...candidates].reverse(), (peer) => bid(peer, 50))), first);
});

test('walks on while bids are dear, up to its bound', (t) => {
  const { step, asks } = hold(bidPolicy(options), mesh(30), (peer) =>
    bid(peer, 1000 - Number(peer.slice(1))),
  );
  // Four holders, as many who would be holders next, and itself.
  t.deepEqual(
    asks.map((ask) => ask.length),
    [4, 2, 2, 1],
  );
  t.is(step.kind, 'place');
  const wide = new Circles(circleOptions);
  wide.hear('world', { peers: 20, version: 1 }, 0);
  const auction = hold(policyWith(options, wide, new OpenProjects(openOptions)), mesh(30), (peer) =>
    bid(peer, 500),
  );
  t.is(auction.asks.flat().length, options.maxAsked);
});

test('stops walking at the first bid that is no higher than the service', (t) => {
  const asked: string[] = [];
  const auction = hold(bidPolicy(options), mesh(30), (peer) => {
    asked.push(peer);
    return bid(peer, asked.length === 6 ? 49 : 500);
  });
  t.is(auction.asks.length, 2);
  t.is(chosen(auction), asked[5]!);
});

test('a small mesh is asked completely when bids are dear, however often', (t) => {
  const policy = bidPolicy(options);
  for (let i = 0; i < 50; i += 1) {
    const { asks } = hold(policy, mesh(8), (peer) => bid(peer, 500));
    t.deepEqual(asks.flat().sort(), names(8));
    t.is(asks.length, 2);
  }
});

test('where all bids are dear, questions keep to their mean and go to those that would be answered last', (t) => {
  const policy = bidPolicy(options);
  const uniformly = uniform(1);
  const asked = { early: 0, late: 0 };
  const requests = 6_000;
  for (let i = 0; i < requests; i += 1) {
    const isLate = i % 4 === 0;
    const auction = hold(policy, mesh(30), (peer) => bid(peer, (isLate ? 900 : 300) * (1 + uniformly())), {
      ...request,
      affinity: String(i),
    });
    asked[isLate ? 'late' : 'early'] += auction.asks.flat().length - 1;
  }
  const mean = (asked.early + asked.late) / requests;
  t.true(Math.abs(mean - options.questionsPerRequest) < 0.2, String(mean));
  // The first ask alone is three others.
  t.true(asked.late / (requests / 4) > 4);
  t.true(asked.early / ((requests * 3) / 4) < 3.5);
});

test('while all decline it asks more, then refuses; the next round reaches further', (t) => {
  const asked = [0, 1, 2, 3, 4, 5, 6].map((round) => {
    const { step, asks } = hold(bidPolicy(options), mesh(200), declined, { ...request, round });
    t.is(step.kind, 'refuse');
    t.true(asks.flat().length <= options.maxAskedInVain);
    return new Set(asks.flat());
  });
  t.true(asked[0]!.size < 12);
  t.true(new Set(asked.flatMap((peers) => [...peers])).size > 100);
});

test('finds the only one of a room that can', (t) => {
  const only = (peer: string) => (peer === 'p23' ? bid(peer, 80) : declined(peer));
  const found = [0, 1, 2, 3, 4, 5].some((round) => {
    const { step } = hold(bidPolicy(options), mesh(30), only, { ...request, round });
    return step.kind === 'place' && step.peer === 'p23';
  });
  t.true(found);
});

test('asks failing peers only when no healthy one bids', (t) => {
  const candidates = mesh(6).map((entry) => ({ ...entry, failing: entry.peer === 'p5' }));
  const healthy = hold(bidPolicy(options), candidates, (peer) => bid(peer, 50));
  t.false(healthy.asks.flat().includes('p5'));
  const last = hold(bidPolicy(options), candidates, (peer) =>
    peer === 'p5' ? bid(peer, 50) : declined(peer),
  );
  t.is(chosen(last), 'p5');
  t.is(last.asks.flat().at(-1), 'p5');
});

test('a cached answer wins against drawing', (t) => {
  const auction = hold(bidPolicy(options), mesh(4), (peer) => {
    return peer === 'p2' ? bid(peer, 0, { kind: 'cached', inFlight: 9 }) : bid(peer, 20);
  });
  t.is(chosen(auction), 'p2');
});

test('joins a drawing that ends up to one service later than a new one would, not one that ends much later', (t) => {
  const drawingEndsIn = (ms: number) =>
    chosen(
      hold(bidPolicy(options), mesh(4), (peer) => {
        return peer === 'p2' ? bid(peer, ms, { kind: 'drawing' }) : bid(peer, 50);
      }),
    );
  t.is(drawingEndsIn(95), 'p2');
  t.not(drawingEndsIn(140), 'p2');
});

test('prefers an idle machine to a wait at one that would be a little earlier', (t) => {
  const pick = (busyMs: number) =>
    chosen(
      hold(bidPolicy(options), [candidate('idle'), candidate('busy')], (peer) => {
        return peer === 'busy' ? bid(peer, busyMs, { inFlight: 2 }) : bid(peer, 60);
      }),
    );
  t.is(pick(50), 'idle');
  t.is(pick(30), 'busy');
});

test('a rare project stays on its holders though others are as good', (t) => {
  const holders = rendezvousOrder('world', names(30), 4);
  const place = (holderMs: number) =>
    chosen(
      hold(bidPolicy(options), mesh(30), (peer) =>
        holders.includes(peer) ? bid(peer, holderMs, { inFlight: 1 }) : bid(peer, 350),
      ),
    );
  t.true(holders.includes(place(400)));
  t.false(holders.includes(place(2000)));
});

test('tells the holders that they are, and when there are too few of them', (t) => {
  const policy = bidPolicy(options);
  const candidates = mesh(30);
  const step = policy.next(request, candidates, []);
  const holders = rendezvousOrder('world', names(30), 4);
  t.deepEqual(step.kind === 'ask' && [...step.holders!].sort(), [...holders].sort());
  const shortWhile = (outsiderInFlight: number) => {
    const { step: last } = hold(bidPolicy(options), mesh(30), (peer) =>
      holders.includes(peer)
        ? bid(peer, 400, { inFlight: 2 })
        : bid(peer, 390, { inFlight: outsiderInFlight }),
    );
    return last.kind === 'place' && last.short;
  };
  t.true(shortWhile(0));
  t.false(shortWhile(2));
  const small = bidPolicy(options).next(request, mesh(6), []);
  t.is(small.kind === 'ask' && small.holders, undefined);
});

test('whoever has the project open is asked for it, and nobody has to open it any more', (t) => {
  const open = new OpenProjects(openOptions);
  const policy = policyWith(options, new Circles(circleOptions), open);
  const having = names(30).slice(10, 20);
  for (const peer of names(30)) open.hear(peer, having.includes(peer) ? [markOf('world')] : [], 0);
  const step = policy.next(request, mesh(30), []);
  if (step.kind !== 'ask') throw new Error('nobody is asked');
  t.true(step.peers.every((peer) => peer === 'p0' || having.includes(peer)));
  t.true(having.includes(policy.home!(request, mesh(30))!));
  t.deepEqual([step.holders!.size, step.openers!.size], [0, 0]);
  const dear = hold(policy, mesh(30), (peer) => bid(peer, 500)).asks.flat();
  const others = dear.filter((peer) => peer !== 'p0' && !having.includes(peer));
  t.is(others.length, 1, 'one who would be a holder next');
});

test('where too few have it open, the first of its order open it, though they are busy', (t) => {
  const open = new OpenProjects(openOptions);
  const circles = new Circles(circleOptions);
  const policy = policyWith(options, circles, open);
  const order = rendezvousOrder('world', names(30));
  open.hear(order[5]!, [markOf('world')], 0);
  const roles = () => {
    const step = policy.next({ ...request }, mesh(30), []);
    return step.kind === 'ask' ? [[...step.openers!], [...step.holders!]] : [];
  };
  t.deepEqual(roles(), [order.slice(0, 3), order.slice(0, 3)]);
  // Those that a hot project should have beside them open it when they have nothing else to do.
  circles.hear('world', { peers: 8, version: 1 }, 0);
  const wanted = order.filter((_, index) => index !== 5).slice(0, 7);
  t.deepEqual(roles(), [wanted.slice(0, 3), wanted]);
});

test('where all should have every project, everybody may open it', (t) => {
  const policy = policyWith(
    options,
    new Circles({ ...circleOptions, min: 30 }),
    new OpenProjects(openOptions),
  );
  const step = policy.next(request, mesh(30), []);
  t.is(step.kind === 'ask' && step.holders, undefined);
});

test('without a project to go by, candidates are the first of the metatile', (t) => {
  const { group: _, ...ungrouped } = request;
  const { asks } = hold(bidPolicy(options), mesh(30), (peer) => bid(peer, 50), ungrouped);
  t.deepEqual(asks, [
    [
      'p0',
      ...rendezvousOrder(request.affinity, names(30))
        .filter((p) => p !== 'p0')
        .slice(0, 3),
    ],
  ]);
});

test('never takes an outsider or a busy peer that bids more than twice what some holder does', (t) => {
  fc.assert(
    fc.property(anyMesh, anyBids, (candidates, bidOf) => {
      const answers = new Map<string, number>();
      const { step } = hold(bidPolicy(options), candidates, (peer) => {
        const answer: ReturnType<typeof bid> = { ...bidOf(peer), kind: 'draw' };
        answers.set(
          peer,
          answer.expectedMs + (candidates.find((c) => c.peer === peer)!.self ? 0 : rtt(peer)),
        );
        return answer;
      });
      function rtt(peer: string): number {
        return candidates.find((entry) => entry.peer === peer)!.rttMs;
      }
      const best = Math.min(...answers.values());
      t.is(step.kind === 'place', best < Infinity);
      const worst = options.busyFactor * options.outsiderFactor * best + 1e-6;
      if (step.kind === 'place') t.true(answers.get(step.peer)! <= worst);
    }),
  );
});

test('those that are connected are asked first: connecting takes longer than a bid', (t) => {
  const open = new OpenProjects(openOptions);
  const policy = policyWith(options, new Circles(circleOptions), open);
  for (const peer of names(30)) open.hear(peer, [markOf('world')], 0);
  const connected = new Set(names(30).slice(0, 12));
  const candidates = mesh(30).map((entry) => ({ ...entry, connected: connected.has(entry.peer) }));
  const home = policy.home!(request, candidates);
  const { asks } = hold(policy, candidates, (peer) => bid(peer, 500));
  const others = asks.flat().filter((peer) => peer !== home);
  t.true(others.length >= 10);
  t.true(others.slice(0, 10).every((peer) => connected.has(peer)));
});

test('while others wait in vain, only those who may have the answer are asked', (t) => {
  const brief = { ...request, isBrief: true };
  for (const count of [5, 30]) {
    const policy = bidPolicy(options);
    const home = policy.home!(brief, mesh(count))!;
    const refused = hold(policy, mesh(count), declined, brief);
    t.is(refused.step.kind, 'refuse');
    t.is(refused.asks.length, 1);
    t.true(refused.asks[0]!.includes(home) && refused.asks[0]!.length <= options.candidates);
    const taken = hold(policy, mesh(count), (peer) => bid(peer, peer === home ? 60 : Infinity), brief);
    t.is(chosen(taken), home);
  }
});
