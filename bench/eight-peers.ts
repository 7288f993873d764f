import { type PeerProcess, startMesh } from '../test/system/helpers/peer-process.ts';
import { type Answer, dueTimes, offer, uncachedImages } from './lib/load.ts';
import { perfectQueue } from './lib/perfect-queue.ts';
import type { BenchmarkOptions, Row } from './lib/report.ts';
import { milliseconds } from './lib/report.ts';
import { PROJECT, standIn } from './lib/stand-in.ts';
import { summary } from './lib/stats.ts';

const PEERS = 8;
const SLOTS = 2;
const SERVICE_MS = 100;
const LOAD = 0.95;
const WARM_UP_SECONDS = 12;
/** Images per second that the whole mesh could draw without any waste. */
const CAPACITY = (PEERS * SLOTS * 1000) / SERVICE_MS;

/** Eight peers as processes with a stand-in engine, all requests through one front door. */
export async function eightPeers({ seconds }: BenchmarkOptions): Promise<Row[]> {
  const setup = await standIn({ serviceMs: SERVICE_MS, slots: SLOTS, tileBytes: 30_000 });
  try {
    return [...(await healthy(setup.args, seconds)), ...(await faulty(setup.args, seconds))];
  } finally {
    await setup.remove();
  }
}

async function healthy(args: readonly string[], seconds: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const arrivals of ['even', 'poisson'] as const) {
    const { answers, elapsedMs } = await withMesh(args, (peers) => load(peers, seconds, arrivals));
    const good = answers.filter((answer) => answer.status === 200);
    const { p50, p99 } = summary(good.map((answer) => answer.ms));
    const perfect = summary(
      perfectQueue(dueTimes(CAPACITY * LOAD, seconds, arrivals), PEERS * SLOTS, SERVICE_MS),
    );
    // Arrivals at random queue before a perfect dispatcher too: over a minute its p99 is above 3x as well.
    const hasLatencyBar = arrivals === 'even';
    const throughput = good.length / (elapsedMs / 1000) / (CAPACITY * LOAD);
    rows.push({
      what: `${PEERS} peers x ${SLOTS} slots of ${SERVICE_MS} ms, one front door, ${LOAD * 100} % of capacity, ${arrivals} arrivals`,
      bar: `>= 90 % of the ideal throughput, ${hasLatencyBar ? 'p99 <= 3x service time' : `a perfect queue has p99 ${milliseconds(perfect.p99)}`}`,
      measured: `${(throughput * 100).toFixed(1)} %, p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)} (${(p99 / SERVICE_MS).toFixed(2)}x)`,
      passed:
        throughput >= 0.9 && (!hasLatencyBar || p99 <= 3 * SERVICE_MS) && good.length === answers.length,
      details: {
        requests: answers.length,
        good: good.length,
        elapsedMs,
        perfect,
        ...summary(good.map((answer) => answer.ms)),
        byPeer: byPeer(good),
      },
    });
  }
  return rows;
}

/** The same load, fitting into what is left, while one peer is killed and another one stopped. */
async function faulty(args: readonly string[], seconds: number): Promise<Row[]> {
  const share = (PEERS - 2) / PEERS;
  const { answers } = await withMesh(args, async (peers) => {
    const running = load(peers, seconds, 'even', share);
    await pause(seconds * 300);
    peers[PEERS - 1]?.kill('SIGKILL');
    await pause(seconds * 200);
    peers[PEERS - 2]?.kill('SIGSTOP');
    return await running;
  });
  const failed = answers.filter((answer) => answer.status !== 200);
  const { p50, p99, max } = summary(answers.map((answer) => answer.ms));
  return [
    {
      what: `the same at ${(LOAD * share * 100).toFixed(0)} % while one peer is killed -9 and another one stopped`,
      bar: '0 failed answers',
      measured: `${failed.length} failed of ${answers.length}; p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, slowest ${milliseconds(max)}`,
      passed: failed.length === 0,
      details: {
        requests: answers.length,
        failed: failed.map(({ status, ms }) => ({ status, ms })).slice(0, 20),
      },
    },
  ];
}

async function load(peers: readonly PeerProcess[], seconds: number, arrivals: 'even' | 'poisson', share = 1) {
  const door = peers[0] as PeerProcess;
  const urls = uncachedImages(door.url, PROJECT, 1);
  // Half the load at first: connections, the cost model and V8's code are as warm as in a mesh that has run a while.
  await offer(urls, CAPACITY / 2, WARM_UP_SECONDS, 'even');
  const startedAt = performance.now();
  const answers = await offer(urls, CAPACITY * LOAD * share, seconds, arrivals);
  return { answers, elapsedMs: performance.now() - startedAt };
}

async function withMesh<T>(args: readonly string[], use: (peers: PeerProcess[]) => Promise<T>): Promise<T> {
  const peers = await startMesh(PEERS, { args });
  try {
    return await use(peers);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
  }
}

function byPeer(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { headers } of answers) {
    const peer = String(headers['x-gismesh-peer']).slice(-6);
    counts[peer] = (counts[peer] ?? 0) + 1;
  }
  return counts;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
