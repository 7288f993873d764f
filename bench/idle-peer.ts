import { readFile } from 'node:fs/promises';
import { type PeerProcess, startMesh } from '../test/system/helpers/peer-process.ts';
import type { BenchmarkOptions, Row } from './lib/report.ts';
import { median } from './lib/stats.ts';

const PEERS = 8;
/** Start-up work (preloading, hellos, first garbage collections) is over by then. */
const SETTLE_MS = 20_000;
const TICKS_PER_SECOND = 100;

/** What a peer among eight costs while nobody asks for maps: its own process, without its render children. */
export async function idlePeer({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const peers = await startMesh(PEERS);
  try {
    await pause(SETTLE_MS);
    const before = await Promise.all(peers.map(cpuSeconds));
    const measuredSeconds = Math.max(seconds, 20);
    await pause(measuredSeconds * 1000);
    const after = await Promise.all(peers.map(cpuSeconds));
    const shares = after.map((value, index) => ((value - (before[index] as number)) / measuredSeconds) * 100);
    const memory = await Promise.all(peers.map(residentMegabytes));
    const share = median(shares);
    const megabytes = Math.max(...memory);
    return [
      {
        what: `idle peer among ${PEERS}, without its render children`,
        bar: '<= 180 MB RSS, <= 1.5 % of a core',
        measured: `${megabytes.toFixed(0)} MB (the largest), ${share.toFixed(2)} % (median)`,
        passed: megabytes <= 180 && share <= 1.5,
        details: { memory, shares },
      },
    ];
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

async function cpuSeconds(peer: PeerProcess): Promise<number> {
  const stat = await readFile(`/proc/${peer.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function residentMegabytes(peer: PeerProcess): Promise<number> {
  const status = await readFile(`/proc/${peer.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1000;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
