import test, { type ExecutionContext } from 'ava';
import { JobFaults } from './helpers/job-faults.ts';
import {
  isEnded,
  JobMesh,
  type JobReport,
  jobAt,
  resultAt,
  type Seat,
  submitEcho,
} from './helpers/job-mesh.ts';
import { type PeerProcess, runCli, until } from './helpers/peer-process.ts';

async function startMesh(t: ExecutionContext, count: number): Promise<JobMesh> {
  const mesh = await JobMesh.start(count);
  t.teardown(() => mesh.stop());
  return mesh;
}

/** Until a peer says that the job is executed, in an attempt no earlier than `epoch`. */
async function running(at: PeerProcess, id: string, epoch = 1): Promise<JobReport> {
  let job: JobReport | undefined;
  await until(async () => {
    job = await jobAt(at, id);
    return job.state === 'running' && job.epoch >= epoch && job.startedAt !== undefined;
  }, `job ${id} to run in attempt ${epoch}`);
  return job as JobReport;
}

/** A job that is executed elsewhere than at the peer that it was submitted to. */
async function runningElsewhere(mesh: JobMesh, door: PeerProcess, pause: number) {
  for (;;) {
    const { id } = await submitEcho(door, { string: 'elsewhere', pause });
    const { node } = await running(door, id);
    const seat = mesh.seatOf(node) as Seat;
    if (seat.peer !== door) return { id, seat };
  }
}

test.serial(
  'the executor is killed -9: the job runs elsewhere in its next attempt, and ends once',
  async (t) => {
    const mesh = await startMesh(t, 4);
    const door = mesh.living[0] as PeerProcess;
    const { id, seat } = await runningElsewhere(mesh, door, 6);
    await mesh.kill(seat);
    const again = await running(door, id, 2);
    t.not(again.node, '');
    t.is(again.attempts.length, 2);
    await mesh.boot(seat);
    await until(async () => isEnded(await jobAt(door, id)), 'the end of the job');
    for (const peer of mesh.living) {
      await until(async () => isEnded(await jobAt(peer, id)), `the end of the job at ${peer.url}`);
      t.like(await jobAt(peer, id), { state: 'successful', epoch: again.epoch, node: again.node });
      t.is(await resultAt(peer, id), 'elsewhere');
    }
  },
);

test.serial('a peer that is told to stop hands its job over at once, and is not waited for', async (t) => {
  const mesh = await startMesh(t, 3);
  const door = mesh.living[0] as PeerProcess;
  const { id, seat } = await runningElsewhere(mesh, door, 20);
  const leaving = seat.peer as PeerProcess;
  seat.peer = undefined;
  leaving.kill('SIGTERM');
  const again = await running(door, id, 2);
  t.like(again.attempts[0], { reason: 'its peer is leaving' });
  t.is(await leaving.exited(), 0);
  t.false(isEnded(await jobAt(door, id)));
  await fetch(`${door.url}/ogcapi/jobs/${id}`, { method: 'DELETE' });
});

test.serial('gismesh drain: what runs is finished, the rest goes on elsewhere, until --undo', async (t) => {
  const mesh = await startMesh(t, 3);
  const door = mesh.living[0] as PeerProcess;
  const { id, seat } = await runningElsewhere(mesh, door, 6);
  const others = await Promise.all(
    Array.from({ length: 12 }, (_, i) => submitEcho(door, { string: `other ${i}`, pause: 2 })),
  );
  const drained = await runCli(['drain', '--json', '--data', seat.data]);
  t.is(drained.code, 0, drained.stderr);
  t.like(JSON.parse(drained.stdout), { draining: true, drained: true, running: 0, queued: 0, unplaced: 0 });
  t.like(await jobAt(door, id), { state: 'successful', epoch: 1 });
  const node = (seat.peer as PeerProcess).ready.peerId;
  const seen = await door.json<Array<{ peerId: string; draining: boolean }>>('/api/peers');
  t.true(seen.find(({ peerId }) => peerId === node)?.draining);
  for (const other of others) {
    await until(async () => isEnded(await jobAt(door, other.id)), 'the end of the others');
    t.is((await jobAt(door, other.id)).state, 'successful');
  }
  const later = await submitEcho(seat.peer as PeerProcess, { string: 'later', pause: 0 });
  await until(async () => isEnded(await jobAt(door, later.id)), 'a job of the peer that drains');
  t.not((await jobAt(door, later.id)).node, node);
  t.is((await runCli(['drain', '--undo', '--data', seat.data])).code, 0);
  await until(async () => {
    const { id: one } = await submitEcho(seat.peer as PeerProcess, { string: 'again', pause: 0 });
    await until(async () => isEnded(await jobAt(door, one)), 'a job after it');
    return (await jobAt(door, one)).node === node;
  }, 'a job at the peer that takes work again');
});

test.serial('what a job said is known after the peer that executed it was killed -9', async (t) => {
  const mesh = await startMesh(t, 3);
  const door = mesh.living[0] as PeerProcess;
  const { id, seat } = await runningElsewhere(mesh, door, 8);
  await until(async () => isEnded(await jobAt(door, id)), 'the end of the job');
  const logAt = async (peer: PeerProcess) => {
    const { lines } = await peer.json<{ lines: Array<{ text: string }> }>(`/api/jobs/${id}/log`);
    return lines.map(({ text }) => text);
  };
  const whole = await logAt(door);
  await mesh.kill(seat);
  for (const peer of mesh.living) {
    const known = await logAt(peer);
    // What it said in its last two seconds may be lost.
    t.true(known.length > 2, `${known.length} of ${whole.length} lines`);
    t.deepEqual(known, whole.slice(0, known.length));
  }
});

test.serial('a door that is killed -9 right after it accepted jobs: they all end', async (t) => {
  const mesh = await startMesh(t, 4);
  const door = mesh.seats[1] as Seat;
  const jobs = await Promise.all(
    Array.from({ length: 6 }, (_, i) =>
      submitEcho(door.peer as PeerProcess, { string: `orphan ${i}`, pause: 0.5 }),
    ),
  );
  await mesh.kill(door);
  for (const { copies } of jobs) t.is(copies, 2);
  for (const [i, { id }] of jobs.entries()) {
    for (const peer of mesh.living) {
      await until(async () => isEnded(await jobAt(peer, id)), `the end of job ${i} at ${peer.url}`);
      t.is(await resultAt(peer, id), `orphan ${i}`);
    }
  }
});

test.serial('a peer alone is killed -9 and started again: what it accepted is executed', async (t) => {
  const mesh = await startMesh(t, 1);
  const [seat] = mesh.seats as [Seat];
  const { id, copies } = await submitEcho(seat.peer as PeerProcess, { string: 'alone', pause: 1 });
  t.is(copies, 0);
  await mesh.kill(seat);
  const peer = await mesh.boot(seat);
  await until(async () => isEnded(await jobAt(peer, id)), 'the end of the job');
  t.is(await resultAt(peer, id), 'alone');
});

test.serial(
  'a third of the peers is killed -9 again and again: all jobs end once, with their results',
  async (t) => {
    const verdict = await JobFaults.run({
      peers: 6,
      jobs: 20,
      maxPauseSeconds: 1,
      killEveryMs: 1500,
      minRounds: 2,
      downMs: 500,
    });
    t.is(verdict.ended, verdict.accepted);
    t.deepEqual([...verdict.lost, ...verdict.twice, ...verdict.unretrievable, ...verdict.unsuccessful], []);
    t.true(verdict.kills >= 4);
  },
);
