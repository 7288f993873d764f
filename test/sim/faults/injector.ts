import test from 'ava';
import { startDay } from '../../../sim/day.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import { FaultInjector } from '../../../sim/faults/injector.ts';
import { Room } from '../../../sim/room.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { parseScenario } from '../../../sim/scenario/load.ts';

/** Four peers that know each other at second 5, with the faults to come. */
async function roomWith(...faults: Fault[]) {
  const scenario = parseScenario({
    name: 'four',
    description: 'Four peers.',
    peers: 4,
    load: { perUserPerSecond: 1 },
    boot: { overMs: 0 },
    faults,
  });
  const room = new Room(scenario, 1);
  const events: RunEvent[] = [];
  room.observe((event) => events.push(event));
  startDay(room);
  const injector = new FaultInjector(room);
  injector.schedule(scenario.faults);
  await room.world.time.advance(5_000);
  const seat = room.seats[1]!;
  const until = (ms: number) => room.world.time.advance(ms - room.nowMs);
  return { room, injector, events, seat, until, name: seat.peer.name };
}

for (const kind of ['kill', 'power-loss', 'disk-loss', 'leave'] as const) {
  test(`${kind}: the process ends, and another one runs after it`, async (t) => {
    const { seat, events, until } = await roomWith({ kind, atMs: 6_000, peer: 1, downMs: 3_000 });
    const before = seat.peer.life;
    await until(8_900);
    t.is(seat.peer.life, undefined);
    await until(9_500);
    t.truthy(seat.peer.life);
    t.not(seat.peer.life, before);
    t.true(seat.peer.isServing);
    const seen = events.filter(({ atMs }) => atMs > 5_500).map(({ kind }) => kind);
    t.deepEqual(
      seen.filter((each) => each.startsWith('fault') || each.startsWith('peer')),
      ['fault-began', 'peer-ended', 'fault-ended', 'peer-started'],
    );
  });
}

test('who loses its disk comes back as itself, with nothing on it', async (t) => {
  const { seat, until, room, name } = await roomWith({
    kind: 'disk-loss',
    atMs: 6_000,
    peer: 1,
    downMs: 3_000,
  });
  const { storage } = seat.peer.life!.process;
  await room.world.time.settle(storage.write('kept', Uint8Array.of(1), { durable: true }), 100);
  await until(8_900);
  t.deepEqual(seat.peer.machine.disk.names(), []);
  t.is(seat.peer.machine.disk.usedBytes, 0);
  await until(15_000);
  t.is(room.seats[0]!.peer.life!.membership.member(name)?.state, 'alive');
  t.is(seat.peer.catalogue.list().length, 6);
});

test('a peer that two faults keep down stays down until the later one ends', async (t) => {
  const { seat, until } = await roomWith(
    { kind: 'kill', atMs: 6_000, peer: 1, downMs: 1_000 },
    { kind: 'power-loss', atMs: 6_500, peer: 1, downMs: 2_000 },
  );
  await until(8_000);
  t.is(seat.peer.life, undefined);
  await until(9_000);
  t.true(seat.peer.isServing);
});

test('a leaving process that hangs is killed when its time is over', async (t) => {
  const { seat, until } = await roomWith(
    { kind: 'stall', atMs: 5_900, peer: 1, forMs: 10_000 },
    { kind: 'leave', atMs: 6_000, peer: 1, downMs: 2_000 },
  );
  const before = seat.peer.life;
  await until(9_000);
  t.truthy(seat.peer.life);
  t.not(seat.peer.life, before);
});

for (const kind of ['stall', 'suspend'] as const) {
  test(`${kind}: nothing runs meanwhile`, async (t) => {
    const { seat, until } = await roomWith({ kind, atMs: 6_000, peer: 1, forMs: 3_000 });
    const { clock } = seat.peer.life!.process;
    await until(6_100);
    t.false(clock.running);
    await until(9_100);
    t.true(clock.running);
    t.is(seat.peer.life!.process.clock, clock);
  });
}

test('a clock that is set stays so, also for the next process', async (t) => {
  const { seat, until, room } = await roomWith({ kind: 'clock-jump', atMs: 6_000, peer: 1, byMs: 60_000 });
  const aheadMs = () =>
    seat.peer.life!.process.clock.wallTime() - room.seats[0]!.peer.life!.process.clock.wallTime();
  const beforeMs = aheadMs();
  await until(6_100);
  t.is(aheadMs() - beforeMs, 60_000);
  seat.peer.kill();
  await room.world.time.settle(seat.peer.start(), 5_000);
  t.is(aheadMs() - beforeMs, 60_000);
});

