import test from 'ava';
import { type BatchProgress, type BatchRun, playAll } from '../../sim/batch.ts';
import { allCheckers } from '../../sim/checkers/index.ts';
import { runScenario } from '../../sim/run.ts';
import { parseScenario } from '../../sim/scenario/load.ts';

const scenario = parseScenario({
  name: 'pair',
  description: 'Two peers.',
  peers: 2,
  load: { perUserPerSecond: 2 },
  warmUpMs: 1000,
  durationMs: 3000,
  convergenceMs: 1000,
});
const RUNS: BatchRun[] = [
  { seed: 1, policy: 'bid' },
  { seed: 2, policy: 'random' },
  { seed: 3, policy: 'omniscient' },
];

test('a run on a thread is the very run that it is here; results come in the order asked for', async (t) => {
  const played = await playAll(scenario, RUNS, {
    withReport: ({ seed }) => seed === 2,
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  t.deepEqual(
    played.map(({ figures }) => [figures.seed, figures.policy]),
    RUNS.map(({ seed, policy }) => [seed, policy]),
  );
  t.deepEqual(
    played.map(({ report }) => report !== undefined),
    [false, true, false],
  );
  const here = await runScenario(scenario, { seed: 1, checkers: allCheckers(scenario, 2) });
  t.is(played[0]!.figures.traceHash, here.traceHash);
  t.deepEqual(played[0]!.quantiles, here.quantiles);
});

test('progress goes from nothing to all, over all runs', async (t) => {
  const seen: BatchProgress[] = [];
  await playAll(scenario, RUNS, {
    withReport: () => false,
    onProgress: (progress) => seen.push(progress),
    signal: new AbortController().signal,
  });
  const shares = seen.map(({ share }) => share);
  t.deepEqual(shares, shares.toSorted());
  t.true(shares[0]! < 0.5);
  t.like(seen.at(-1), { share: 1, ended: 3 });
});

test('the time in which nobody asks counts for little: an estimate from what was played is no guess', async (t) => {
  const long = { ...scenario, durationMs: 2_000, convergenceMs: 2_000 };
  const shares = new Map<number, number>();
  await playAll(long, [{ seed: 1, policy: 'bid' }], {
    withReport: () => false,
    onProgress: ({ simulatedMs, share }) => shares.set(simulatedMs, share),
    signal: new AbortController().signal,
  });
  t.is(shares.get(1_000), 0.4);
  t.is(shares.get(2_000), 0.8);
  t.is(shares.get(3_000), 0.9);
});

test('an abort ends what is under way, and leaves one partial run even when it came first', async (t) => {
  const played = await playAll({ ...scenario, durationMs: 3_600_000 }, RUNS, {
    withReport: () => true,
    onProgress: () => {},
    signal: AbortSignal.abort(),
  });
  t.is(played.length, 1);
  t.like(played[0]!.figures, { seed: 1, partial: true });
  t.true(played[0]!.report!.machines.length === 2);
});

test('what a run refuses is what the caller is told', async (t) => {
  const error = await t.throwsAsync(
    playAll(scenario, [{ seed: 1, policy: 'bid', peers: 100_000 }], {
      withReport: () => false,
      onProgress: () => {},
      signal: new AbortController().signal,
    }),
  );
  t.like(error, { name: 'GismeshError', code: 'CONFIG_INVALID' });
});
