import test from 'ava';
import fc from 'fast-check';
import { SeededRandom } from '../../../sim/random.ts';
import { failingRoom, failingTogether } from '../../../sim/swarm/engines.ts';

const bounds = fc.record({
  peers: fc.integer({ min: 2, max: 100 }),
  fromMs: fc.nat({ max: 100_000 }),
  lastingMs: fc.integer({ min: 100, max: 600_000 }),
  seed: fc.nat(),
});

interface Drawn {
  readonly peers: number;
  readonly fromMs: number;
  readonly lastingMs: number;
  readonly seed: number;
}

function faultsOf({ peers, fromMs, lastingMs, seed }: Drawn) {
  const limits = { peers, projects: 8, fromMs, untilMs: fromMs + lastingMs };
  return failingTogether(new SeededRandom(seed), limits).map((fault) => {
    if (fault.kind !== 'engine-failure') throw new Error(fault.kind);
    return fault;
  });
}

test('all engines that fail are whole again in time, and of machines that there are', (t) => {
  fc.assert(
    fc.property(bounds, (drawn) => {
      for (const { atMs, forMs, peer, rate } of faultsOf(drawn)) {
        t.true(atMs >= drawn.fromMs && atMs + forMs <= drawn.fromMs + drawn.lastingMs);
        t.true(forMs >= 1 && Number.isInteger(forMs) && Number.isInteger(atMs));
        t.true(Number.isInteger(peer) && peer >= 0 && peer < drawn.peers);
        t.is(rate, 1);
      }
    }),
  );
});

test('of the holders of a project and of the attempts of a request one is always left', (t) => {
  fc.assert(
    fc.property(bounds, (drawn) => {
      const { settings, projects } = failingRoom(drawn.peers);
      const waves = Map.groupBy(faultsOf(drawn), ({ atMs }) => atMs);
      for (const faults of waves.values()) {
        const failing = new Set(faults.map(({ peer }) => peer));
        t.is(failing.size, faults.length, 'each machine fails once');
        t.true(failing.size < settings.maps.maxAttempts);
        t.true(failing.size <= projects.holders);
      }
    }),
  );
});

test('one wave is over before the next one begins', (t) => {
  fc.assert(
    fc.property(bounds, (drawn) => {
      const begins = [...Map.groupBy(faultsOf(drawn), ({ atMs }) => atMs)].sort(([a], [b]) => a - b);
      for (const [at, [, faults]] of begins.entries()) {
        const nextMs = begins[at + 1]?.[0] ?? Infinity;
        for (const { atMs, forMs } of faults) t.true(atMs + forMs <= nextMs);
      }
    }),
  );
});

test('a seed draws the same waves again, another one others', (t) => {
  const drawn = { peers: 30, fromMs: 0, lastingMs: 60_000, seed: 1 };
  t.deepEqual(faultsOf(drawn), faultsOf(drawn));
  t.notDeepEqual(faultsOf(drawn), faultsOf({ ...drawn, seed: 2 }));
});
