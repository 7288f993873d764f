import test from 'ava';
import { allCheckers } from '../../../sim/checkers/index.ts';
import { runScenario } from '../../../sim/run.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { parseScenario } from '../../../sim/scenario/load.ts';

const room = {
  name: 'small',
  description: 'Few peers, few requests.',
  peers: 5,
  boot: { overMs: 500 },
  warmUpMs: 1_500,
  durationMs: 20_000,
  convergenceMs: 40_000,
};
const jobs = { perMinute: 90, workMs: 1500, dismissed: 0.2, failing: 0.2, chained: 0.5 };

async function play(load: object, seed = 1) {
  const scenario = parseScenario({ ...room, load: { perUserPerSecond: 0.1, ...load } });
  const seen: RunEvent[] = [];
  const watching = { name: 'watching', violations: [], observe: (event: RunEvent) => void seen.push(event) };
  const checkers = [watching, ...allCheckers(scenario, scenario.peers)];
  return { result: await runScenario(scenario, { seed, checkers }), seen };
}

test('jobs are submitted, asked for everywhere, read, dismissed and chained, and every promise is kept', async (t) => {
  const { result, seen } = await play({ jobs });
  t.deepEqual(result.violations, []);
  const { accepted, refused, successful, failed, dismissed } = result.jobs!;
  t.is(refused, 0);
  t.true(accepted > 10 && failed > 0 && dismissed > 0 && successful > failed);
  t.is(successful + failed + dismissed, accepted);
  const kinds = new Set(seen.map(({ kind }) => kind));
  for (const kind of ['job-told', 'job-read', 'job-dismissed', 'job-run-ended'] as const)
    t.true(kinds.has(kind), kind);
  const doors = new Set(seen.flatMap((event) => (event.kind === 'job-told' ? [event.door] : [])));
  t.true(doors.size > 2);
});

test('one seed gives one course of jobs', async (t) => {
  const [one, again] = [await play({ jobs }, 2), await play({ jobs }, 2)];
  t.is(again.result.traceHash, one.result.traceHash);
  t.deepEqual(again.result.jobs, one.result.jobs);
});

test('a room without jobs has nothing of them', async (t) => {
  const { result, seen } = await play({});
  t.is(result.jobs, undefined);
  t.false(seen.some(({ kind }) => kind.startsWith('job-')));
});
