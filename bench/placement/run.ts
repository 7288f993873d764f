/**
 * Compares the placement policies on simulated meshes, in virtual time.
 *
 *   node bench/placement/run.ts [--peers 30] [--seeds 3] [--seconds 30] [--load 0.75]
 *     [--scenario TEXT] [--only TEXT] [--json]
 *
 * The scenarios: a mixed room whose projects fit all peers' memory, the same with more projects than that, and
 * eight equal peers with one constant service time behind one front door, near their capacity. `--scenario`
 * and `--only` take those scenarios and policies whose names contain the text.
 */
import { parseArgs } from 'node:util';
import { placementConfig } from '../../src/config/placement.ts';
import { contenders } from './contenders.ts';
import { quantile } from './distributions.ts';
import { oneQueue } from './one-queue.ts';
import { constantService, mixedRoom, type Scenario } from './scenario.ts';
import { type Result, simulate } from './simulate.ts';

const HEADER = `| policy | p50 ms | p95 ms | p99 ms | messages | cold | hedged | answered in time | refused |
|---|---|---|---|---|---|---|---|---|`;

interface Entry {
  readonly label: string;
  readonly play: (seed: number) => Result;
}

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

const seeds = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
const rows = [];
for (const [name, scenario] of scenarios()) {
  if (!name.includes(values.scenario)) continue;
  if (!values.json) console.log(`\n${name}; median of ${seeds.length} seeds\n\n${HEADER}`);
  for (const { label, play } of entries(scenario)) {
    if (!label.includes(values.only)) continue;
    const result = median(seeds.map(play));
    rows.push({ scenario: name, policy: label, ...result });
    if (!values.json) console.log(line(label, result));
  }
}
if (values.json) console.log(JSON.stringify(rows, null, 2));

function scenarios(): Array<[string, Scenario]> {
  const peers = Number(values.peers);
  const load = Number(values.load);
  const durationMs = Number(values.seconds) * 1000;
  const rooms = [6, 24].map((projects): [string, Scenario] => {
    const name = `mixed room of ${peers}, load ${load}, ${projects} projects (8 fit a peer)`;
    return [name, mixedRoom({ peers, load, projects, durationMs })];
  });
  const constant = (['even', 'poisson'] as const).map((arrivals): [string, Scenario] => {
    const name = `constant 100 ms, 8 peers of 2 workers, load 0.95, ${arrivals} arrivals`;
    return [name, constantService({ arrivals, load: 0.95, durationMs: 120_000 })];
  });
  return [...rooms, ...constant];
}

function entries(scenario: Scenario): Entry[] {
  const { peers } = scenario;
  const policies = contenders(placementConfig.parse({}), peers.length).map((contender) => {
    return { label: contender.label, play: (seed: number) => simulate(scenario, contender, seed) };
  });
  const equal = peers.every(({ speed, coldMs }) => speed === 1 && coldMs === 0);
  return equal
    ? [...policies, { label: 'one queue (bound)', play: (seed) => oneQueue(scenario, seed) }]
    : policies;
}

/** Of each figure by itself. */
function median(results: readonly Result[]): Result {
  const of = (figure: keyof Result) => {
    const sorted = results.map((result) => result[figure]).sort((a, b) => a - b);
    return quantile(sorted, 0.5);
  };
  return {
    p50Ms: of('p50Ms'),
    p95Ms: of('p95Ms'),
    p99Ms: of('p99Ms'),
    messages: of('messages'),
    coldStarts: of('coldStarts'),
    hedges: of('hedges'),
    throughput: of('throughput'),
    refused: of('refused'),
  };
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
