import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import type { StatusRecord } from '../../src/core/jobs/status-record.ts';
import { claimed, ended, progressed } from '../../src/core/jobs/transitions.ts';
import { writing } from '../../src/jobs/wire.ts';
import { JobRoom } from './helpers/job-room.ts';

const DAY_MS = 86_400_000;

async function settledRoom(seed: number, count: number, ...more: [object?, object?]) {
  const room = new JobRoom(seed, ...more);
  const machines = await room.fill(count);
  return { room, machines };
}

/** Accepts a job at a machine, has it claimed by another, and runs it to the end, as far as that goes. */
async function someLife(room: JobRoom, at: Machine, owner: Machine, steps: number): Promise<string> {
  const job = room.newJob(at);
  await room.settle(room.of(at).replication.replicate(job));
  const { map, replication } = room.of(owner);
  // The auction tells the owner.
  let status = claimed(job, owner.peer, map.time());
  if (steps > 0) await room.settle(replication.replicate(status));
  for (let i = 1; i < steps; i += 1) {
    status = progressed(status, { progress: i * 10 }, map.time());
    await room.settle(replication.record(status));
  }
  if (steps < 3) return job.id;
  const done = ended(status, { state: 'successful', outputs: [], replicas: [owner.peer] }, map.time());
  await room.settle(replication.replicate(done));
  return job.id;
}

for (const seed of [1, 2, 3]) {
  test(`eight peers see a change within 300 ms (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed, 8);
    const [first, owner] = machines as [Machine, Machine];
    const id = await someLife(room, first, owner, 1);
    let status = (await room.settle(room.of(owner).map.get(id)))!.status;
    for (let progress = 10; progress <= 50; progress += 10) {
      status = progressed(status, { progress }, room.of(owner).map.time());
      const written = (await room.settle(room.of(owner).replication.record(status))) as StatusRecord;
      const isSeen = (machine: Machine) =>
        room.disk(machine).content.records.get(id)?.fingerprint === written.fingerprint;
      t.true((await room.until(() => machines.every(isSeen), 1000)) <= 300);
    }
  });

  test(`what two others acknowledged survives the loss of the submitter (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed, 6);
    const submitter = machines[2] as Machine;
    const job = room.newJob(submitter);
    const request = Uint8Array.of(1, 2, 3);
    const { acknowledged } = await room.settle(room.of(submitter).replication.replicate(job, { request }));
    t.is(acknowledged.length, 2);
    t.deepEqual(
      [...acknowledged].sort(),
      room
        .of(machines[0] as Machine)
        .replication.standbys(job.id, [submitter.peer])
        .sort(),
    );
    for (const machine of machines) room.losePower(machine);
    for (const peer of acknowledged) {
      const { records, requests } = room.disk(machines.find((each) => each.peer === peer)!).content;
      t.is(records.get(job.id)?.status.state, 'accepted');
      t.deepEqual(requests.get(job.id), request);
    }
  });

  test(`both sides of a partition go on, and agree afterwards (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed, 6);
    const id = await someLife(room, machines[0] as Machine, machines[1] as Machine, 2);
    const halves = [machines.slice(0, 3), machines.slice(3)] as const;
    room.world.fabric.partition(...halves.map((half) => half.map(({ peer }) => peer)));
    await room.world.time.advance(30_000);
    // The owner ends the job on one side, a standby takes it over and ends it on the other.
    const owner = room.of(machines[1] as Machine);
    const mine = (await room.settle(owner.map.get(id)))!.status;
    const early = ended(mine, { state: 'successful', outputs: [], replicas: ['early'] }, owner.map.time());
    await room.settle(owner.replication.replicate(early));
    const standby = room.of(machines[4] as Machine);
    const theirs = (await room.settle(standby.map.get(id)))!.status;
    const second = claimed(theirs, machines[4]!.peer, standby.map.time(), { reason: 'gone' });
    const late = ended(second, { state: 'successful', outputs: [], replicas: ['late'] }, standby.map.time());
    await room.settle(standby.replication.replicate(late));
    for (const half of halves) {
      for (let i = 0; i < 20; i += 1) await someLife(room, half[i % 3]!, half[(i + 1) % 3]!, i % 4);
    }
    await room.world.time.advance(5000);
    t.false(room.isConverged());
    room.world.fabric.heal();
    await room.converge(120_000);
    for (const machine of machines) {
      t.is(room.view(machine).length, 41);
      t.deepEqual(room.disk(machine).content.records.get(id)?.status.replicas, ['early']);
    }
  });

  test(`a peer that starts again with its disk learns what it missed (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed, 5);
    const victim = machines[3] as Machine;
    for (let i = 0; i < 10; i += 1) await someLife(room, machines[0]!, machines[1]!, i % 4);
    await room.converge(60_000);
    room.losePower(victim);
    await room.world.time.advance(20_000);
    for (let i = 0; i < 10; i += 1) await someLife(room, machines[0]!, machines[2]!, i % 4);
    victim.plugIn();
    await room.start(victim);
    await room.converge(60_000);
    t.is(room.view(victim).length, 20);
  });

  test(`a peer with a new disk gets everything back (seed ${seed})`, async (t) => {
    const { room, machines } = await settledRoom(seed, 4);
    const victim = machines[1] as Machine;
    for (let i = 0; i < 30; i += 1) await someLife(room, machines[0]!, machines[2]!, i % 4);
    room.kill(victim);
    room.disk(victim).wipe();
    await room.start(victim);
    await room.converge(60_000);
    t.is(room.view(victim).length, 30);
  });

  test(`nothing comes back from a peer that was away longer than statuses live (seed ${seed})`, async (t) => {
    const statuses = { maxTtlMs: 2 * DAY_MS };
    const { room, machines } = await settledRoom(seed, 4, {}, { statuses, replication: { ttlMs: DAY_MS } });
    const away = machines[3] as Machine;
    const old = await someLife(room, machines[0]!, machines[1]!, 2);
    await room.converge(60_000);
    room.kill(away);
    // Nothing happens meanwhile but the passing of the days.
    for (const machine of machines.slice(0, 3)) machine.process.clock.stall();
    await room.world.time.advance(3 * DAY_MS);
    for (const machine of machines.slice(0, 3)) machine.process.clock.resume();
    await room.world.time.advance(120_000);
    await someLife(room, machines[0]!, machines[1]!, 3);
    t.true(room.disk(away).content.records.has(old));
    await room.start(away);
    await room.converge(120_000);
    for (const machine of machines) {
      t.is(room.view(machine).length, 1);
      t.false(room.disk(machine).content.records.has(old));
    }
  });
}

