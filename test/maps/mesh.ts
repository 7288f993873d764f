import test from 'ava';
import fc from 'fast-check';
import { bundleOf, type Desk, MapRoom, tile } from './helpers/map-room.ts';

test('a peer alone draws everything itself, a metatile at a time', async (t) => {
  const room = new MapRoom(1);
  const [desk] = (await room.fill(1)) as [Desk];
  const answers = await room.settle(
    Promise.all(Array.from({ length: 4 }, (_, i) => room.ask(desk, tile(6, 8 + (i % 2), 8 + (i >> 1))))),
  );
  t.is(room.drawn.length, 1);
  t.is(answers.filter(({ cache }) => cache === 'miss').length, 1);
  t.is(answers.filter(({ cache }) => cache === 'joined').length, 3);
  const again = await room.settle(room.ask(desk, tile(6, 9, 9)));
  t.is(again.cache, 'hit');
  t.is(room.drawn.length, 1);
});

test('the drawing spreads over the room', async (t) => {
  const room = new MapRoom(2);
  const desks = await room.fill(5);
  const views = Array.from({ length: 60 }, (_, i) => tile(8, 4 * (i % 10), 4 * Math.floor(i / 10)));
  const answers = await room.settle(Promise.all(views.map((view) => room.ask(desks[0] as Desk, view))));
  // All at once, the last of them wait long: one in twenty may be hedged, and ten more after a quiet time.
  t.true(room.drawn.length >= 60 && room.drawn.length <= 73, `${room.drawn.length} drawings`);
  const byPeer = Map.groupBy(answers, ({ peer }) => peer);
  t.is(byPeer.size, 5);
  for (const drawn of byPeer.values()) t.true(drawn.length >= 5, `${drawn.length} of 60`);
});

test('one view asked at every front door at once is drawn once in the whole mesh', async (t) => {
  for (const seed of [3, 4, 5, 6]) {
    const room = new MapRoom(seed);
    const desks = await room.fill(8);
    const answers = await room.settle(Promise.all(desks.map((desk) => room.ask(desk, tile(6, 8, 8)))));
    t.is(room.drawn.length, 1, `seed ${seed}: ${JSON.stringify(room.drawn)}`);
    t.is(new Set(answers.map(({ etag }) => etag)).size, 1);
    t.is(new Set(answers.map(({ peer }) => peer)).size, 1);
  }
});

test('what one front door had drawn is not drawn again for another', async (t) => {
  const room = new MapRoom(7);
  const desks = (await room.fill(6)) as [Desk, Desk];
  await room.settle(room.ask(desks[0], tile(6, 8, 8)));
  const answer = await room.settle(room.ask(desks[1], tile(6, 9, 9)));
  t.is(room.drawn.length, 1);
  t.is(answer.cache, 'hit');
});

test('the drawer is killed in the middle: drawn elsewhere, nobody notices', async (t) => {
  for (const seed of [8, 9, 10]) {
    const room = new MapRoom(seed, 400);
    const desks = await room.fill(5);
    const door = desks[0] as Desk;
    const views = Array.from({ length: 20 }, (_, i) => tile(8, 4 * i, 0));
    const answers = Promise.all(views.map((view) => room.ask(door, view)));
    answers.catch(() => {});
    await room.world.time.advance(150);
    desks[3]?.machine.kill();
    desks[4]?.machine.kill();
    t.is((await room.settle(answers)).length, 20);
  }
});

test('a drawer that stops (SIGSTOP) costs time, not an answer', async (t) => {
  const room = new MapRoom(11, 200);
  const desks = await room.fill(5);
  const views = Array.from({ length: 20 }, (_, i) => tile(8, 4 * i, 0));
  const answers = Promise.all(views.map((view) => room.ask(desks[0] as Desk, view)));
  answers.catch(() => {});
  await room.world.time.advance(100);
  desks[4]?.machine.process.clock.stall();
  t.is((await room.settle(answers)).length, 20);
});

test('who works at a machine has it for themselves: others draw, and its own maps are drawn there', async (t) => {
  const room = new MapRoom(21);
  const away = await room.join();
  const busy = await room.join(undefined, 'active');
  const unplugged = await room.join(undefined, 'battery');
  await room.world.time.advance(5_000);
  /** How many of 60 maps, asked for at one front door by four users, each peer draws. */
  const shares = async (desk: Desk, row: number) => {
    const before = room.drawn.length;
    const users = Array.from({ length: 4 }, async (_, user) => {
      for (let i = user; i < 60; i += 4) await room.ask(desk, tile(9, 4 * i, 4 * row));
    });
    await room.settle(Promise.all(users));
    const counts = Map.groupBy(room.drawn.slice(before), ({ peer }) => peer);
    return (of: Desk) => counts.get(of.machine.peer)?.length ?? 0;
  };
  const forAway = await shares(away, 0);
  t.is(forAway(unplugged), 0);
  t.true(forAway(busy) < forAway(away), `${forAway(busy)} beside the owner, ${forAway(away)} without one`);
  const forUnplugged = await shares(unplugged, 1);
  t.true(forUnplugged(unplugged) > 0);
});