test('of two partitions, what the other one still cuts stays cut', async (t) => {
  const { room, until } = await roomWith(
    { kind: 'partition', atMs: 6_000, peers: [0, 1], forMs: 2_000, oneWay: false },
    { kind: 'partition', atMs: 6_500, peers: [1], forMs: 4_000, oneWay: true },
  );
  const { fabric } = room.world;
  const open = (from: number, to: number) =>
    fabric.isOpen(room.seats[from]!.peer.name, room.seats[to]!.peer.name);
  await until(7_000);
  t.deepEqual(
    [open(0, 1), open(1, 0), open(2, 1), open(1, 2), open(0, 2), open(2, 3)],
    [false, true, false, false, false, true],
  );
  await until(8_100);
  t.deepEqual([open(0, 1), open(1, 0), open(2, 1), open(1, 2), open(0, 2)], [false, true, false, true, true]);
  await until(11_000);
  t.true(open(0, 1) && open(2, 1));
});

test('resets break every connection of the peer, which come back', async (t) => {
  const { room, name, until } = await roomWith({ kind: 'reset', atMs: 6_000, peer: 1 });
  let lost = 0;
  for (const { peer } of room.seats) {
    peer.life!.process.network.on('disconnect', (other) => {
      if (other === name) lost += 1;
    });
  }
  await until(12_000);
  t.is(lost, 3);
  t.true(room.seats[0]!.peer.life!.process.network.isConnected(name));
});

test('what ails machines and disks begins and ends, the worst of several counting', async (t) => {
  const { seat, until } = await roomWith(
    { kind: 'engine-failure', atMs: 6_000, peer: 1, forMs: 4_000, rate: 0.3 },
    { kind: 'engine-failure', atMs: 6_000, peer: 1, forMs: 2_000, rate: 0.7 },
    { kind: 'engine-slow', atMs: 6_000, peer: 1, forMs: 3_000, factor: 9 },
    { kind: 'owner-active', atMs: 6_000, peer: 1, forMs: 3_000 },
    { kind: 'disk-full', atMs: 6_000, peer: 1, forMs: 3_000 },
  );
  const state = () => {
    const { failureRate, slowFactor, ownerActive } = seat.condition;
    return { failureRate, slowFactor, ownerActive, full: seat.peer.machine.disk.full };
  };
  await until(7_000);
  t.deepEqual(state(), { failureRate: 0.7, slowFactor: 9, ownerActive: true, full: true });
  await until(8_500);
  t.is(state().failureRate, 0.3);
  await until(11_000);
  t.deepEqual(state(), { failureRate: 0, slowFactor: 1, ownerActive: false, full: false });
});

test('a machine that is short of memory keeps one project open, and draws more slowly', async (t) => {
  const { room, seat, until } = await roomWith({
    kind: 'memory-pressure',
    atMs: 6_000,
    peer: 1,
    forMs: 3_000,
    factor: 4,
  });
  const warm = () => {
    const { engine } = seat.peer.life!;
    return seat.peer.catalogue.list().filter(({ description }) => engine.isWarm(description.hash)).length;
  };
  t.is(warm(), room.scenario.projects.count);
  await until(7_000);
  t.is(warm(), 1);
  t.is(seat.condition.slowFactor, 4);
  await until(9_500);
  t.false(seat.condition.shortOfMemory);
  t.is(seat.condition.slowFactor, 1);
});

test('a peer that reads slowly is heard of late, until it reads as before', async (t) => {
  const { room, seat, until } = await roomWith({
    kind: 'slow-reader',
    atMs: 6_000,
    peer: 1,
    forMs: 3_000,
    bytesPerMs: 2,
  });
  const { fabric } = room.world;
  await until(7_000);
  t.true(fabric.readMs(seat.peer.name, 2_000, room.nowMs) >= room.nowMs + 1_000);
  await until(9_500);
  t.is(fabric.readMs(seat.peer.name, 2_000, room.nowMs), room.nowMs);
});

test('another version of a project comes to the peers named and is heard of by the others', async (t) => {
  const { room, until } = await roomWith({ kind: 'project-change', atMs: 6_000, peers: [1, 2], project: 0 });
  const hashAt = (peer: number) => room.seats[peer]!.peer.session.maps.project('project-0')?.hash;
  const before = hashAt(0);
  await until(10_000);
  t.is(hashAt(0), before);
  t.not(hashAt(1), before);
  t.is(hashAt(1), hashAt(2));
});

test('healing ends every fault and brings every peer back; nothing fails any more', async (t) => {
  const { room, injector, until, seat } = await roomWith(
    { kind: 'kill', atMs: 6_000, peer: 0, downMs: 100_000 },
    { kind: 'power-loss', atMs: 6_000, peer: 3, downMs: 100_000 },
    { kind: 'suspend', atMs: 6_000, peer: 2, forMs: 100_000 },
    { kind: 'partition', atMs: 6_000, peers: [1], forMs: 100_000, oneWay: false },
    {
      kind: 'bad-network',
      atMs: 6_000,
      peers: [1],
      forMs: 100_000,
      loss: 1,
      duplication: 0,
      extraLatencyMs: 9,
    },
    { kind: 'kill', atMs: 9_000, peer: 1, downMs: 100_000 },
  );
  await until(8_000);
  injector.heal();
  await until(40_000);
  for (const { peer } of room.seats) t.true(peer.isServing, peer.name);
  const states = seat.peer.life!.membership.members().map(({ state }) => state);
  t.deepEqual(states, ['alive', 'alive', 'alive', 'alive']);
});
