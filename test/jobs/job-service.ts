import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { requestOf, WorkingRoom, work } from './helpers/working-room.ts';

async function settledRoom(seed: number, count: number, config: object = {}) {
  const room = new WorkingRoom(seed, {}, config);
  const machines = await room.fill(count);
  return { room, machines, first: machines[0] as Machine };
}

test('a job is accepted, executed, and known to everyone', async (t) => {
  const { room, first } = await settledRoom(1, 4);
  const id = await room.submit(first, { seconds: '2', word: 'hello' });
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  t.is(status.epoch, 1);
  t.is(status.outputs[0]?.name, 'word');
  t.is(status.replicas.length, 3);
  t.is(room.runsOf('hello').length, 1);
});

test('a peer alone accepts and executes, and says that nobody else holds the job', async (t) => {
  const { room, first } = await settledRoom(2, 1);
  const id = await room.submit(first, { word: 'alone' });
  t.is((await room.untilEnded(id)).state, 'successful');
});

test('a job whose client waits is on the disk of its peer before the client hears of it', async (t) => {
  const about = { door: 'wps-1.0.0', user: 'anna', isAwaited: true } as const;
  const kept = new Set<boolean>();
  for (let seed = 0; seed < 20; seed += 1) {
    for (const isSafe of [false, true]) {
      const { room, first } = await settledRoom(seed, 1);
      const request = { ...requestOf({ seconds: '20', word: 'awaited' }), mode: 'sync' } as const;
      const accepted = await room.settle(room.service(first).submit(request, about));
      t.is(accepted.record.status.mode, 'sync');
      if (isSafe) await room.settle(accepted.safe());
      room.losePower(first);
      const isThere = room.status(first, accepted.record.status.id) !== undefined;
      if (isSafe) t.true(isThere);
      else kept.add(isThere);
    }
  }
  // Without that the power may take it: this is what is waited for.
  t.true(kept.has(false));
});

test('what must not run twice, and what nobody waits for, is on the disk at once', async (t) => {
  const about = { door: 'wps-1.0.0', user: 'anna', isAwaited: true } as const;
  for (let seed = 0; seed < 10; seed += 1) {
    for (const [process, mode] of [['once', 'sync'] as const, ['work', 'async'] as const]) {
      const { room, first } = await settledRoom(seed, 1);
      const request = { ...requestOf({ seconds: '20', word: 'known' }, process), mode };
      const { record } = await room.settle(room.service(first).submit(request, about));
      room.losePower(first);
      t.not(room.status(first, record.status.id), undefined);
    }
  }
});

test('a peer without the process describes it and has it executed elsewhere', async (t) => {
  const room = new WorkingRoom(3);
  room.offers.set('peer-1', []);
  const [first] = (await room.fill(3)) as [Machine];
  t.deepEqual(room.service(first).processes.find('work'), work);
  const id = await room.submit(first, { word: 'elsewhere' });
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  t.not(status.owner, first.peer);
});

test('jobs of others wait until nobody works at the machine that could execute them; its own do not', async (t) => {
  const room = new WorkingRoom(41);
  room.offers.set('peer-1', []);
  room.offers.set('peer-2', []);
  const [first, , third] = (await room.fill(3)) as [Machine, Machine, Machine];
  room.owned.add(third.peer);
  const own = await room.submit(third, { word: 'own' });
  t.is((await room.untilEnded(own)).owner, third.peer);
  const id = await room.submit(first, { word: 'patient' });
  await room.world.time.advance(30_000);
  t.is(room.status(first, id)?.state, 'accepted');
  t.deepEqual(room.runsOf('patient'), []);
  room.owned.delete(third.peer);
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  t.is(status.owner, third.peer);
});

test('why a job went elsewhere is told without where its former peer keeps its files', async (t) => {
  const room = new WorkingRoom(44);
  room.offers.set('peer-1', []);
  room.offers.set('peer-3', []);
  const [first, second] = (await room.fill(3)) as [Machine, Machine];
  room.spoilt.add(second.peer);
  const id = await room.submit(first, { word: 'moved' });
  await room.until(() => room.status(first, id)?.attempts[0]?.reason !== undefined, 30_000);
  const [attempt] = room.status(first, id)?.attempts ?? [];
  t.like(attempt, { owner: second.peer, reason: 'its disk is full or cannot be written to' });
});

test('a peer without room for outputs executes nothing, and refuses what nobody else could take', async (t) => {
  const { room, machines, first } = await settledRoom(42, 3);
  const [, , third] = machines as [Machine, Machine, Machine];
  for (const { peer } of machines) if (peer !== third.peer) room.full.add(peer);
  const id = await room.submit(first, { word: 'roomy' });
  const status = await room.untilEnded(id);
  t.is(status.state, 'successful');
  t.is(status.owner, third.peer);
  const { room: alone, first: only } = await settledRoom(43, 1);
  alone.full.add(only.peer);
  await t.throwsAsync(alone.submit(only), { code: 'BUSY', message: /artifacts\.store\.quotaBytes/ });
});

