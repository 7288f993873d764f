import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { TAKEN_OVER } from '../../src/core/jobs/lease.ts';
import { WorkingRoom } from './helpers/working-room.ts';

const ONE_SLOT = { execution: { slots: 1 } };

/** All jobs wait at the first machine, since somebody works at the others. */
async function crowdedRoom(seed: number, count: number, jobs: number, process = 'work', seconds = '5') {
  const room = new WorkingRoom(seed, {}, ONE_SLOT);
  const machines = await room.fill(count);
  const [first, ...others] = machines as [Machine, ...Machine[]];
  for (const { peer } of others) room.owned.add(peer);
  const words = Array.from({ length: jobs }, (_, at) => `job ${at}`);
  const ids = await room.submitTogether(
    first,
    words.map((word) => ({ seconds, word })),
    process,
  );
  await room.until(() => ids.every((id) => room.status(first, id)?.owner === first.peer), 20_000);
  return { room, first, others, ids, words };
}

for (const process of ['work', 'once']) {
  test(`one peer is busy, seven are idle: no job waits in the one (${process})`, async (t) => {
    const { room, ids, words } = await crowdedRoom(31, 8, 16, process);
    const fromMs = room.world.time.nowMs;
    room.owned.clear();
    const ended = [];
    for (const id of ids) ended.push(await room.untilEnded(id));
    t.deepEqual(new Set(ended.map(({ state }) => state)), new Set(['successful']));
    t.is(new Set(ended.map(({ owner }) => owner)).size, 8);
    for (const word of words) t.is(room.runsOf(word).length, 1, word);
    // 16 jobs of 5 s on one machine are 80 s.
    t.true(room.world.time.nowMs - fromMs < 20_000, `${room.world.time.nowMs - fromMs} ms`);
  });
}

test('a job that goes from queue to queue says so, and it does not count as one that was broken off', async (t) => {
  const { room, first, ids } = await crowdedRoom(32, 2, 4);
  room.owned.clear();
  const ended = [];
  for (const id of ids) ended.push(await room.untilEnded(id));
  const moved = ended.filter(({ owner }) => owner !== first.peer);
  t.true(moved.length > 0);
  for (const { attempts, epoch } of moved) {
    t.is(epoch, 2);
    t.like(attempts[0], { owner: first.peer, handedOver: true, reason: 'another peer has it done sooner' });
    t.is(attempts[0]?.startedAt, undefined);
  }
});

test('a job that was given away and waits there is not taken from its new peer', async (t) => {
  const { room, ids } = await crowdedRoom(35, 5, 20, 'once', '25');
  room.owned.clear();
  const ended = [];
  for (const id of ids) ended.push(await room.untilEnded(id, 300_000));
  t.true(ended.some(({ epoch }) => epoch === 2));
  const reasons = ended.flatMap(({ attempts }) => attempts.map(({ reason }) => reason));
  t.false(reasons.includes(TAKEN_OVER.expired));
});

test('where all have as much to do nothing moves', async (t) => {
  const room = new WorkingRoom(33, {}, ONE_SLOT);
  const machines = (await room.fill(3)) as [Machine, Machine, Machine];
  const ids: string[] = [];
  for (let i = 0; i < 12; i += 1)
    ids.push(await room.submit(machines[i % 3] as Machine, { seconds: '5', word: `even ${i}` }));
  for (const id of ids) {
    const { state, epoch } = await room.untilEnded(id);
    t.is(state, 'successful');
    t.is(epoch, 1);
  }
});

for (const seed of [34, 35, 36, 37, 38, 39]) {
  test(`peers die while jobs move to them: all end, what must not run twice does not (seed ${seed})`, async (t) => {
    const { room, others, ids, words } = await crowdedRoom(
      seed,
      6,
      10,
      seed % 2 === 0 ? 'once' : 'work',
      '3',
    );
    room.owned.clear();
    await room.world.time.advance(seed * 37);
    room.kill(others[0] as Machine);
    await room.world.time.advance(800);
    room.kill(others[1] as Machine);
    for (const id of ids) {
      const { state, message } = await room.untilEnded(id, 200_000);
      t.regex(`${state} ${message}`, /^successful|must not be run twice/);
    }
    for (const word of words) {
      if (seed % 2 === 0) t.true(room.runsOf(word).length <= 1, word);
      else
        t.true(
          room.runsOf(word).some(({ end }) => end === 'done'),
          word,
        );
    }
  });
}

test('who holds the jobs leaves while they move: others have them, each once', async (t) => {
  const { room, first, others, ids, words } = await crowdedRoom(40, 4, 9);
  room.owned.clear();
  await room.world.time.advance(1200);
  room.service(first).drain();
  for (const id of ids) t.is((await room.untilEnded(id)).state, 'successful');
  for (const word of words) t.is(room.runsOf(word).filter(({ end }) => end === 'done').length, 1);
  t.true(others.every(({ isRunning }) => isRunning));
});

test('a job that is dismissed while it is offered is nobody’s', async (t) => {
  const { room, first, ids, words } = await crowdedRoom(41, 3, 6);
  room.owned.clear();
  for (const id of ids) {
    await room.world.time.advance(150);
    await room.settle(room.service(first).dismiss(id, 'anna'));
  }
  for (const id of ids) t.is((await room.untilEnded(id)).state, 'dismissed');
  await room.world.time.advance(2000);
  t.deepEqual(
    words.flatMap((word) => room.runsOf(word)).filter(({ end }) => end === 'running'),
    [],
  );
});
