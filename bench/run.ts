/**
 * Runs the benchmarks behind the figures in the docs. Figures are ratios or differences within one run, since
 * machines differ and are shared. Needs the build (`npm run build`) and, for the cached tile, `wrk`.
 *
 *     node bench/run.ts [name ...] [--seconds 10] [--json]
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { artifactTransfer } from './artifacts/transfer.ts';
import { cachedTile } from './cached-tile.ts';
import { eightPeers } from './eight-peers.ts';
import { idlePeer } from './idle-peer.ts';
import { syncEcho } from './jobs/echo.ts';
import { statusPolls } from './jobs/polls.ts';
import { jobStatuses } from './jobs/statuses.ts';
import { jobSurvival } from './jobs/survival.ts';
import { jobTakeover } from './jobs/takeover.ts';
import { jobVisibility } from './jobs/visibility.ts';
import { Disturbance } from './lib/cores.ts';
import { closeConnections } from './lib/load.ts';
import { type Benchmark, type Disturbed, type Row, table } from './lib/report.ts';
import { remoteImage } from './remote-image.ts';
import { simulatedSchoolBoot } from './simulator/boot.ts';
import { simulatedCampus } from './simulator/campus.ts';
import { faithful } from './simulator/faithful.ts';
import { simulatedClassroom, simulatedSchool } from './simulator/policies.ts';
import { uncachedImage } from './uncached-image.ts';

const benchmarks: Readonly<Record<string, Benchmark>> = {
  'cached-tile': cachedTile,
  'uncached-image': uncachedImage,
  'remote-image': remoteImage,
  'eight-peers': eightPeers,
  'sim-classroom': simulatedClassroom,
  'sim-school': simulatedSchool,
  'sim-school-boot': simulatedSchoolBoot,
  'sim-campus': simulatedCampus,
  'sim-faithful': faithful,
  'idle-peer': idlePeer,
  'job-statuses': jobStatuses,
  'job-echo': syncEcho,
  'job-polls': statusPolls,
  'job-visibility': jobVisibility,
  'job-takeover': jobTakeover,
  'job-survival': jobSurvival,
  'artifact-transfer': artifactTransfer,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string', default: '10' }, json: { type: 'boolean', default: false } },
});
const names = positionals.length > 0 ? positionals : Object.keys(benchmarks);
const rows: (Row & Disturbed)[] = [];
for (const name of names) {
  const benchmark = benchmarks[name];
  if (!benchmark) throw new Error(`no benchmark ${name}; there are ${Object.keys(benchmarks).join(', ')}`);
  if (!values.json) console.error(`${name} ...`);
  const surroundings = await Disturbance.begin();
  const measured = await benchmark({ seconds: Number(values.seconds) });
  const disturbance = await surroundings.share();
  const disturbed = measured.map((row) => ({ ...row, disturbance }));
  // What is measured is told at once: a later benchmark that is interrupted takes nothing with it.
  if (!values.json) console.error(table(disturbed));
  rows.push(...disturbed);
}
closeConnections();
const machine = { node: process.version, cores: availableParallelism(), date: new Date().toISOString() };
console.log(
  values.json ? JSON.stringify({ machine, rows }, null, 2) : `${table(rows)}\n\n${JSON.stringify(machine)}`,
);
