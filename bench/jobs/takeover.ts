import { setTimeout as delay } from 'node:timers/promises';
import { JobMesh, type JobReport, jobAt, submitEcho } from '../../test/system/helpers/job-mesh.ts';
import { type PeerProcess, until } from '../../test/system/helpers/peer-process.ts';
import type { Row } from '../lib/report.ts';
import { milliseconds } from '../lib/report.ts';
import { summary } from '../lib/stats.ts';

const PEERS = 5;
const POLL_MS = 20;

/** The executing peer is killed -9 again and again, each time with another job: when does that run elsewhere? */
export async function jobTakeover(): Promise<Row[]> {
  const kills = Number(process.env.GISMESH_BENCH_KILLS ?? 20);
  const mesh = await JobMesh.start(PEERS);
  const taken: number[] = [];
  const details: object[] = [];
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const door = mesh.living[kill % PEERS] as PeerProcess;
      // Every other job finds its door busy, so that another peer executes it.
      const fillers = kill % 2 === 0 ? [] : [await submitEcho(door, { string: 'filler', pause: 60 })];
      const { id } = await submitEcho(door, { string: `kill ${kill}`, pause: 60 });
      const { node } = await running(door, id, 1);
      const victim = mesh.seatOf(node)!;
      const isDoor = victim.peer === door;
      await delay(Math.random() * 1000);
      const killedAt = performance.now();
      await mesh.kill(victim);
      const witness = mesh.living[0] as PeerProcess;
      const again = await running(witness, id, 2);
      const ms = performance.now() - killedAt;
      taken.push(ms);
      details.push({ ms: Math.round(ms), isDoor, reason: again.attempts[0]?.reason });
      for (const job of [id, ...fillers.map((filler) => filler.id)]) {
        await fetch(`${witness.url}/ogcapi/jobs/${job}`, { method: 'DELETE' });
      }
      await mesh.boot(victim);
      await mesh.whole();
    }
  } finally {
    await mesh.stop();
  }
  const { p50, p95, max } = summary(taken);
  return [
    {
      what: `${PEERS} peers, the executor of a job is killed -9, ${kills} times: the job runs elsewhere`,
      bar: 'p95 <= 5 s',
      measured: `p50 ${milliseconds(p50)}, p95 ${milliseconds(p95)}, slowest ${milliseconds(max)}`,
      passed: p95 <= 5000,
      details: { kills: details },
    },
  ];
}

/** Until a peer says that the job is executed in an attempt no earlier than `epoch`. */
async function running(peer: PeerProcess, id: string, epoch: number): Promise<JobReport> {
  let job: JobReport | undefined;
  await until(async () => {
    await delay(POLL_MS);
    job = await jobAt(peer, id);
    return job.state === 'running' && job.epoch >= epoch && job.startedAt !== undefined;
  }, `job ${id} to run in attempt ${epoch}`);
  return job as JobReport;
}
