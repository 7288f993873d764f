import test from 'ava';
import type { Fault } from '../../sim/faults/fault.ts';
import { generateFaults } from '../../sim/faults/generate.ts';
import { SeededRandom } from '../../sim/random.ts';
import { type Case, shrink } from '../../sim/shrink.ts';

const stall: Fault = { kind: 'stall', atMs: 20_000, peer: 2, forMs: 8_000 };
const partition: Fault = { kind: 'partition', atMs: 12_000, peers: [1, 9, 20], forMs: 4_000, oneWay: false };

function caseWith(...extra: Fault[]): Case {
  const bounds = { peers: 30, projects: 4, fromMs: 10_000, untilMs: 50_000 };
  const noise = generateFaults(new SeededRandom(1), bounds).filter(
    ({ kind }) => kind !== 'stall' && kind !== 'partition',
  );
  return { scenario: 'swarm', seed: 1, peers: 30, faultyMs: 60_000, faults: [...noise, ...extra] };
}

const ofKind = <K extends Fault['kind']>({ faults }: Case, kind: K) =>
  faults.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);

test('what has no part in the failure is left out', async (t) => {
  const fails = async (candidate: Case) =>
    (ofKind(candidate, 'stall')?.forMs ?? 0) >= 900 && ofKind(candidate, 'partition') !== undefined;
  const small = await shrink(caseWith(stall, partition), fails, 1_000);
  t.true(await fails(small));
  t.deepEqual(small.faults.map(({ kind }) => kind).sort(), ['partition', 'stall']);
  // The stall names peer 2, the partition also peer 1.
  t.is(small.peers, 3);
  t.true(ofKind(small, 'stall')!.forMs < 2 * 900);
  t.true(ofKind(small, 'partition')!.forMs <= 1);
  t.true(small.faultyMs < 30_000);
});

test('a case that fails without any fault ends without any', async (t) => {
  const small = await shrink(caseWith(stall), async ({ peers }) => peers >= 5, 1_000);
  t.deepEqual(small.faults, []);
  t.is(small.peers, 5);
});

test('no more cases are tried than allowed, and the best one so far is kept', async (t) => {
  let runs = 0;
  const small = await shrink(
    caseWith(stall),
    async (candidate) => {
      runs += 1;
      return ofKind(candidate, 'stall') !== undefined;
    },
    7,
  );
  t.is(runs, 7);
  t.truthy(ofKind(small, 'stall'));
});
