import test from 'ava';
import fc from 'fast-check';
import { errorCode } from '../../src/core/errors.ts';
import { type Desk, MapRoom, tile } from './helpers/map-room.ts';

/** Longer than a request may take. */
const PAST_DEADLINE_MS = 31_000;

test('equal requests at random moments are drawn once, whoever asks', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000_000),
      fc.array(fc.record({ door: fc.nat(5), view: fc.nat(2), afterMs: fc.nat(60) }), {
        minLength: 8,
        maxLength: 24,
      }),
      async (seed, requests) => {
        const room = new MapRoom(seed, 120);
        const desks = await room.fill(6);
        const answers: Promise<unknown>[] = [];
        for (const { door, view, afterMs } of requests) {
          answers.push(room.ask(desks[door] as Desk, tile(9, 4 * view, 8)));
          await room.world.time.advance(afterMs);
        }
        await room.settle(Promise.all(answers));
        const blocks = room.drawn.map(({ block }) => block);
        t.is(blocks.length, new Set(blocks).size, `drawn twice: ${JSON.stringify(room.drawn)}`);
      },
    ),
    { numRuns: 40 },
  );
});

test('front doors that ask while peers die get an answer or a clear error by the deadline', async (t) => {
  const fault = fc.record({
    atMs: fc.nat(1_000),
    desk: fc.nat(5),
    kind: fc.constantFrom('kill', 'stall', 'reset', 'cut'),
  });
  const request = fc.record({ atMs: fc.nat(1_000), door: fc.nat(5), view: fc.nat(4) });
  await fc.assert(
    fc.asyncProperty(
      fc.nat(1_000_000),
      fc.array(fault, { maxLength: 5 }),
      fc.array(request, { minLength: 5, maxLength: 30 }),
      async (seed, faults, requests) => {
        const room = new MapRoom(seed, 150);
        const desks = await room.fill(6);
        const disturbed = new Set<Desk>();
        const asked: Array<{ desk: Desk; outcome: Promise<string> }> = [];
        for (let now = 0; now <= 1_000; now += 50) {
          const due = ({ atMs }: { atMs: number }) => atMs >= now && atMs < now + 50;
          for (const { desk: index, kind } of faults.filter(due)) {
            const desk = desks[index] as Desk;
            if (!desk.machine.isRunning) continue;
            disturbed.add(desk);
            if (kind === 'kill') desk.machine.kill();
            if (kind === 'stall') desk.machine.process.clock.stall();
            if (kind === 'reset') room.world.fabric.reset(desk.machine.peer, 'peer-1');
            if (kind === 'cut') room.world.fabric.partition([desk.machine.peer], ['peer-1']);
          }
          for (const { door, view } of requests.filter(due)) {
            const desk = desks[door] as Desk;
            if (!desk.machine.isRunning) continue;
            const outcome = room.ask(desk, tile(9, 4 * view, 8)).then(({ cache }) => cache, errorCode);
            asked.push({ desk, outcome });
          }
          await room.world.time.advance(50);
        }
        // A stopped or killed front door answers nobody; every other one does.
        const lasting = asked.filter(
          ({ desk }) => desk.machine.isRunning && desk.machine.process.clock.running,
        );
        const outcomes = await room.world.time.settle(
          Promise.all(lasting.map(({ outcome }) => outcome)),
          PAST_DEADLINE_MS,
        );
        for (const outcome of outcomes) t.regex(outcome, /^(hit|miss|joined)$/);
        await room.world.time.advance(PAST_DEADLINE_MS);
        for (const desk of desks) {
          if (desk.machine.isRunning && !disturbed.has(desk)) t.is(desk.session.requests.size, 0);
        }
      },
    ),
    { numRuns: 40 },
  );
});

test('who waits for another front door’s drawing does not hang with it', async (t) => {
  for (const seed of [1, 2, 3, 4]) {
    const room = new MapRoom(seed, 1_000);
    const desks = (await room.fill(4)) as [Desk, Desk, Desk, Desk];
    room.ask(desks[2], tile(6, 8, 8));
    await room.world.time.advance(100);
    const waiting = room.ask(desks[1], tile(6, 8, 8));
    await room.world.time.advance(100);
    desks[2].machine.process.clock.stall();
    const startedAt = room.world.time.nowMs;
    await room.settle(waiting);
    t.true(room.world.time.nowMs - startedAt < 15_000, `${room.world.time.nowMs - startedAt} ms`);
  }
});

test('when nobody who can draw answers any more, the client hears so by the deadline', async (t) => {
  const room = new MapRoom(5, 1_000);
  const rich = await room.join();
  const poor = await room.join([]);
  await room.world.time.advance(5_000);
  const waiting = room.ask(poor, tile(6, 8, 8));
  await room.world.time.advance(200);
  rich.machine.process.clock.stall();
  const error = await t.throwsAsync(room.world.time.settle(waiting, PAST_DEADLINE_MS));
  t.regex(errorCode(error), /DEADLINE_EXCEEDED|BUNDLE_NOT_HELD|NETWORK_/);
  t.is(poor.session.requests.size, 0);
});

test('a client that leaves takes its drawing at another peer with it', async (t) => {
  const room = new MapRoom(6, 60_000);
  const rich = await room.join();
  const poor = await room.join([]);
  await room.world.time.advance(5_000);
  const gone = new AbortController();
  const leaving = room.ask(poor, tile(6, 8, 8), gone.signal);
  await room.world.time.advance(500);
  t.true(rich.session.busy);
  gone.abort(new Error('client gone'));
  await t.throwsAsync(room.settle(leaving), { message: 'client gone' });
  await room.world.time.advance(6_000);
  t.false(rich.session.busy);
  t.false(poor.session.busy);
});

test('peers that are full are asked again, not given up', async (t) => {
  const room = new MapRoom(7, 400);
  const desks = await room.fill(2);
  const answers = Array.from({ length: 90 }, (_, i) => room.ask(desks[i % 2] as Desk, tile(10, 4 * i, 8)));
  t.is((await room.settle(Promise.all(answers))).length, 90);
});

test('a drawing for another peer counts as work until it is sent', async (t) => {
  const room = new MapRoom(8, 200);
  const rich = await room.join();
  const poor = await room.join([]);
  await room.world.time.advance(5_000);
  const answer = room.ask(poor, tile(6, 8, 8));
  await room.world.time.advance(100);
  rich.session.drain();
  t.true(rich.session.busy);
  t.is((await room.settle(answer)).peer, rich.machine.peer);
  await room.world.time.advance(100);
  t.false(rich.session.busy);
});