test('jobs that are submitted at one peer at the same moment spread over the room', async (t) => {
  const { room, first } = await settledRoom(42, 6);
  const ids = await room.submitTogether(
    first,
    Array.from({ length: 6 }, (_, i) => ({ seconds: '30', word: `burst ${i}` })),
  );
  await room.world.time.advance(5_000);
  t.deepEqual(
    ids.map((id) => room.status(first, id)?.state),
    ids.map(() => 'running'),
  );
  const owners = new Set(ids.map((id) => room.status(first, id)?.owner));
  t.true(owners.size >= 4, `${owners.size} of 6 machines`);
});

for (const seed of [44, 45, 46]) {
  test(`front doors that place at the same moment do not choose the same peer (seed ${seed})`, async (t) => {
    const config = { execution: { slots: 1 }, rebalancing: { waitedMs: 600_000 } };
    const room = new WorkingRoom(seed, {}, config);
    for (const door of ['peer-1', 'peer-2']) room.offers.set(door, []);
    const [one, other] = (await room.fill(6)) as [Machine, Machine];
    const submit = (at: Machine, word: string) =>
      room
        .service(at)
        .submit(requestOf({ seconds: '30', word }), { door: 'ogcapi', user: 'anna' })
        .then(({ record }) => record.status.id);
    const ids = await room.settle(
      Promise.all([submit(one, 'a'), submit(other, 'b'), submit(one, 'c'), submit(other, 'd')]),
    );
    await room.world.time.advance(5_000);
    const statuses = ids.map((id) => room.status(one, id));
    t.deepEqual(
      statuses.map((status) => `${status?.state} ${status?.epoch}`),
      ids.map(() => 'running 1'),
    );
    t.is(new Set(statuses.map((status) => status?.owner)).size, 4);
  });
}

test('a process that fails is told so, and not run again', async (t) => {
  const { room, first } = await settledRoom(4, 3);
  const id = await room.submit(first, { word: 'bad', fail: 'true' });
  const status = await room.untilEnded(id);
  t.is(status.state, 'failed');
  t.is(status.message, 'as it was told to');
  t.is(room.runsOf('bad').length, 1);
});

for (const seed of Array.from({ length: 10 }, (_, i) => i + 10)) {
  test(`the executing peer is killed: another one ends the job (seed ${seed})`, async (t) => {
    const { room, machines, first } = await settledRoom(seed, 5);
    const id = await room.submit(first, { seconds: '20', word: 'again' });
    const owner = await room.untilRunning(id, machines[1] as Machine);
    await room.world.time.advance(3000);
    room.kill(owner);
    const witness = machines.find(({ isRunning }) => isRunning) as Machine;
    const passedMs = await room.until(() => room.status(witness, id)?.epoch === 2, 20_000);
    t.true(passedMs <= 5000, `${passedMs} ms`);
    const status = await room.untilEnded(id);
    t.is(status.state, 'successful');
    t.is(status.epoch, 2);
    t.not(status.owner, owner.peer);
    t.deepEqual(
      room
        .runsOf('again')
        .map(({ end }) => end)
        .sort(),
      ['done', 'running'],
    );
  });

  test(`the submitter is killed right after it answered (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 100, 5);
    const id = await room.submit(first, { seconds: '5', word: 'orphan' });
    room.kill(first);
    const status = await room.untilEnded(id);
    t.is(status.state, 'successful');
    t.true(machines.some(({ peer }) => peer === status.owner));
    t.is(room.runsOf('orphan').filter(({ end }) => end === 'done').length, 1);
  });

  test(`what must not run twice fails with a clear message when its peer dies (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 200, 5);
    const id = await room.submit(first, { seconds: '20', word: 'once' }, 'once');
    const owner = await room.untilRunning(id, machines[1] as Machine);
    room.kill(owner);
    const status = await room.untilEnded(id);
    t.is(status.state, 'failed');
    t.regex(status.message, /must not be run twice/);
    t.true(room.runsOf('once').length <= 1);
  });

  test(`a partition: both sides agree on one end afterwards (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 300, 6);
    const id = await room.submit(first, { seconds: '30', word: 'split' });
    const owner = await room.untilRunning(id, machines[1] as Machine);
    const others = machines.filter((machine) => machine !== owner);
    const here = [owner, ...others.slice(0, 2)].map(({ peer }) => peer);
    room.world.fabric.partition(
      here,
      others.slice(2).map(({ peer }) => peer),
    );
    await room.world.time.advance(25_000);
    room.world.fabric.heal();
    const status = await room.untilEnded(id, 240_000);
    t.is(status.state, 'successful');
    t.is(new Set(room.states(id)).size, 1);
  });

  test(`dismissed at another peer: the work ends (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 400, 4);
    const id = await room.submit(first, { seconds: '60', word: 'stop' });
    await room.untilRunning(id, machines[1] as Machine);
    await room.settle(room.service(machines[3] as Machine).dismiss(id, 'bob'));
    const status = await room.untilEnded(id, 5000);
    t.is(status.state, 'dismissed');
    await room.until(() => room.runsOf('stop').every(({ end }) => end === 'aborted'), 5000);
  });

  test(`the executing peer is started again: its job is not forgotten (seed ${seed})`, async (t) => {
    const { room, first, machines } = await settledRoom(seed + 500, 2);
    const id = await room.submit(first, { seconds: '10', word: 'reboot' });
    const owner = await room.untilRunning(id, machines[1] as Machine);
    room.kill(owner);
    await room.start(owner);
    const status = await room.untilEnded(id);
    t.is(status.state, 'successful');
    t.true(status.epoch >= 2);
  });
}

