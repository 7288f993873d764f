import { setTimeout as delay } from 'node:timers/promises';
import { isEnded, JobMesh, type JobReport, submitEcho } from '../../test/system/helpers/job-mesh.ts';
import type { PeerProcess } from '../../test/system/helpers/peer-process.ts';
import type { Row } from '../lib/report.ts';
import { milliseconds } from '../lib/report.ts';
import { summary } from '../lib/stats.ts';

const PEERS = 8;
const JOBS = 60;
/** Under way at a time. */
const AT_A_TIME = 3;
const PAUSE_SECONDS = 1;
/** What is under way when the last job has ended gets so long to arrive. */
const LAST_NEWS_MS = 2000;

/** What a peer told of each job, and when, in order. */
type Told = Map<string, Array<{ readonly rank: number; readonly at: number }>>;

interface Change {
  readonly job: string;
  readonly rank: number;
  /** By the writer's clock, which is this machine's. */
  readonly writtenAt: number;
  readonly isState: boolean;
}

/** How long a change of a job takes until each of eight peers tells it, or what came after it, to who listens there. */
export async function jobVisibility(): Promise<Row[]> {
  const mesh = await JobMesh.start(PEERS);
  const told: Told[] = mesh.living.map(() => new Map());
  const changes = new Map<string, Change>();
  const listening = new AbortController();
  try {
    const listeners = mesh.living.map((peer, at) => listen(peer, told[at]!, changes, listening.signal));
    await Promise.all(listeners.map(({ open }) => open));
    await runJobs(mesh);
    await delay(LAST_NEWS_MS);
    listening.abort();
    await Promise.all(listeners.map(({ ended }) => ended));
    const delays = (isState: boolean) =>
      [...changes.values()]
        .filter((change) => change.isState === isState)
        .map((change) => {
          const all = told.map((each) => toldAfter(each, change));
          return { ms: Math.max(...all), first: Math.min(...all), rank: change.rank };
        });
    return [row('state', delays(true)), row('progress', delays(false))];
  } finally {
    listening.abort();
    await mesh.stop();
  }
}

function row(
  kind: 'state' | 'progress',
  delays: ReadonlyArray<{ ms: number; first: number; rank: number }>,
): Row {
  const { count, p50, p99, max } = summary(delays.map(({ ms }) => ms));
  return {
    what: `${PEERS} peers: a change of a job's ${kind} is told by all, ${count} changes`,
    bar: 'p99 <= 300 ms',
    measured: `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}, slowest ${milliseconds(max)}`,
    passed: p99 <= 300,
    details: { count, slowest: [...delays].sort((a, b) => b.ms - a.ms).slice(0, 20) },
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
      while (!isEnded(await door.json<JobReport>(`/api/jobs/${id}`))) await delay(200);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, client));
}

/** Notes what a peer tells of jobs as server-sent events, until the signal. */
function listen(peer: PeerProcess, told: Told, changes: Map<string, Change>, signal: AbortSignal) {
  const { promise: open, resolve: opened } = Promise.withResolvers<void>();
  const run = async () => {
    const response = await fetch(`${peer.url}/api/jobs/events`, { signal });
    if (!response.ok || !response.body) throw new Error(`${peer.url} tells nothing: ${response.status}`);
    opened();
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const at = Date.now();
      const messages = (text + chunk).split('\n\n');
      text = messages.pop() as string;
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1];
        const news = data === undefined ? {} : (JSON.parse(data) as { job?: JobReport });
        if (news.job) note(news.job, at, told, changes);
      }
    }
  };
  const ended = run().catch((error) => {
    if (!signal.aborted) throw error;
  });
  return { open, ended };
}

function note(job: JobReport, at: number, told: Told, changes: Map<string, Change>): void {
  const rank = rankOf(job);
  const all = told.get(job.id) ?? [];
  told.set(job.id, all);
  all.push({ rank, at });
  const key = `${job.id} ${rank}`;
  const isState = rank % 1000 === 0;
  if (!changes.has(key)) changes.set(key, { job: job.id, rank, writtenAt: job.updatedAt, isState });
}

/** Grows with each change: accepted, claimed, begun, its progress, ended. */
function rankOf({ state, epoch, startedAt, progress }: JobReport): number {
  const stage = isEnded({ state }) ? 3 : startedAt !== undefined ? 2 : epoch > 0 ? 1 : 0;
  return stage * 1000 + (stage === 2 ? progress : 0);
}

/** Milliseconds until a peer told a change or a later one; infinite when it never did. */
function toldAfter(told: Told, { job, rank, writtenAt }: Change): number {
  const first = told.get(job)?.find((each) => each.rank >= rank);
  return first ? first.at - writtenAt : Number.POSITIVE_INFINITY;
}