test('a status that is over is not taken again from a peer that still holds it', async (t) => {
  const { room, machines } = await settledRoom(4, 3, {}, { replication: { ttlMs: 60_000 } });
  const [one, two] = machines as [Machine, Machine];
  const id = await someLife(room, one, two, 3);
  await room.converge(60_000);
  // This peer's clock is behind: it holds the status for longer.
  two.shiftWallTime(-100_000);
  await room.world.time.advance(110_000);
  t.false(room.disk(one).content.records.has(id));
  t.true(room.disk(two).content.records.has(id));
  await room.world.time.advance(30_000);
  t.false(room.disk(one).content.records.has(id));
});

test('without any gossip the comparison spreads what the standbys do not hold', async (t) => {
  const { room, machines } = await settledRoom(5, 6, { gossipLoss: 1 });
  for (let i = 0; i < 10; i += 1) await someLife(room, machines[i % 6]!, machines[(i + 1) % 6]!, i % 4);
  t.false(room.isConverged());
  await room.converge(300_000);
  t.is(room.view(machines[5]!).length, 10);
});

test('who does not know a job asks the standbys before it says so', async (t) => {
  const { room, machines } = await settledRoom(6, 6, { gossipLoss: 1 });
  const job = room.newJob(machines[0]!);
  const request = Uint8Array.of(7);
  const { acknowledged } = await room.settle(room.of(machines[0]!).replication.replicate(job, { request }));
  const stranger = machines.slice(1).find(({ peer }) => !acknowledged.includes(peer)) as Machine;
  const { map, replication } = room.of(stranger);
  t.is(await room.settle(map.get(job.id)), undefined);
  room.kill(machines[0]!);
  t.is((await room.settle(replication.find(job.id)))?.status.id, job.id);
  t.deepEqual(await room.settle(replication.request(job.id)), request);
  t.is(await room.settle(replication.find('no-such-job')), undefined);
});

