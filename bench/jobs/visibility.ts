import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, JobMesh, type JobReport, submitEcho } from '../../test/system/helpers/job-mesh.ts';
import type { PeerProcess } from '../../test/system/helpers/peer-process.ts';
import type { Row } from '../lib/report.ts';
import { milliseconds } from '../lib/report.ts';
import { summary } from '../lib/stats.ts';

const PEERS = 8;
const JOBS = 60;
/** Under way at a time. */
const AT_A_TIME = 4;
const PAUSE_SECONDS = 1;
/** Between two looks at one peer: this long a change may be older than it looks. */
const POLL_MS = 20;
const SHOWN = 3 * AT_A_TIME;

/** When a peer first showed each writing of a job, by `keyOf`, with what came after it. */
type Seen = Map<string, Array<{ readonly rank: number; readonly at: number }>>;

interface Change {
  readonly job: string;
  readonly rank: number;
  /** Of the writer's clock, which is this machine's. */
  readonly writtenAt: number;
  readonly isState: boolean;
}

/** How long a change of a job takes until each of eight peers shows it, or what came after it. */
export async function jobVisibility(): Promise<Row[]> {
  const mesh = await JobMesh.start(PEERS);
  const seen: Seen[] = mesh.living.map(() => new Map());
  const changes = new Map<string, Change>();
  const watching = new AbortController();
  try {
    const watchers = mesh.living.map((peer, at) => watch(peer, seen[at]!, changes, watching.signal));
    await runJobs(mesh);
    await delay(2000);
    watching.abort();
    const looks = (await Promise.all(watchers)).reduce((sum, count) => sum + count, 0);
    const delays = (isState: boolean) =>
      [...changes.values()]
        .filter((change) => change.isState === isState)
        .map((change) => Math.max(...seen.map((each) => shownAfter(each, change))));
    return [row('state', delays(true), looks), row('progress', delays(false), looks)];
  } finally {
    watching.abort();
    await mesh.stop();
  }
}

function row(kind: 'state' | 'progress', delays: readonly number[], looks: number): Row {
  const { count, p50, p99, max } = summary(delays);
  return {
    what: `${PEERS} peers: a change of a job's ${kind} is visible on all, ${count} changes`,
    bar: 'p99 <= 300 ms',
    measured: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, slowest ${milliseconds(max)}`,
    passed: p99 <= 300,
    details: { count, looks, pollMs: POLL_MS },
  };
}

async function runJobs(mesh: JobMesh): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < JOBS) {
      const job = next;
      next += 1;
      const door = mesh.living[(job * 5) % PEERS] as PeerProcess;
      const { id } = await submitEcho(door, { string: `change ${job}`, pause: PAUSE_SECONDS });
      while (!isEnded(await door.json<JobReport>(`/api/jobs/${id}`))) await delay(100);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
}

/** Looks at a peer's list of jobs until the signal; how often it did. */
async function watch(
  peer: PeerProcess,
  seen: Seen,
  changes: Map<string, Change>,
  signal: AbortSignal,
): Promise<number> {
  let looks = 0;
  while (!signal.aborted) {
    const began = performance.now();
    const jobs = await peer.json<JobReport[]>(`/api/jobs?limit=${SHOWN}`);
    const at = Date.now();
    looks += 1;
    for (const job of jobs) note(job, at, seen, changes);
    await delay(Math.max(1, POLL_MS - (performance.now() - began)));
  }
  return looks;
}

function note(job: JobReport, at: number, seen: Seen, changes: Map<string, Change>): void {
  const rank = rankOf(job);
  const shown = seen.get(job.id) ?? [];
  seen.set(job.id, shown);
  if (shown.at(-1)?.rank === rank) return;
  shown.push({ rank, at });
  const key = `${job.id} ${rank}`;
  const isState = rank % 1000 === 0;
  if (!changes.has(key)) changes.set(key, { job: job.id, rank, writtenAt: job.updatedAt, isState });
}

/** Grows with each change: accepted, claimed, begun, its progress, ended. */
function rankOf({ state, epoch, startedAt, progress }: JobReport): number {
  const stage = isEnded({ state }) ? 3 : startedAt !== undefined ? 2 : epoch > 0 ? 1 : 0;
  return stage * 1000 + (stage === 2 ? progress : 0);
}

/** Milliseconds until a peer showed a change or a later one; infinite when it never did. */
function shownAfter(seen: Seen, { job, rank, writtenAt }: Change): number {
  const first = seen.get(job)?.find((shown) => shown.rank >= rank);
  return first ? first.at - writtenAt : Number.POSITIVE_INFINITY;
}