test('who is busy for longer than such jobs take as a rule gets no further one', async (t) => {
  const { room, first, machines } = await settledRoom(5, 3, { execution: { slots: 1 } });
  for (let i = 0; i < 4; i += 1) await room.untilEnded(await room.submit(first, { seconds: '0.1' }));
  const long = await room.submit(first, { seconds: '60', word: 'long' });
  const busy = await room.untilRunning(long, machines[1] as Machine);
  await room.world.time.advance(8000);
  const id = await room.submit(busy, { seconds: '1', word: 'short' });
  t.not((await room.untilEnded(id, 20_000)).owner, busy.peer);
});

test('a job that is dismissed while it is being accepted is looked after by nobody', async (t) => {
  const { room, first, machines } = await settledRoom(91, 3);
  const [, second, third] = machines as [Machine, Machine, Machine];
  const elsewhere = room.service(second);
  elsewhere.map.onChange(({ status: { id, state } }) => {
    if (state === 'accepted') elsewhere.dismiss(id, 'anna').catch(() => {});
  });
  // Its acknowledgement is waited for while the dismissal comes.
  third.process.clock.stall();
  room.world.time.at(room.world.time.nowMs + 1500, () => third.process.clock.resume());
  const id = await room.submit(first);
  t.is((await room.untilEnded(id)).state, 'dismissed');
  await room.world.time.advance(5000);
  const isSought = () => room.service(first).load.queued > 0;
  await t.throwsAsync(room.until(isSought, 1000, 0.25), { message: /not within/ });
});

test('a slot is taken by one job, while others wait for theirs', async (t) => {
  const { room, first } = await settledRoom(5, 1, { execution: { slots: 1, maxStoring: 2 } });
  const ids: string[] = [];
  for (const word of ['one', 'two', 'three', 'four']) ids.push(await room.submit(first, { word }));
  let most = 0;
  await room.until(() => {
    most = Math.max(most, room.runs.filter(({ end }) => end === 'running').length);
    return room.runs.filter(({ end }) => end === 'done').length === ids.length;
  }, 60_000);
  t.is(most, 1);
});

test('a slot is free for the next job while the outputs of the one before are being kept', async (t) => {
  const { room, first } = await settledRoom(5, 1, { execution: { slots: 1, maxStoring: 2 } });
  room.storingMs = 30_000;
  const ids: string[] = [];
  for (const word of ['a', 'b', 'c', 'd', 'e']) ids.push(await room.submit(first, { seconds: '1', word }));
  await room.world.time.advance(10_000);
  t.is(room.runs.filter(({ end }) => end === 'done').length, 3, 'no more than so many are kept at a time');
  for (const id of ids) t.is((await room.untilEnded(id, 120_000)).state, 'successful');
});

test('a room full of jobs, a third of the peers killed: all end, none twice', async (t) => {
  const { room, machines, first } = await settledRoom(77, 9);
  const ids: string[] = [];
  for (let i = 0; i < 60; i += 1) {
    const at = machines[i % 9] as Machine;
    if (at.isRunning) ids.push(await room.submit(at, { seconds: String(1 + (i % 7)), word: `job ${i}` }));
    if (i === 20 || i === 30 || i === 40) room.kill(machines[i / 10] as Machine);
  }
  t.true(first.isRunning);
  for (const id of ids) t.is((await room.untilEnded(id, 300_000)).state, 'successful');
});
