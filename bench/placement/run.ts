/**
 * Compares the placement policies on simulated meshes, in virtual time.
 *
 *   node bench/placement/run.ts [--peers 30] [--seeds 3] [--seconds 30] [--load 0.75]
 *     [--scenario TEXT] [--only TEXT] [--json]
 *
 * Three scenarios: a mixed room whose projects fit all peers' memory, the same with more projects than that,
 * and eight equal peers with one constant service time behind one front door, near their capacity. `--scenario`
 * and `--only` take those scenarios and policies whose names contain the text.
 */
import { parseArgs } from 'node:util';
import { placementConfig } from '../../src/config/placement.ts';
import { contenders } from './contenders.ts';
import { quantile } from './distributions.ts';
import { constantService, mixedRoom, type Scenario } from './scenario.ts';
import { type Result, simulate } from './simulate.ts';

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '30' },
    seeds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '30' },
    load: { type: 'string', default: '0.75' },
    scenario: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});

const room = {
  peers: Number(values.peers),
  load: Number(values.load),
  durationMs: Number(values.seconds) * 1000,
};
const constant = { load: 0.95, durationMs: 120_000 };
const scenarios: Record<string, Scenario> = {
  [`mixed room of ${room.peers}, load ${room.load}, 6 projects (8 fit a peer)`]: mixedRoom({
    ...room,
    projects: 6,
  }),
  [`mixed room of ${room.peers}, load ${room.load}, 24 projects (8 fit a peer)`]: mixedRoom({
    ...room,
    projects: 24,
  }),
  'constant 100 ms, 8 peers of 2 workers, load 0.95, even arrivals': constantService({
    ...constant,
    arrivals: 'even',
  }),
  'constant 100 ms, 8 peers of 2 workers, load 0.95, Poisson arrivals': constantService({
    ...constant,
    arrivals: 'poisson',
  }),
};

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const rows = [];
for (const [scenario, world] of Object.entries(scenarios)) {
  if (!scenario.includes(values.scenario)) continue;
  if (!values.json) console.log(`\n${scenario}; median of ${seeds.length} seeds\n${header()}`);
  for (const contender of contenders(placementConfig.parse({}), world.peers.length)) {
    if (!contender.label.includes(values.only)) continue;
    const result = median(seeds.map((seed) => simulate(world, contender, seed)));
    rows.push({ scenario, policy: contender.label, ...result });
    if (!values.json) console.log(line(contender.label, result));
  }
}
if (values.json) console.log(JSON.stringify(rows, null, 2));

/** Of each figure by itself. */
function median(results: readonly Result[]): Result {
  const middle = (key: keyof Result) =>
    quantile(
      results.map((result) => result[key]).sort((a, b) => a - b),
      0.5,
    );
  const keys = Object.keys(results[0]!) as Array<keyof Result>;
  return Object.fromEntries(keys.map((key) => [key, middle(key)])) as unknown as Result;
}

function header(): string {
  return '| policy | p50 ms | p95 ms | p99 ms | messages | cold | hedged | answered | refused |\n|---|---|---|---|---|---|---|---|---|';
}

function line(label: string, result: Result): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const cells = [
    label,
    ...[result.p50Ms, result.p95Ms, result.p99Ms].map((ms) => ms.toFixed(0)),
    result.messages.toFixed(1),
    ...[result.coldStarts, result.hedges, result.throughput, result.refused].map(percent),
  ];
  return `| ${cells.join(' | ')} |`;
}
