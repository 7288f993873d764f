import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { CONTENDERS } from '../../sim/result.ts';
import { runScenario } from '../../sim/run.ts';
import type { RunEvent } from '../../sim/run-event.ts';
import { loadScenario, parseScenario, shippedScenarios } from '../../sim/scenario/load.ts';

const root = path.resolve(import.meta.dirname, '../..');

const small = parseScenario({
  name: 'small',
  description: 'Few peers, few requests.',
  peers: 6,
  load: { ofCapacity: 0.3 },
  boot: { overMs: 500 },
  warmUpMs: 1_500,
  durationMs: 3_000,
});

test('one seed gives one run, in this process and in another', async (t) => {
  const [one, again] = [await runScenario(small, { seed: 7 }), await runScenario(small, { seed: 7 })];
  t.deepEqual(again, one);
  const script = `
    const { runScenario } = await import('./sim/run.ts');
    const { traceHash } = await runScenario(${JSON.stringify(small)}, { seed: 7 });
    process.stdout.write(traceHash);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
  });
  t.is(stdout, one.traceHash);
});

test('another seed gives another run', async (t) => {
  const [one, other] = [await runScenario(small, { seed: 1 }), await runScenario(small, { seed: 2 })];
  t.not(one.traceHash, other.traceHash);
});

test('who looks on changes nothing', async (t) => {
  const seen: RunEvent[] = [];
  const watching = { name: 'watching', violations: [], observe: (event: RunEvent) => void seen.push(event) };
  const alone = await runScenario(small, { seed: 3 });
  const watched = await runScenario(small, { seed: 3, checkers: [watching], onProgress: () => {} });
  t.is(watched.traceHash, alone.traceHash);
  t.true(seen.some(({ kind }) => kind === 'healed'));
  t.deepEqual(
    seen.map(({ atMs }) => atMs),
    seen.map(({ atMs }) => atMs).sort((a, b) => a - b),
  );
});

for (const policy of CONTENDERS) {
  test.serial(`${policy}: answers are right, and counted`, async (t) => {
    const result = await runScenario(small, { seed: 4, policy });
    t.is(result.policy, policy);
    t.false(result.partial);
    t.is(result.errors, 0);
    t.true(result.requests > 50);
    t.true(result.p50 > 0 && result.p50 <= result.p95 && result.p95 <= result.p99);
    t.is(result.quantiles.length, 101);
    t.true(result.messagesPerRequest > 0);
    t.true(result.gossipBytesPerPeerSecond > 0);
    t.is(result.machines.length, 6);
  });
}

for (const name of shippedScenarios()) {
  test.serial(`${name} runs for a few seconds`, async (t) => {
    const scenario = await loadScenario(name);
    const peers = Math.min(scenario.peers, 16);
    const untilMs = scenario.warmUpMs + 11_000;
    const result = await runScenario(scenario, { seed: 1, peers, untilMs });
    t.is(result.peers, peers);
    t.true(result.requests > 0);
    t.is(result.errors, 0);
  });
}

test('an interrupted run tells what there was until then', async (t) => {
  const abort = new AbortController();
  const result = await runScenario(small, {
    seed: 5,
    signal: abort.signal,
    onProgress: ({ simulatedMs }) => {
      if (simulatedMs >= 2_000) abort.abort();
    },
  });
  t.true(result.partial);
  t.is(result.simulatedMs, 2_000);
  const soon = new AbortController();
  const early = await runScenario(small, { seed: 5, signal: soon.signal, onProgress: () => soon.abort() });
  t.true(early.partial && early.simulatedMs < 100);
  t.true(result.requests > 0);
});
