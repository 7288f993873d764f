import test from 'ava';
import fc from 'fast-check';
import type { Fault } from '../../../sim/faults/fault.ts';
import { generateFaults, MIXED_KINDS } from '../../../sim/faults/generate.ts';
import { endOf, peersOf } from '../../../sim/faults/span.ts';
import { SeededRandom } from '../../../sim/random.ts';
import { faultSchema } from '../../../sim/scenario/fault-schema.ts';

const bounds = { peers: 30, projects: 4, fromMs: 10_000, untilMs: 50_000 };

test('equal seeds draw equal faults, in the order of their times', (t) => {
  const faults = generateFaults(new SeededRandom(7), bounds);
  t.deepEqual(generateFaults(new SeededRandom(7), bounds), faults);
  t.notDeepEqual(generateFaults(new SeededRandom(8), bounds), faults);
  t.deepEqual(
    faults.toSorted((a, b) => a.atMs - b.atMs),
    faults,
  );
});

test('faults stay within their room and their time, and may stand in a file', (t) => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 40 }), (seed, peers) => {
      for (const fault of generateFaults(new SeededRandom(seed), { ...bounds, peers })) {
        t.true(fault.atMs >= bounds.fromMs && endOf(fault) <= bounds.untilMs);
        t.true(peersOf(fault).length > 0 && peersOf(fault).every((peer) => peer >= 0 && peer < peers));
        if (fault.kind === 'project-change') t.true(fault.project < bounds.projects);
        t.deepEqual(faultSchema.parse(JSON.parse(JSON.stringify(fault))), fault);
      }
    }),
    { numRuns: 100 },
  );
});

test('some runs have a theme: everybody leaves, engines alone fail, or two halves part for long', (t) => {
  const runs = Array.from({ length: 200 }, (_, seed) => generateFaults(new SeededRandom(seed), bounds));
  const having = (isSo: (faults: readonly Fault[]) => boolean) => runs.filter(isSo).length;
  t.true(having((faults) => faults.length >= 10 && faults.every(({ kind }) => kind === 'leave')) >= 5);
  t.true(having((faults) => faults.every(({ kind }) => /^(engine|memory|owner)/.test(kind))) >= 10);
  const isHalf = (fault: Fault) =>
    fault.kind === 'partition' && fault.forMs >= 20_000 && fault.peers.length >= 13;
  t.true(having((faults) => faults.length === 1 && faults.every(isHalf)) >= 5);
});

test('every kind of fault comes up in some runs and is left out of others', (t) => {
  const runs = Array.from({ length: 100 }, (_, seed) => generateFaults(new SeededRandom(seed), bounds));
  for (const kind of MIXED_KINDS) {
    const having = runs.filter((faults) => faults.some((fault) => fault.kind === kind)).length;
    t.true(having > 10 && having < 90, `${kind} in ${having} of 100 runs`);
  }
});
