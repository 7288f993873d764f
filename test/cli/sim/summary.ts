import { stripVTControlCharacters } from 'node:util';
import test from 'ava';
import { comparison, figuresOf } from '../../../sim/comparison.ts';
import type { RunResult } from '../../../sim/result.ts';
import { Output } from '../../../src/cli/output.ts';
import { showSummary, violationLines } from '../../../src/cli/sim/summary.ts';
import { runResult } from '../../sim/helpers/run-result.ts';

function policiesOf(...results: RunResult[]) {
  return comparison(results.map((result) => ({ figures: figuresOf(result), quantiles: result.quantiles })));
}

function shown(...results: RunResult[]): string {
  const lines: string[] = [];
  class Lines extends Output {
    override line(text: string): void {
      lines.push(stripVTControlCharacters(text));
    }
  }
  showSummary(new Lines(), policiesOf(...results));
  return lines.join('\n');
}

test('a table with a row per policy; medians and interruptions are said', (t) => {
  const text = shown(
    runResult({ policy: 'random', p99: 4321, errors: 3 }),
    runResult({ policy: 'random', p99: 4321, errors: 3, seed: 2, partial: true }),
    runResult(),
    runResult({ seed: 2 }),
  );
  t.regex(text, /^two-machines: 2 peers, 10 s simulated, medians of seeds 1, 2, interrupted$/m);
  t.regex(text, /^bid +20 ms +50 ms +100 ms +100 +0 /m);
  t.regex(text, /^random .* 4\.3 s +100 +3 \(3 %\)/m);
});

test('what bounds are is said where there are some; no time is told where nothing came', (t) => {
  const text = shown(runResult(), runResult({ policy: 'omniscient', errors: 100, p50: 0, p95: 0, p99: 0 }));
  t.regex(text, /bounds that no room would run/);
  t.regex(text, /^omniscient +– +– +– +100 +100 \(100 %\)/m);
  t.notRegex(shown(runResult()), /bounds/);
});

test('nothing played is said, too', (t) => {
  t.regex(shown(), /before anything/);
});

test('violations come with a replay each, and a flood of them is cut', (t) => {
  const violations = Array.from({ length: 30 }, (_, id) => ({
    checker: 'requests',
    atMs: 1500,
    message: `request ${id} got lost\u001b[2J`,
  }));
  const policies = policiesOf(runResult({ policy: 'random', violations }), runResult());
  const lines = violationLines(policies, ({ policy }) => `play ${policy}`).map(stripVTControlCharacters);
  t.is(lines[0], 'random: 30 violations');
  t.is(lines[1], '  requests at 1.5 s: request 0 got lost');
  t.deepEqual(lines.slice(-2), ['  and 20 more', '  replay: play random']);
  t.false(lines.join('').includes('\u001b'));
});
