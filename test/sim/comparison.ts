import test from 'ava';
import { comparison, figuresOf } from '../../sim/comparison.ts';
import type { RunResult } from '../../sim/result.ts';
import { runResult } from './helpers/run-result.ts';

function compared(...results: RunResult[]) {
  return comparison(results.map((result) => ({ figures: figuresOf(result), quantiles: result.quantiles })));
}

test('policies come with the best p99 first', (t) => {
  const policies = compared(
    runResult({ policy: 'random', p99: 900 }),
    runResult({ policy: 'bid', p99: 100 }),
    runResult({ policy: 'prequal', p99: 300 }),
  );
  t.deepEqual(
    policies.map(({ policy }) => policy),
    ['bid', 'prequal', 'random'],
  );
});

test('who fails one of a hundred requests does not win by the others', (t) => {
  const run = (policy: RunResult['policy'], p99: number, errors: number) =>
    runResult({ policy, p99, errors, requests: 100 });
  const ranked = compared(run('random', 10, 1), run('bid', 200, 0), run('prequal', 300, 0));
  t.deepEqual(
    ranked.map(({ policy }) => policy),
    ['bid', 'prequal', 'random'],
  );
  const none = runResult({ policy: 'omniscient', requests: 0, p99: 0 });
  t.is(compared(none, run('bid', 200, 0))[0]?.policy, 'bid');
});

test('each figure of several seeds is a median of its own, whatever the order they were played in', (t) => {
  const [policy] = compared(
    runResult({ seed: 3, p50: 30, p99: 100, traceHash: 'c' }),
    runResult({ seed: 1, p50: 10, p99: 300, traceHash: 'a' }),
    runResult({ seed: 2, p50: 20, p99: 200, traceHash: 'b' }),
  );
  t.like(policy, { seed: 1, p50: 20, p99: 200, traceHash: 'a' });
  t.deepEqual(policy!.seeds, [1, 2, 3]);
  t.deepEqual(policy!.traceHashes, ['a', 'b', 'c']);
});

test('jobs are put together like everything else, where there were any', (t) => {
  const jobs = { refused: 0, successful: 5, failed: 0, dismissed: 0, moved: 1, p50: 10, p95: 20 };
  const [policy] = compared(
    ...[9, 3, 6].map((accepted, seed) => runResult({ seed, jobs: { ...jobs, accepted } })),
  );
  t.deepEqual(policy!.jobs, { ...jobs, accepted: 6 });
  t.is(compared(runResult())[0]!.jobs, undefined);
});

test('curves are put together quantile by quantile', (t) => {
  const [policy] = compared(
    runResult({ seed: 1, quantiles: [1, 9] }),
    runResult({ seed: 2, quantiles: [2, 8] }),
    runResult({ seed: 3, quantiles: [3, 1] }),
  );
  t.deepEqual(policy!.quantiles, [2, 8]);
});

test('no violation is lost, and each names its seed; one partial run makes all partial', (t) => {
  const violation = (message: string) => ({ checker: 'requests', atMs: 1, message });
  const [policy] = compared(
    runResult({ seed: 1, violations: [violation('first')] }),
    runResult({ seed: 2, partial: true, violations: [violation('second'), violation('third')] }),
  );
  t.deepEqual(
    policy!.violations.map(({ seed, message }) => [seed, message]),
    [
      [1, 'first'],
      [2, 'second'],
      [2, 'third'],
    ],
  );
  t.true(policy!.partial);
});

test('figures leave out what is only drawn', (t) => {
  const figures = figuresOf(runResult());
  for (const name of ['machines', 'timeline', 'quantiles']) t.false(name in figures);
  t.is(figures.traceHash, 'a1b2');
});