test('when standbys do not answer the next ones are asked; alone nobody acknowledges', async (t) => {
  const { room, machines } = await settledRoom(7, 6);
  const submitter = machines[0]!;
  const job = room.newJob(submitter);
  const [standby] = room.of(submitter).replication.standbys(job.id, [submitter.peer]);
  machines.find(({ peer }) => peer === standby)!.process.clock.stall();
  const { acknowledged } = await room.settle(room.of(submitter).replication.replicate(job));
  t.is(acknowledged.length, 2);
  t.false(acknowledged.includes(standby as string));

  const alone = await settledRoom(7, 1);
  const lonely = alone.machines[0]!;
  const reply = await alone.room.settle(
    alone.room.of(lonely).replication.replicate(alone.room.newJob(lonely)),
  );
  t.deepEqual(reply.acknowledged, []);
  t.is(alone.room.view(lonely).length, 1);
});

test('a write that is overruled tells what is true, and is told that to others', async (t) => {
  const { room, machines } = await settledRoom(8, 3);
  const id = await someLife(room, machines[0]!, machines[1]!, 3);
  await room.converge(60_000);
  const { map, replication } = room.of(machines[2]!);
  const done = (await room.settle(map.get(id)))!.status;
  const stale = { ...done, state: 'running', seq: 99 } as const;
  const { record } = await room.settle(replication.replicate(stale));
  t.is(record.status.state, 'successful');
});

for (const seed of [16, 17, 18]) {
  test(`a dismissal that overrules a claim lives as long everywhere, without any comparison (seed ${seed})`, async (t) => {
    const antiEntropy = { minPeriodMs: DAY_MS, maxPeriodMs: DAY_MS };
    const { room, machines } = await settledRoom(seed, 8, {}, { replication: { antiEntropy } });
    const [door] = machines as [Machine];
    const job = room.newJob(door);
    const standbys = room.of(door).replication.standbys(job.id, [door.peer]);
    const other = machines.slice(1).find(({ peer }) => !standbys.includes(peer)) as Machine;
    await room.settle(room.of(door).replication.replicate(job));
    await room.world.time.advance(1000);
    t.true(room.isConverged());
    door.shiftWallTime(10_000);
    const dismissing = room
      .of(other)
      .replication.commit(ended(job, { state: 'dismissed' }, room.of(other).map.time()));
    await room.world.time.advance(1);
    // The door has not heard of it.
    const claim = claimed(job, door.peer, room.of(door).map.time());
    const expiresAt = door.process.clock.wallTime() + room.config.replication.ttlMs;
    const claiming = room.of(door).replication.commit(claim);
    const [, instead] = await room.settle(Promise.all([dismissing, claiming]));
    t.is(instead.status.state, 'dismissed');
    await room.world.time.advance(1000);
    t.true(room.isConverged());
    t.is(room.disk(other).content.records.get(job.id)?.expiresAt, expiresAt);
  });
}