test('what only a machine on battery holds is not drawn for others', async (t) => {
  const room = new MapRoom(22);
  const poor = await room.join([]);
  const unplugged = await room.join([bundleOf('world', 'a')], 'battery');
  await room.world.time.advance(5_000);
  const error = await t.throwsAsync(room.settle(room.ask(poor, tile(3, 1, 1))));
  t.is((error as { code?: string }).code, 'DEADLINE_EXCEEDED');
  t.deepEqual(room.drawn, []);
  t.is((await room.settle(room.ask(unplugged, tile(3, 1, 1)))).peer, unplugged.machine.peer);
});

test('a peer without the project serves what others draw', async (t) => {
  const room = new MapRoom(12);
  await room.join();
  const poor = await room.join([]);
  await room.world.time.advance(5_000);
  t.deepEqual(
    poor.session.maps.projects().map(({ id }) => id),
    ['world'],
  );
  const answer = await room.settle(room.ask(poor, tile(3, 1, 1)));
  t.is(answer.peer, 'peer-1');
});

test('two versions of a project never meet in one answer', async (t) => {
  const room = new MapRoom(13);
  const old = bundleOf('world', 'a');
  const young = bundleOf('world', 'b');
  const desks: Desk[] = [];
  for (const bundle of [old, young, old, young, old]) desks.push(await room.join([bundle]));
  await room.world.time.advance(5_000);
  const views = Array.from({ length: 24 }, (_, i) => tile(8, 4 * i, 4));
  const answers = await room.settle(
    Promise.all(views.map((view, i) => room.ask(desks[i % 5] as Desk, view))),
  );
  t.is(answers.length, 24);
  const holders = {
    [old.description.hash]: ['peer-1', 'peer-3', 'peer-5'],
    [young.description.hash]: ['peer-2', 'peer-4'],
  };
  for (const { peer, hash } of room.drawn) t.true(holders[hash]?.includes(peer));
  for (const [i, { peer }] of answers.entries()) {
    const hash = (i % 5) % 2 === 0 ? old.description.hash : young.description.hash;
    t.true(holders[hash]?.includes(peer), `request ${i} was drawn by ${peer}`);
  }
});

test('nobody holds the project any more: a clear error by the deadline', async (t) => {
  const room = new MapRoom(14);
  const rich = await room.join();
  const poor = await room.join([]);
  await room.world.time.advance(5_000);
  rich.machine.kill();
  const error = await t.throwsAsync(room.settle(room.ask(poor, tile(3, 1, 1))));
  t.regex((error as Error & { code: string }).code, /BUNDLE_NOT_HELD|PROJECT_UNKNOWN|NETWORK_|BUSY/);
});

test('the time of a request runs from when the client asked', async (t) => {
  const room = new MapRoom(16, 60_000);
  const [desk] = (await room.fill(1)) as [Desk];
  const { clock } = desk.machine.process;
  const { signal } = new AbortController();
  const begunMs = clock.now();
  const asked = desk.session.maps.image(tile(3, 1, 1), { signal, startedMs: begunMs - 10_000 });
  await t.throwsAsync(room.settle(asked), { code: 'DEADLINE_EXCEEDED' });
  t.true(Math.abs(clock.now() - begunMs - 20_000) < 100, `${clock.now() - begunMs} ms`);
});

test('a client that leaves takes its drawing with it, unless somebody else waits', async (t) => {
  const room = new MapRoom(15, 10_000);
  const desks = (await room.fill(1)) as [Desk];
  const gone = new AbortController();
  const leaving = room.ask(desks[0], tile(6, 8, 8), gone.signal);
  await room.world.time.advance(50);
  gone.abort(new Error('client gone'));
  await t.throwsAsync(room.settle(leaving), { message: 'client gone' });
  await room.world.time.advance(5_000);
  t.false(desks[0].session.busy);
});

test('whatever fails while one front door lives, every request is answered', async (t) => {
  const fault = fc.record({
    atMs: fc.nat(1_500),
    desk: fc.integer({ min: 1, max: 5 }),
    kind: fc.constantFrom('kill', 'stall', 'reset', 'cut'),
  });
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000_000), fc.array(fault, { maxLength: 6 }), async (seed, faults) => {
      const room = new MapRoom(seed, 150);
      const desks = await room.fill(6);
      const door = desks[0] as Desk;
      const pending: Promise<unknown>[] = [];
      const agenda = [...faults].sort((a, b) => a.atMs - b.atMs);
      for (let now = 0; now <= 1_500; now += 50) {
        for (const { kind, desk } of agenda.filter(({ atMs }) => atMs >= now && atMs < now + 50)) {
          const { machine } = desks[desk] as Desk;
          if (!machine.isRunning) continue;
          if (kind === 'kill') machine.kill();
          if (kind === 'stall') machine.process.clock.stall();
          if (kind === 'reset') room.world.fabric.reset(machine.peer, door.machine.peer);
          if (kind === 'cut') room.world.fabric.partition([machine.peer], [door.machine.peer]);
        }
        pending.push(room.ask(door, tile(9, 4 * (now / 50), 8)));
        await room.world.time.advance(50);
      }
      t.is((await room.settle(Promise.all(pending))).length, 31);
    }),
    { numRuns: 25 },
  );
});
