import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { claimed, ended, progressed } from '../../src/core/jobs/transitions.ts';
import { requestOf, WorkingRoom } from './helpers/working-room.ts';

async function settledRoom(seed: number, count: number, config: object = {}) {
  const room = new WorkingRoom(seed, {}, config);
  const machines = await room.fill(count);
  return { room, machines, first: machines[0] as Machine };
}

/** A job that runs at another machine than where it was submitted. */
async function runningElsewhere(
  room: WorkingRoom,
  at: Machine,
  seconds: number,
  process = 'work',
): Promise<{ id: string; owner: Machine; word: string }> {
  for (let i = 0; ; i += 1) {
    const word = `job ${i}`;
    const id = await room.submit(at, { seconds: String(seconds), word }, process);
    const owner = await room.untilRunning(id, at);
    if (owner !== at) return { id, owner, word };
  }
}

for (const seed of [1, 2, 3]) {
  test(`a peer that leaves gives what it executes to others at once (seed ${seed})`, async (t) => {
    const { room, first } = await settledRoom(seed, 4);
    const { id, owner } = await runningElsewhere(room, first, 60);
    room.service(owner).drain();
    const passedMs = await room.until(() => room.status(first, id)?.epoch === 2, 5000);
    t.true(passedMs <= 1000, `${passedMs} ms`);
    await room.until(() => !room.service(owner).busy, 1000);
    t.like(room.status(first, id)?.attempts[0], { reason: 'its peer is leaving', handedOver: true });
    const status = await room.untilEnded(id);
    t.is(status.state, 'successful');
    t.not(status.owner, owner.peer);
  });

  test(`a peer that drains finishes what runs and gives away what waits, until it is told otherwise (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 40, 3, { execution: { slots: 1 } });
    const { id, owner } = await runningElsewhere(room, first, 20);
    for (const machine of machines) await room.submit(machine, { seconds: '60', word: 'busy' });
    const waiting: string[] = [];
    for (let i = 0; i < 6; i += 1) waiting.push(await room.submit(first, { seconds: '5' }));
    const ownerOf = (job: string) => room.status(first, job)?.owner;
    await room.until(() => waiting.some((job) => ownerOf(job) === owner.peer), 20_000);
    room.service(owner).drain({ running: false });
    await room.until(() => waiting.every((job) => ownerOf(job) !== owner.peer), 10_000);
    t.like(await room.untilEnded(id), { state: 'successful', epoch: 1, owner: owner.peer });
    await room.until(() => !room.service(owner).busy, 1000);
    t.is((await room.untilEnded(await room.submit(first, { word: 'drained' }), 600_000)).state, 'successful');
    t.not(room.runsOf('drained')[0]?.peer, owner.peer);

    room.service(owner).resume();
    for (const machine of machines) await room.submit(machine, { seconds: '60', word: 'after' });
    await room.until(() => room.runsOf('after').some(({ peer }) => peer === owner.peer), 20_000);
    t.pass();
  });

  test(`what must not run twice stays with a peer that leaves (seed ${seed})`, async (t) => {
    const { room, first } = await settledRoom(seed + 10, 4);
    const { id, owner, word } = await runningElsewhere(room, first, 8, 'once');
    room.service(owner).drain();
    const status = await room.untilEnded(id);
    t.like(status, { state: 'successful', epoch: 1, owner: owner.peer });
    t.is(room.runsOf(word).length, 1);
  });

  test(`jobs of others make room for the owner of a machine (seed ${seed})`, async (t) => {
    const { room, first } = await settledRoom(seed + 20, 3, { execution: { slots: 1, yieldMs: 5000 } });
    const { id, owner } = await runningElsewhere(room, first, 600);
    await room.world.time.advance(20_000);
    room.owned.add(owner.peer);
    await room.world.time.advance(4000);
    t.is(room.status(first, id)?.epoch, 1);
    t.regex(room.status(first, id)?.message ?? '', /^suspended/);
    await room.until(() => (room.status(first, id)?.epoch ?? 0) === 2, 60_000);
    t.not(room.status(first, id)?.owner, owner.peer);
    t.like(room.status(first, id)?.attempts[0], {
      reason: 'its peer is needed by its owner',
      handedOver: true,
    });
  });

  test(`a job stands still while the owner is there, keeps its lease, and goes on (seed ${seed})`, async (t) => {
    const { room, first } = await settledRoom(seed + 50, 3, { execution: { slots: 1, yieldMs: 60_000 } });
    const { id, owner, word } = await runningElsewhere(room, first, 20);
    await room.world.time.advance(4000);
    room.owned.add(owner.peer);
    await room.world.time.advance(3000);
    const standing = room.status(first, id);
    await room.world.time.advance(40_000);
    t.like(room.status(first, id), { epoch: 1, progress: standing?.progress as number });
    // The slot is the owner's meanwhile.
    t.is((await room.untilEnded(await room.submit(owner, { word: 'own' }), 5000)).owner, owner.peer);
    room.owned.delete(owner.peer);
    t.like(await room.untilEnded(id, 25_000), { state: 'successful', epoch: 1, owner: owner.peer });
    t.is(room.runsOf(word).length, 1);
  });

  test(`what must not run twice waits until the owner is gone; so does what nobody else takes (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 60, 3, {
      execution: { slots: 1, yieldMs: 5000 },
    });
    const once = await runningElsewhere(room, first, 20, 'once');
    room.owned.add(once.owner.peer);
    await room.world.time.advance(60_000);
    t.like(room.status(first, once.id), { state: 'running', epoch: 1, owner: once.owner.peer });
    room.owned.clear();
    t.like(await room.untilEnded(once.id, 30_000), { state: 'successful', epoch: 1 });
    t.is(room.runsOf(once.word).length, 1);

    const alone = await runningElsewhere(room, first, 20);
    for (const { peer } of machines) room.owned.add(peer);
    for (const { peer } of machines) room.full.add(peer);
    await room.world.time.advance(60_000);
    t.like(room.status(first, alone.id), { state: 'running', epoch: 1 });
    room.full.clear();
    room.owned.delete(alone.owner.peer);
    const {
      owner: { peer },
    } = alone;
    t.like(await room.untilEnded(alone.id, 30_000), { state: 'successful', epoch: 1, owner: peer });
  });

  test(`an executor that is started again before anybody missed it lets others know first (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 30, 5);
    const { id, owner, word } = await runningElsewhere(room, first, 20);
    room.kill(owner);
    await room.until(() => room.status(first, id)?.epoch === 2, 20_000);
    const heir = room.status(first, id)?.owner;
    await room.start(owner);
    await room.world.time.advance(10_000);
    t.like(room.status(machines.find(({ isRunning }) => isRunning)!, id), { epoch: 2, owner: heir });
    t.is((await room.untilEnded(id)).epoch, 2);
    t.is(room.runsOf(word).filter(({ end }) => end === 'done').length, 1);
  });

  test(`the request of a job is found after all who were given it are gone (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 40, 7);
    const { id, owner } = await runningElsewhere(room, first, 60);
    const holders = () => machines.filter((machine) => room.disk(machine).content.requests.has(id));
    for (const machine of holders()) {
      if (machine === owner) continue;
      room.kill(machine);
      await room.world.time.advance(6000);
    }
    t.true(holders().filter(({ isRunning }) => isRunning).length >= 3);
    room.kill(owner);
    const status = await room.untilEnded(id, 200_000);
    t.is(status.state, 'successful');
    for (const machine of machines.filter(({ isRunning }) => isRunning)) {
      const submission = await room.settle(room.service(machine).submission(id));
      t.is(submission?.request.process, 'work');
    }
  });

  test(`the first end stands where others held it, whoever comes second (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed + 50, 5);
    const [submitter, one, other] = machines as [Machine, Machine, Machine];
    const job = room.newJob(submitter);
    await room.settle(room.of(submitter).replication.replicate(job));
    const endBy = (machine: Machine, epoch: number) => {
      const { map } = room.of(machine);
      let status = job;
      for (let i = 0; i < epoch; i += 1)
        status = progressed(claimed(status, machine.peer, map.time()), {}, map.time());
      return ended(status, { state: 'successful', outputs: [], replicas: [machine.peer] }, map.time());
    };
    const first = await room.settle(room.of(one).replication.commit(endBy(one, 2)));
    t.is(first.status.owner, one.peer);
    // By the order of writings the lower epoch would go above it.
    const second = await room.settle(room.of(other).replication.commit(endBy(other, 1)));
    t.is(second.status.owner, one.peer);
    await room.converge(60_000);
    t.is(new Set(room.states(job.id)).size, 1);
  });
}

for (const [seed, forMs] of [
  [1, 10_000],
  [3, 12_000],
  [2, 20_000],
  [6, 40_000],
] as const) {
  test(`who stood still for ${forMs} ms ends no job that another one has ended (seed ${seed})`, async (t) => {
    const { room, machines, first } = await settledRoom(seed, 4);
    const { id, owner } = await runningElsewhere(room, first, 3);
    await room.until(() => (room.status(owner, id)?.progress ?? 0) >= 80, 10_000);
    owner.process.clock.stall();
    const others = machines.filter((machine) => machine !== owner);
    const ends = () => new Set(others.map((machine) => JSON.stringify(room.status(machine, id))));
    await room.world.time.advance(forMs);
    const [before = ''] = ends();
    t.like(JSON.parse(before), { state: 'successful', epoch: 2 });
    owner.process.clock.resume();
    await room.world.time.advance(20_000);
    t.deepEqual([...ends()], [before]);
    t.is(JSON.stringify(room.status(owner, id)), before);
  });
}

test('an end that nobody else took is not written, while others live', async (t) => {
  const { room, machines } = await settledRoom(60, 4);
  const [submitter, owner] = machines as [Machine, Machine];
  const job = room.newJob(submitter);
  await room.settle(room.of(submitter).replication.replicate(job));
  await room.converge(60_000);
  const others = machines.filter((machine) => machine !== owner).map(({ peer }) => peer);
  room.world.fabric.partition([owner.peer], others);
  const { map, replication } = room.of(owner);
  const end = ended(claimed(job, owner.peer, map.time()), { state: 'dismissed' }, map.time());
  await t.throwsAsync(room.settle(replication.commit(end)), { code: 'NETWORK_UNREACHABLE' });
  t.is(room.status(owner, job.id)?.state, 'accepted');
});

test('a job is given up after attempts that were broken off; those handed over count for nothing', async (t) => {
  const { room, first, machines } = await settledRoom(70, 4, { placing: { maxAttempts: 2 } });
  const id = await room.submit(first, { seconds: '60', word: 'deadly' });
  const breakOff = async (epoch: number) => {
    await room.until(() => {
      const status = room.status(machines.find(({ isRunning }) => isRunning)!, id);
      return status?.epoch === epoch && status.startedAt !== undefined;
    }, 30_000);
    const owner = room.machine(room.status(machines.find(({ isRunning }) => isRunning)!, id)!.owner);
    // Others have heard that it began.
    await room.world.time.advance(1000);
    room.kill(owner);
    return owner;
  };
  await room.start(await breakOff(1));
  await breakOff(2);
  const status = await room.untilEnded(id);
  t.is(status.state, 'failed');
  t.regex(status.message, /^given up after 2 attempts/);
});

test('a job that was only waiting at a dead peer is run, though it must not run twice', async (t) => {
  const { room, first, machines } = await settledRoom(80, 3, { execution: { slots: 1 } });
  const ids: string[] = [];
  for (let i = 0; i < 6; i += 1)
    ids.push(await room.submit(first, { seconds: '8', word: `once ${i}` }, 'once'));
  const isWaiting = (id: string) => {
    const status = room.status(first, id);
    return status?.epoch === 1 && status.startedAt === undefined && status.owner !== first.peer;
  };
  await room.until(() => ids.some(isWaiting), 20_000);
  const waiting = ids.find(isWaiting) as string;
  room.kill(room.machine(room.status(first, waiting)!.owner));
  t.is((await room.untilEnded(waiting)).state, 'successful');
  for (const id of ids) await room.untilEnded(id);
  t.is(machines.filter(({ isRunning }) => isRunning).length, 2);
  for (let i = 0; i < 6; i += 1) t.true(room.runsOf(`once ${i}`).length <= 1);
});

test('when too many wait, further jobs are refused clearly, and those that wait are all executed', async (t) => {
  const { room, first } = await settledRoom(90, 2, {
    execution: { slots: 1, maxQueued: 2 },
    placing: { maxWaiting: 5 },
  });
  const ids: string[] = [];
  const refused = await t.throwsAsync(async () => {
    for (let i = 0; i < 30; i += 1) ids.push(await room.submit(first, { seconds: '2', word: `full ${i}` }));
  });
  t.like(refused, { code: 'BUSY' });
  t.regex(refused?.message ?? '', /jobs wait here/);
  t.true(ids.length >= 5);
  for (const id of ids) t.is((await room.untilEnded(id)).state, 'successful');
});

test('who would wait in vain is told so at once, and in a full mesh goes before those who do not wait', async (t) => {
  const { room, first, machines } = await settledRoom(95, 2, { execution: { slots: 1, maxQueued: 2 } });
  const submit = (mode: 'sync' | 'async', modeIsPreference = false) =>
    room.settle(
      room
        .service(first)
        .submit(
          { ...requestOf({ seconds: '30' }), mode, modeIsPreference },
          { door: 'ogcapi', user: 'anna' },
        ),
    );
  const accepted = [];
  for (let i = 0; i < 12; i += 1) accepted.push(await submit('async'));
  await room.world.time.advance(4000);
  const service = room.service(first);
  t.true(service.load.queued > 4, 'some wait for a peer that takes them');
  const sync = await submit('sync');
  await room.world.time.advance(2000);
  t.is(room.status(first, sync.record.status.id)?.epoch, 1, 'somebody has it in its queue');
  for (let i = 0; i < 5; i += 1) accepted.push(await submit('sync'));
  await room.world.time.advance(4000);
  await t.throwsAsync(submit('sync'), { code: 'BUSY', message: /No peer takes jobs of "work" at present/ });
  const preferred = await submit('sync', true);
  t.is(preferred.record.status.mode, 'async');
  for (const { record } of [...accepted, sync, preferred]) {
    await room.settle(room.service(machines[1] as Machine).dismiss(record.status.id, 'anna'));
  }
  await room.world.time.advance(1000);
  t.is((await submit('sync')).record.status.mode, 'sync');
});

for (const state of ['accepted', 'queued', 'running', 'ended'] as const) {
  test(`dismissed while it is ${state}: it stays dismissed, and nothing runs on`, async (t) => {
    const { room, first, machines } = await settledRoom(100, 3, { execution: { slots: 1 } });
    const word = `dismissed while ${state}`;
    if (state === 'queued' || state === 'accepted') {
      for (let i = 0; i < 9; i += 1) await room.submit(first, { seconds: '5' });
    }
    const id = await room.submit(first, { seconds: '3', word });
    if (state === 'queued') await room.until(() => (room.status(first, id)?.epoch ?? 0) === 1, 20_000);
    if (state === 'running') await room.untilRunning(id, first);
    if (state === 'ended') await room.untilEnded(id);
    const dismissed = await room.settle(room.service(machines[2] as Machine).dismiss(id, 'anna'));
    t.is(dismissed.status.state, 'dismissed');
    await room.world.time.advance(60_000);
    t.is((await room.untilEnded(id)).state, 'dismissed');
    t.true(room.runsOf(word).every(({ end }) => end === (state === 'ended' ? 'done' : 'aborted')));
  });
}

test('many jobs of one user do not keep back the one of another', async (t) => {
  const { room, first } = await settledRoom(110, 2, { execution: { slots: 1, maxQueued: 2 } });
  const submit = (user: string, word: string) =>
    room.settle(room.service(first).submit(requestOf({ seconds: '2', word }), { door: 'ogcapi', user }));
  const many: string[] = [];
  for (let i = 0; i < 20; i += 1) many.push((await submit('anna', `many ${i}`)).record.status.id);
  const one = (await submit('bob', 'one')).record.status.id;
  await room.untilEnded(one);
  const ended = many.filter((id) => room.status(first, id)?.state === 'successful');
  t.true(ended.length <= 12, `${ended.length} went before`);
  for (const id of many) t.is((await room.untilEnded(id, 200_000)).state, 'successful');
});

test('a standby that does not answer is not waited for: two others hold the job soon', async (t) => {
  const { room, first } = await settledRoom(120, 6);
  for (const { peer } of room.world.machines.slice(1, 3)) room.world.fabric.unplug(peer);
  const begunMs = room.world.time.nowMs;
  const submitting = room
    .service(first)
    .submit(requestOf({ word: 'safe' }), { door: 'ogcapi', user: 'anna' });
  const { copies, isThin } = await room.settle(submitting);
  t.is(copies, 2);
  t.false(isThin);
  t.true(room.world.time.nowMs - begunMs <= 1500, `${room.world.time.nowMs - begunMs} ms`);
});

test('a peer whose calendar is some hours ahead gives no job up for it', async (t) => {
  const { room, first, machines } = await settledRoom(130, 3, { placing: { patienceMs: 3_600_000 } });
  for (const machine of machines.slice(1)) machine.shiftWallTime(6 * 3_600_000);
  const id = await room.submit(first, { seconds: '20', word: 'late' });
  await room.untilRunning(id, first);
  await room.world.time.advance(1000);
  room.kill(room.machine(room.status(first, id)!.owner));
  t.is((await room.untilEnded(id)).state, 'successful');
});
