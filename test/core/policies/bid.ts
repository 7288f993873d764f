import test from 'ava';
import fc from 'fast-check';
import { placementConfig } from '../../../src/config/placement.ts';
import { bidPolicy } from '../../../src/core/policies/bid.ts';
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
} from '../helpers/placement.ts';

const options = {
  ...placementConfig.parse({}).bid,
  candidates: 4,
  maxAsked: 12,
  maxAskedInVain: 64,
  dearFactor: 2,
};
const names = (count: number) => mesh(count).map((entry) => entry.peer);

test('asks four peers: itself, the first of the metatile, and holders of the project', (t) => {
  const { asks } = hold(bidPolicy(options), mesh(30), (peer) => bid(peer, 50));
  t.is(asks.length, 1);
  t.is(asks[0]?.length, 4);
  t.true(asks[0]?.includes('p0'));
  t.true(asks[0]?.includes(rendezvousOrder(request.affinity, names(30))[0]!));
  const holders = rendezvousOrder('world', names(30), 4);
  t.true(asks[0]!.filter((peer) => holders.includes(peer)).length >= 2);
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
      t.true(shared.includes(rendezvousOrder(affinity, names(30))[0]!));
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
  t.deepEqual(
    asks.map((ask) => ask.length),
    [4, 4, 4],
  );
  t.is(step.kind, 'place');
});

test('stops walking at the first bid that is not dear', (t) => {
  const asked: string[] = [];
  const auction = hold(bidPolicy(options), mesh(30), (peer) => {
    asked.push(peer);
    return bid(peer, asked.length === 6 ? 60 : 500);
  });
  t.is(auction.asks.length, 2);
  t.is(chosen(auction), asked[5]!);
});

test('a small mesh is asked completely when bids are dear', (t) => {
  const { asks } = hold(bidPolicy(options), mesh(8), (peer) => bid(peer, 500));
  t.deepEqual(asks.flat().sort(), names(8));
});

test('while all decline it asks twice as many each time, then refuses', (t) => {
  const { step, asks } = hold(bidPolicy(options), mesh(200), declined);
  t.deepEqual(
    asks.map((ask) => ask.length),
    [4, 4, 8, 16, 32],
  );
  t.deepEqual(step, { kind: 'refuse', reason: 'all 64 peers declined or did not answer' });
});

test('finds the only one of a room that can', (t) => {
  const only = (peer: string) => (peer === 'p23' ? bid(peer, 80) : declined(peer));
  t.is(chosen(hold(bidPolicy(options), mesh(30), only)), 'p23');
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

test('a rare project stays on its holders though others are as good, a hot one gets more', (t) => {
  const policy = bidPolicy(options);
  const holders = rendezvousOrder('world', names(30), 4);
  const outsider = names(30).find((peer) => peer !== 'p0' && !holders.includes(peer))!;
  const affinity = Array.from({ length: 1000 }, (_, i) => `tile-${i}`).find((key) => {
    return rendezvousOrder(key, names(30))[0] === outsider;
  })!;
  const place = (holderMs: number) =>
    chosen(
      hold(
        policy,
        mesh(30),
        (peer) => {
          if (peer === outsider) return bid(peer, 350);
          return holders.includes(peer) ? bid(peer, holderMs, { inFlight: 1 }) : declined(peer);
        },
        { ...request, affinity },
      ),
    );
  t.true(holders.includes(place(400)));
  t.is(place(2000), outsider);
});

test('more peers become holders while those there are cannot keep up', (t) => {
  const policy = bidPolicy(options);
  const place = (i: number) =>
    hold(policy, mesh(30), (peer) => bid(peer, busy.has(peer) ? 5000 : 350), {
      ...request,
      affinity: `t${i}`,
    });
  const busy = new Set(rendezvousOrder('world', names(30), 4));
  const askedOf = (i: number) => place(i).asks[0]!.filter((peer) => peer !== 'p0');
  const before = new Set(Array.from({ length: 3 }, (_, i) => askedOf(i)).flat());
  for (let i = 0; i < 40; i += 1) place(i);
  const after = new Set(Array.from({ length: 40 }, (_, i) => askedOf(i)).flat());
  t.true(after.size > before.size + 5);
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