test('few differences among many statuses cost little, and a newcomer asks in bounded messages', async (t) => {
  const { room, machines } = await settledRoom(9, 2);
  const [one, two] = machines as [Machine, Machine];
  const writes = Array.from({ length: 3000 }, () => ({
    record: writing(room.newJob(one), one.process.clock.wallTime() + DAY_MS),
  }));
  await room.settle(room.of(one).map.take(writes));
  await room.converge(60_000);
  const sent: number[] = [];
  room.world.fabric.observe(({ label, bytes }) => {
    if (/jobs\.(compare|pull)/.test(label)) sent.push(bytes);
  });
  for (let i = 0; i < 3; i += 1) {
    const record = writing(room.newJob(one), one.process.clock.wallTime() + DAY_MS);
    await room.settle(room.of(one).map.take([{ record }]));
  }
  await room.converge(60_000);
  t.true(sent.reduce((sum, bytes) => sum + bytes, 0) < 32_000, `${sent}`);

  sent.length = 0;
  room.kill(two);
  room.disk(two).wipe();
  await room.start(two);
  await room.converge(60_000);
  t.true(Math.max(...sent) < 200_000);
  t.true(sent.length < 60, `${sent.length}`);
});

const calls = ['jobs.put', 'jobs.find', 'jobs.compare', 'jobs.pull'];

test('malformed messages are refused and change nothing', async (t) => {
  const { room, machines } = await settledRoom(10, 2);
  const [one, two] = machines as [Machine, Machine];
  const { network } = one.process;
  for (const method of calls) {
    for (const length of [1, 50, 5000]) {
      const call = network.call(two.peer, method, new Uint8Array(length).fill(0xff), { timeoutMs: 1000 });
      await t.throwsAsync(room.settle(call), { code: 'MESSAGE_MALFORMED' }, method);
    }
  }
  network.publish('jobs', new Uint8Array(100).fill(0xff));
  await room.world.time.advance(1000);
  t.deepEqual(room.view(two), []);
  t.is((await someLife(room, one, two, 3)).length > 0, true);
});

test('a peer whose clock is far ahead fills nobody, and a full peer takes no more', async (t) => {
  const { room, machines } = await settledRoom(11, 3, {}, { statuses: { maxRecords: 10 } });
  const [ahead, two, three] = machines as [Machine, Machine, Machine];
  ahead.shiftWallTime(2 * DAY_MS);
  for (let i = 0; i < 5; i += 1) {
    const { acknowledged } = await room.settle(room.of(ahead).replication.replicate(room.newJob(ahead)));
    t.deepEqual(acknowledged, []);
  }
  await room.world.time.advance(60_000);
  t.deepEqual(room.view(two), []);
  for (let i = 0; i < 10; i += 1) await room.settle(room.of(two).replication.replicate(room.newJob(two)));
  await t.throwsAsync(room.settle(room.of(two).replication.replicate(room.newJob(two))), { code: 'BUSY' });
  await room.world.time.advance(60_000);
  t.is(room.view(three).length, 10);
});

test('clocks with the wrong time zone do no harm', async (t) => {
  const { room, machines } = await settledRoom(13, 4);
  machines[0]!.shiftWallTime(10 * 3_600_000);
  machines[1]!.shiftWallTime(-9 * 3_600_000);
  for (let i = 0; i < 8; i += 1) {
    const machine = machines[i % 4]!;
    const { acknowledged } = await room.settle(room.of(machine).replication.replicate(room.newJob(machine)));
    t.is(acknowledged.length, 2);
    await someLife(room, machine, machines[(i + 1) % 4]!, i % 4);
  }
  await room.converge(60_000);
  t.is(room.view(machines[3]!).length, 16);
});

test('a peer whose statuses are lost while it runs gets them back', async (t) => {
  const { room, machines } = await settledRoom(14, 3);
  for (let i = 0; i < 9; i += 1) await someLife(room, machines[0]!, machines[1]!, i % 4);
  await room.converge(60_000);
  room.disk(machines[2]!).wipe();
  t.false(room.isConverged());
  await room.converge(60_000);
  t.is(room.view(machines[2]!).length, 9);
});

test('one seed gives one course of events', async (t) => {
  const run = async () => {
    const { room, machines } = await settledRoom(12, 4);
    for (let i = 0; i < 8; i += 1) await someLife(room, machines[i % 4]!, machines[(i + 1) % 4]!, i % 4);
    await room.world.time.advance(30_000);
    return { trace: room.world.trace.hash(), view: room.view(machines[0]!) };
  };
  t.deepEqual(await run(), await run());
});
