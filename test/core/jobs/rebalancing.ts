import test from 'ava';
import fc from 'fast-check';
import { latestElsewhereMs, planMoves, type WaitingJob } from '../../../src/core/jobs/rebalancing.ts';
import { SlotPlan } from '../../../src/core/jobs/slot-plan.ts';

const bounds = { leastGainMs: 1000, leastGain: 0.2 };

function waiting(id: string, serviceMs = 5000, isMovable = true): WaitingJob {
  return { id, serviceMs, isLong: false, slots: 1, isMovable };
}

function planOf(slots: number, ...runningMs: readonly number[]): SlotPlan {
  const plan = new SlotPlan(slots);
  for (const ms of runningMs) plan.add({ serviceMs: ms, isLong: false, slots: 1 });
  return plan;
}

const idle = (...peers: readonly string[]) => peers.map((peer) => ({ peer, expectedMs: 5000 }));

test('the first in turn that gain go, each to the lowest offer that is left', (t) => {
  const queue = [waiting('one'), waiting('two'), waiting('three', 5000, false), waiting('four')];
  const offers = [
    { peer: 'busy', expectedMs: 9000 },
    { peer: 'idle', expectedMs: 5000 },
  ];
  t.deepEqual(
    planMoves(planOf(1, 4000), queue, offers, bounds).map(({ job, peer }) => `${job} ${peer}`),
    ['one idle', 'four busy'],
  );
});

test('who would begin here soon stays, as does who may not go', (t) => {
  t.deepEqual(planMoves(planOf(1, 900), [waiting('one')], idle('a'), bounds), []);
  t.deepEqual(planMoves(planOf(2, 60_000), [waiting('one')], idle('a'), bounds), []);
  t.deepEqual(planMoves(planOf(1, 60_000), [waiting('one', 5000, false)], idle('a'), bounds), []);
  // A minute is gained of ten, which may be a mistake.
  t.deepEqual(
    planMoves(planOf(1, 60_000), [waiting('one', 600_000)], [{ peer: 'a', expectedMs: 600_000 }], bounds),
    [],
  );
});

test('the peer has to keep the gain when it claims', (t) => {
  const [move] = planMoves(planOf(1, 15_000), [waiting('one')], idle('a'), bounds);
  t.is(move?.withinMs, latestElsewhereMs(20_000, bounds));
  t.is(move?.withinMs, 16_000);
});

const job = fc.record({
  serviceMs: fc.integer({ min: 1, max: 100_000 }),
  isLong: fc.boolean(),
  slots: fc.integer({ min: 1, max: 4 }),
  isMovable: fc.boolean(),
});

test('no job that stays ends later, and whoever goes gains clearly', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4 }),
      fc.array(fc.nat({ max: 100_000 }), { maxLength: 4 }),
      fc.array(job, { maxLength: 12 }),
      fc.array(fc.nat({ max: 200_000 }), { maxLength: 8 }),
      (slots, runningMs, jobs, offered) => {
        const queue = jobs.map((each, at) => ({ ...each, id: String(at) }));
        const offers = offered.map((expectedMs, at) => ({ peer: `peer ${at}`, expectedMs }));
        const moves = planMoves(planOf(slots, ...runningMs), queue, offers, bounds);
        const peers = moves.map(({ peer }) => peer);
        t.is(new Set(peers).size, peers.length);
        const before = endsOf(planOf(slots, ...runningMs), queue);
        const gone = new Set(moves.map((move) => move.job));
        const after = endsOf(
          planOf(slots, ...runningMs),
          queue.filter(({ id }) => !gone.has(id)),
        );
        for (const [id, endMs] of after) t.true(endMs <= (before.get(id) ?? 0));
        for (const move of moves) {
          const offer = offers.find(({ peer }) => peer === move.peer);
          t.true((offer?.expectedMs ?? Infinity) <= move.withinMs);
          t.true(move.withinMs <= (before.get(move.job) ?? 0) - bounds.leastGainMs || slots === 0);
        }
      },
    ),
  );
});

function endsOf(plan: SlotPlan, queue: readonly WaitingJob[]): Map<string, number> {
  return new Map(queue.map((job) => [job.id, plan.add(job)]));
}

/** A mesh in which nothing runs, everybody knows how long jobs take, and each peer in turn offers what waits there. */
test('offers come to an end, and then nobody waits who would clearly gain elsewhere', (t) => {
  const peer = fc.record({
    slots: fc.integer({ min: 1, max: 3 }),
    queue: fc.array(fc.integer({ min: 500, max: 60_000 }), { maxLength: 10 }),
  });
  fc.assert(
    fc.property(fc.array(peer, { minLength: 2, maxLength: 6 }), (peers) => {
      const queues = peers.map(({ queue }, at) =>
        queue.map((serviceMs, i) => waiting(`${at} ${i}`, serviceMs)),
      );
      const jobs = queues.flat().length;
      const plan = (at: number) => new SlotPlan(peers[at]?.slots ?? 0);
      const bid = (at: number, serviceMs: number) => {
        const busy = plan(at);
        for (const each of queues[at] ?? []) busy.add(each);
        return busy.waitMs({ isLong: false, slots: 1 }) + serviceMs;
      };
      const round = () => {
        let moved = 0;
        for (const [at, queue] of queues.entries()) {
          for (const { serviceMs } of [...queue]) {
            const offers = peers.flatMap((_, other) =>
              other === at ? [] : [{ peer: String(other), expectedMs: bid(other, serviceMs) }],
            );
            const movable = queue.map((each) => ({ ...each, isMovable: each.serviceMs === serviceMs }));
            for (const move of planMoves(plan(at), movable, offers, bounds)) {
              const to = Number(move.peer);
              const from = queue.findIndex(({ id }) => id === move.job);
              // It declines when it was given others meanwhile.
              if (bid(to, serviceMs) > move.withinMs) continue;
              queues[to]?.push(...queue.splice(from, 1));
              moved += 1;
            }
          }
        }
        return moved;
      };
      let rounds = 0;
      while (round() > 0) {
        rounds += 1;
        t.true(rounds <= 100 * (1 + jobs), 'jobs go round and round');
      }
      t.is(queues.flat().length, jobs);
      t.is(new Set(queues.flat().map(({ id }) => id)).size, jobs);
      for (const [at, queue] of queues.entries()) {
        for (const [id, endMs] of endsOf(plan(at), queue)) {
          const { serviceMs = 0 } = queue.find((each) => each.id === id) ?? {};
          const best = Math.min(
            ...peers.map((_, other) => (other === at ? Infinity : bid(other, serviceMs))),
          );
          t.true(best > latestElsewhereMs(endMs, bounds));
        }
      }
    }),
  );
});
