import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { jobsConfig } from '../../src/config/jobs.ts';
import { networkConfig } from '../../src/config/network.ts';
import { SORT_KEYS, type StatusFilter } from '../../src/core/jobs/status-query.ts';
import { Replication } from '../../src/jobs/replication.ts';
import { SqliteStatusStore } from '../../src/jobs/sqlite-status-store.ts';
import { StatusMap } from '../../src/jobs/status-map.ts';
import { createIdentity } from '../../src/mesh/libp2p/identity.ts';
import { createLibp2pNetwork } from '../../src/mesh/libp2p/network.ts';
import { silentLog } from '../../src/platform/log.ts';
import type { Network } from '../../src/platform/network.ts';
import { systemClock, systemRandom } from '../../src/platform/system.ts';
import { milliseconds, type Row } from '../lib/report.ts';
import { summary } from '../lib/stats.ts';

const COUNT = 100_000;
const REPEATS = 5;
const options = jobsConfig.parse({});
const FILL = fileURLToPath(new URL('fill.ts', import.meta.url));

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as (options: object) => void;
/** With what V8 otherwise gives back to the system in steps, while idle. */
const collectGarbage = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });

/** What 100,000 job statuses cost: memory, a page of a list, a new peer that fetches them all. */
export async function jobStatuses(): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gismesh-bench-'));
  const file = path.join(folder, 'full.sqlite');
  try {
    await promisify(execFile)(process.execPath, [FILL, file, String(COUNT), String(Date.now())]);
    collectGarbage();
    const before = process.memoryUsage();
    const startedAt = performance.now();
    const full = await openMap(file);
    const openMs = performance.now() - startedAt;
    collectGarbage();
    const memory = memoryRow(before, process.memoryUsage(), openMs);
    const pages = await pageTimes(full);
    const join = await joinRow(full, await openMap(path.join(folder, 'new.sqlite')));
    return [memory, pageRow(pages), join];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openMap(file: string): Promise<StatusMap> {
  const store = SqliteStatusStore.open(file, silentLog);
  const map = new StatusMap({ store, clock: systemClock, log: silentLog, options: options.statuses });
  await map.open();
  return map;
}

function memoryRow(before: NodeJS.MemoryUsage, after: NodeJS.MemoryUsage, openMs: number): Row {
  const perRecord = (after.rss - before.rss) / COUNT;
  const heapPerRecord = (after.heapUsed - before.heapUsed) / COUNT;
  return {
    what: `memory per status, ${COUNT} statuses`,
    bar: '<= 1.5 KB',
    measured: `${perRecord.toFixed(0)} B (RSS), of it ${heapPerRecord.toFixed(0)} B heap`,
    passed: perRecord <= 1500,
    details: { before, after, openMs },
  };
}

interface PageTime {
  readonly what: string;
  readonly ms: number;
  /** Of computing: what it takes on a machine that does nothing else. */
  readonly cpuMs: number;
}

async function pageTimes(map: StatusMap): Promise<PageTime[]> {
  const filters: StatusFilter[] = [
    {},
    { states: ['running', 'accepted'] },
    { states: ['successful'], processes: ['gdal:slope'] },
    { users: ['ada'], mode: 'async' },
    { states: ['failed'], minDurationMs: 1000 },
    { processes: ['no such process'] },
  ];
  const times: PageTime[] = [];
  for (const filter of filters) {
    for (const by of SORT_KEYS) {
      for (const offset of [0, 5000]) {
        const what = `${JSON.stringify(filter)} by ${by} from ${offset}`;
        for (let i = 0; i < REPEATS; i += 1) {
          const startedAt = performance.now();
          const cpuBefore = process.cpuUsage();
          await map.list(filter, { by, descending: true }, { offset, limit: 100 });
          const { user, system } = process.cpuUsage(cpuBefore);
          times.push({ what, ms: performance.now() - startedAt, cpuMs: (user + system) / 1000 });
        }
      }
    }
  }
  return times;
}

function pageRow(times: readonly PageTime[]): Row {
  const { p50, p99, max } = summary(times.map(({ ms }) => ms));
  const cpu = summary(times.map(({ cpuMs }) => cpuMs));
  const slowest = [...times].sort((a, b) => b.ms - a.ms).slice(0, 10);
  return {
    what: `page of 100 of ${COUNT} statuses, any filter, any order`,
    bar: '<= 50 ms',
    measured: `${milliseconds(p50)} (median), ${milliseconds(p99)} (p99), ${milliseconds(max)} (slowest); computing ${milliseconds(cpu.p50)}, ${milliseconds(cpu.p99)} (p99)`,
    passed: p99 <= 50,
    details: { p50, p99, max, cpu, slowest },
  };
}

async function joinRow(full: StatusMap, empty: StatusMap): Promise<Row> {
  const meshKey = new Uint8Array(randomBytes(32));
  const networks = [await startNetwork(meshKey), await startNetwork(meshKey)] as const;
  const replications = [full, empty].map((map, i) => {
    const network = networks[i] as Network;
    const parts = { network, clock: systemClock, random: systemRandom, log: silentLog, map };
    const members = () => network.connected();
    const isAlone = () => members().length === 0;
    const ensureConnected = () => Promise.reject(new Error('not connected'));
    return new Replication({ ...parts, members, isAlone, ensureConnected, options: options.replication });
  });
  for (const replication of replications) replication.start();
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  await networks[1].connect({ addresses: networks[0].addresses() }, { timeoutMs: 5000 });
  while (empty.index.size < full.index.size) await new Promise((resolve) => setTimeout(resolve, 20));
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  const cpuSeconds = (user + system) / 1e6;
  for (const replication of replications) replication.stop();
  for (const network of networks) await network.stop();
  return {
    what: `a new peer fetches ${COUNT} statuses over loopback`,
    bar: '<= 10 s',
    measured: `${(ms / 1000).toFixed(1)} s (computing of both peers: ${cpuSeconds.toFixed(1)} s)`,
    passed: ms <= 10_000,
    details: { ms, cpuSeconds },
  };
}

async function startNetwork(meshKey: Uint8Array): Promise<Network> {
  const network = createLibp2pNetwork({
    privateKey: await createIdentity(),
    meshKey,
    listen: ['127.0.0.1:0'],
    mdns: false,
    clock: systemClock,
    log: silentLog,
    options: networkConfig.parse({}),
  });
  await network.start();
  return network;
}
