import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { chosenNeighbours } from '../../src/core/overlay.ts';
import { Classroom, defaultOptions } from './helpers/classroom.ts';

/** A room of peers that know each other well, with its false alarms counted from now. */
async function settled(seed: number, count: number): Promise<{ room: Classroom; machines: Machine[] }> {
  const room = new Classroom(seed);
  const machines = await room.fill(count);
  await room.converge(10_000);
  await room.world.time.advance(5000);
  room.alarms.length = 0;
  return { room, machines };
}

/** Peers of a large mesh: each is connected to few others. */
const sparse = {
  ...defaultOptions,
  dial: { ...defaultOptions.dial, fullMesh: 16, degree: 4, idleMs: 20_000 },
};

async function largeMesh(seed: number, count: number): Promise<{ room: Classroom; machines: Machine[] }> {
  const room = new Classroom(seed);
  const first = await room.join([], { options: sparse });
  for (let i = 1; i < count; i += 1) await room.join(first.addresses, { options: sparse });
  await room.converge(30_000);
  await room.world.time.advance(20_000);
  room.alarms.length = 0;
  return { room, machines: [...room.world.machines] };
}

/** Connects to each of the others for a moment, as for a map. */
async function useAll(room: Classroom, machine: Machine): Promise<void> {
  for (const other of room.world.machines) {
    if (other !== machine)
      room
        .of(machine)
        .ensureConnected(other.peer)
        .catch(() => {});
    await room.world.time.advance(100);
  }
  await room.world.time.advance(60_000);
}

/** Milliseconds until every other running machine holds `machine` for one of the states. */
async function untilAllHold(room: Classroom, machine: Machine, ...states: string[]): Promise<number> {
  const begunMs = room.world.time.nowMs;
  const hold = () =>
    room.world.machines.every(
      (other) => other === machine || !other.isRunning || states.includes(room.state(other, machine) ?? ''),
    );
  while (!hold() && room.world.time.nowMs - begunMs < 120_000) await room.world.time.advance(20);
  return room.world.time.nowMs - begunMs;
}

for (const seed of [1, 2, 3]) {
  test(`a killed peer is suspect at once and dead soon (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const victim = machines[7]!;
    room.kill(victim);
    t.true((await untilAllHold(room, victim, 'suspect', 'dead')) < 100);
    t.true((await untilAllHold(room, victim, 'dead')) < 4000);
    t.true(room.alarms.every(({ of }) => of === victim.peer));
  });

  test(`a killed peer that starts again is back at once, without any seed (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const victim = machines[7]!;
    room.kill(victim);
    await room.world.time.advance(1000);
    await room.boot(victim);
    t.true(await room.converge(3000));
    await room.world.time.advance(10_000);
    t.true(room.isConverged());
    t.false(room.alarms.some(({ of }) => of !== victim.peer));
  });

  test(`a machine without power is suspect within 3 s and dead in bounded time (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const victim = machines[7]!;
    victim.losePower();
    room.memberships.delete(victim.peer);
    const suspectMs = await untilAllHold(room, victim, 'suspect', 'dead');
    t.true(suspectMs < 3000, `${suspectMs} ms`);
    t.true((await untilAllHold(room, victim, 'dead')) < 15_000);
    t.true(room.alarms.every(({ of }) => of === victim.peer));
  });

  test(`a machine that stood still and then loses power is suspect as soon as any other (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 20);
    const victim = machines[3]!;
    const { clock } = victim.process;
    clock.stall();
    await room.world.time.advance(3000);
    clock.resume();
    await room.world.time.advance(3000);
    victim.losePower();
    room.memberships.delete(victim.peer);
    const suspectMs = await untilAllHold(room, victim, 'suspect', 'dead');
    t.true(suspectMs < 3000, `${suspectMs} ms`);
    t.true((await untilAllHold(room, victim, 'dead')) < 15_000);
  });

  test(`a stopped process is suspect soon and recovers without a false death (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const victim = machines[7]!;
    victim.process.clock.stall();
    const suspectMs = await untilAllHold(room, victim, 'suspect');
    t.true(suspectMs < 3000, `${suspectMs} ms`);
    await room.world.time.advance(1000);
    victim.process.clock.resume();
    t.true(await room.converge(2000));
    await room.world.time.advance(20_000);
    t.true(room.isConverged());
    t.true(room.alarms.every(({ of, state }) => of === victim.peer && state === 'suspect'));
  });

  test(`a process stopped for long is dead in bounded time, and comes back (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const victim = machines[7]!;
    victim.process.clock.stall();
    t.true((await untilAllHold(room, victim, 'dead')) < 20_000);
    await room.world.time.advance(60_000);
    victim.process.clock.resume();
    t.true(await room.converge(5000));
    const wrong = room.alarms.filter(
      ({ by, of, state }) => state === 'dead' && of !== victim.peer && by !== victim.peer,
    );
    t.deepEqual(wrong, []);
  });

  test(`the halves of a partition go on by themselves and find each other again (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 14);
    const halves = [machines.slice(0, 7), machines.slice(7)] as const;
    room.world.fabric.partition(...halves.map((half) => half.map(({ peer }) => peer)));
    const areApart = () =>
      halves[0].every((one) =>
        halves[1].every((other) => room.state(one, other) === 'dead' && room.state(other, one) === 'dead'),
      );
    for (let i = 0; i < 600 && !areApart(); i += 1) await room.world.time.advance(100);
    t.true(areApart());
    for (const half of halves) {
      for (const one of half)
        for (const other of half) if (one !== other) t.is(room.state(one, other), 'alive');
    }
    const within = (peer: string) =>
      halves.findIndex((half) => half.some((machine) => machine.peer === peer));
    t.deepEqual(
      room.alarms.filter(({ by, of }) => within(by) === within(of)),
      [],
    );
    await room.world.time.advance(60_000);
    room.world.fabric.heal();
    t.true(await room.converge(90_000));
    room.alarms.length = 0;
    await room.world.time.advance(20_000);
    t.deepEqual(room.alarms, []);
  });

  test(`a way that is closed in one direction kills nobody (seed ${seed})`, async (t) => {
    const { room, machines } = await settled(seed, 12);
    room.world.fabric.block([machines[3]!.peer], [machines[7]!.peer]);
    await room.world.time.advance(60_000);
    t.deepEqual(
      room.alarms.filter(({ state }) => state === 'dead'),
      [],
    );
    t.true(room.isConverged());
    room.world.fabric.heal();
    const areJoined = () => machines[3]!.process.network.isConnected(machines[7]!.peer);
    t.true(await room.world.time.until(areJoined, 60_000));
  });
}

test('a laptop that slept mistrusts what it knew, says so, and refreshes it', async (t) => {
  const { room, machines } = await settled(4, 6);
  const laptop = machines[2]!;
  laptop.process.clock.suspend();
  t.true((await untilAllHold(room, laptop, 'dead')) < 20_000);
  // Meanwhile one of the others leaves for good.
  room.kill(machines[5]!);
  await room.world.time.advance(1_200_000);
  const seen: string[] = [];
  room.of(laptop).on('jump', ({ byMs }) => {
    t.true(byMs > 1_200_000, `${byMs}`);
    seen.push('jump');
  });
  laptop.process.clock.resume();
  t.true(await room.world.time.until(() => seen.length > 0, 600));
  t.deepEqual(
    room
      .of(laptop)
      .members()
      .filter(({ self, state, connected }) => !self && state === 'alive' && !connected),
    [],
  );
  t.true(
    room
      .of(laptop)
      .members()
      .some(({ state }) => state === 'suspect'),
  );
  t.true(await room.converge(10_000));
  t.is(seen.length, 1);
  const byOthers = room.alarms.filter(
    ({ by, of }) => by !== laptop.peer && of !== laptop.peer && of !== machines[5]!.peer,
  );
  t.deepEqual(byOthers, []);
});

test('a laptop of a large mesh that slept buries nobody whom it had no time to look at', async (t) => {
  const room = new Classroom(10);
  const options = {
    ...defaultOptions,
    dial: { ...defaultOptions.dial, fullMesh: 16, degree: 4 },
    heartbeat: { ...defaultOptions.heartbeat, suspectsPerPeriod: 1 },
  };
  const first = await room.join([], { options });
  for (let i = 1; i < 80; i += 1) await room.join(first.addresses, { options });
  t.true(await room.converge(30_000));
  const [, laptop, other] = room.world.machines;
  laptop!.process.clock.suspend();
  await room.world.time.advance(5_000);
  room.kill(other!);
  await room.world.time.advance(115_000);
  laptop!.process.clock.resume();
  // What it missed it learns from those who were there.
  t.true(await room.converge(30_000));
  await room.world.time.advance(30_000);
  t.true(room.isConverged());
  const gone = [laptop!.peer, other!.peer];
  const dead = room.alarms.filter(({ of, state }) => state === 'dead' && !gone.includes(of));
  t.deepEqual(dead, []);
});

for (const slept of [false, true]) {
  const way = slept ? 'wakes up in another network' : 'is cut off';
  test(`who ${way}, alone of a large mesh, holds nobody for alive, and tells nobody of it`, async (t) => {
    const { room, machines } = await largeMesh(10, 60);
    const [first, laptop, ...rest] = machines;
    await useAll(room, laptop!);
    const standings = () => new Set(rest.map((machine) => room.state(laptop!, machine)));
    if (slept) {
      laptop!.process.clock.suspend();
      await room.world.time.advance(120_000);
    }
    const others = [first!, ...rest].map(({ peer }) => peer);
    room.world.fabric.partition([laptop!.peer], others);
    if (slept) laptop!.process.clock.resume();
    t.true(await room.world.time.until(() => !standings().has('alive'), 60_000));
    t.true(await room.world.time.until(() => standings().size === 1 && standings().has('dead'), 240_000));
    room.alarms.length = 0;
    room.world.fabric.heal();
    t.true(await room.converge(10_000));
    await room.world.time.advance(30_000);
    t.true(room.isConverged());
    const byOthers = room.alarms.filter(({ by, of }) => by !== laptop!.peer && of !== laptop!.peer);
    t.deepEqual(byOthers, []);
  });
}

test('a laptop that slept suspects those of a large mesh that it is connected to, whomever it has used', async (t) => {
  const { room, machines } = await largeMesh(11, 40);
  const laptop = machines[1]!;
  await useAll(room, laptop);
  const neighbours = laptop.process.network.connected();
  laptop.process.clock.suspend();
  await room.world.time.advance(6_000);
  room.alarms.length = 0;
  laptop.process.clock.resume();
  await room.world.time.advance(600);
  const suspected = new Set(room.alarms.filter(({ by }) => by === laptop.peer).map(({ of }) => of));
  t.true(suspected.size > 0);
  t.deepEqual(
    [...suspected].filter((peer) => !neighbours.includes(peer)),
    [],
  );
});

test('one of a large mesh that stands still is dialled by nobody but those who look after it', async (t) => {
  const { room, machines } = await largeMesh(12, 60);
  const victim = machines[7]!;
  const neighbours = new Set(victim.process.network.connected());
  const dials: string[] = [];
  room.world.fabric.observe(({ label, from, to }) => {
    if (label === 'knock' && to === victim.peer && !neighbours.has(from)) dials.push(from);
  });
  victim.process.clock.stall();
  await room.world.time.advance(4_000);
  victim.process.clock.resume();
  await room.world.time.advance(10_000);
  t.true(room.alarms.some(({ of, by }) => of === victim.peer && !neighbours.has(by)));
  t.deepEqual(dials, []);
});

test('a wanted neighbour that parted is dialled again', async (t) => {
  const { room, machines } = await largeMesh(10, 60);
  const peers = machines.map(({ peer }) => peer);
  const missing = () =>
    machines.flatMap(({ peer, process: { network } }) => {
      const others = peers.filter((other) => other !== peer);
      return [...chosenNeighbours(peer, others, sparse.dial)].filter((other) => !network.isConnected(other));
    });
  // Connections that only one side wants are closed by it when they have served no purpose for a while.
  await room.world.time.advance(100_000);
  t.deepEqual(missing(), []);
});

for (const { where, count, options } of [
  { where: 'a room', count: 30, options: defaultOptions },
  { where: 'a large mesh', count: 60, options: sparse },
]) {
  test(`who slept until the others forgot who left does not bring them back (${where})`, async (t) => {
    const room = new Classroom(14);
    const first = await room.join([], { options });
    for (let i = 1; i < count; i += 1) await room.join(first.addresses, { options });
    t.true(await room.converge(30_000));
    const [, laptop, ...rest] = room.world.machines;
    laptop!.process.clock.suspend();
    await room.world.time.advance(60_000);
    const [stay, left] = [rest.slice(0, 9), rest.slice(9)];
    for (const machine of left) void room.of(machine).stop();
    await room.world.time.advance(3_000);
    for (const machine of left) room.kill(machine);
    await room.world.time.advance(1_200_000);
    room.alarms.length = 0;
    laptop!.process.clock.resume();
    const ghosts: string[] = [];
    for (const machine of stay) {
      room.of(machine).on('change', ({ peer, state }) => {
        if (state === 'alive' && left.some((gone) => gone.peer === peer)) ghosts.push(peer);
      });
    }
    await room.world.time.advance(30_000);
    t.deepEqual(ghosts, []);
    t.true([first, ...stay].every((machine) => room.state(laptop!, machine) === 'alive'));
    // Whoever knew the others by hearsay has forgotten them, and says so for a while.
    t.is(room.of(laptop!).isLearning, options === sparse);
    await room.world.time.advance(60_000);
    t.false(room.of(laptop!).isLearning);
  });
}

test('a wall clock that is set does no harm', async (t) => {
  const { room, machines } = await settled(5, 6);
  machines[0]!.shiftWallTime(-86_400_000);
  machines[1]!.shiftWallTime(86_400_000);
  await room.world.time.advance(1000);
  t.true(await room.converge(5000));
  t.deepEqual(
    room.alarms.filter(({ state }) => state === 'dead'),
    [],
  );
});

test('a peer whose clock was set back before it starts again is believed all the same', async (t) => {
  const { room, machines } = await settled(6, 5);
  const machine = machines[1]!;
  room.kill(machine);
  await room.world.time.advance(2000);
  machine.shiftWallTime(-30 * 86_400_000);
  const membership = await room.boot(machine);
  membership.update({ ownerState: 'battery' });
  t.true(await room.converge(10_000));
});

test('an own pause shorter than a nap is no reason to suspect others', async (t) => {
  const { room, machines } = await settled(7, 10);
  for (let i = 0; i < 20; i += 1) {
    machines[0]!.process.clock.stall();
    await room.world.time.advance(900);
    machines[0]!.process.clock.resume();
    await room.world.time.advance(700);
  }
  t.deepEqual(
    room.alarms.filter(({ by }) => by === machines[0]!.peer),
    [],
  );
});

test('machines that pause all the time bury nobody', async (t) => {
  const { room, machines } = await settled(8, 12);
  const random = room.world.random.split('pauses');
  for (let i = 0; i < 120; i += 1) {
    const machine = machines[Math.floor(random.next() * machines.length)]!;
    machine.process.clock.stall();
    room.world.time.at(room.world.time.nowMs + 300 + 2000 * random.next(), () =>
      machine.process.clock.resume(),
    );
    await room.world.time.advance(500);
  }
  t.deepEqual(
    room.alarms.filter(({ state }) => state === 'dead'),
    [],
  );
  t.true(await room.converge(10_000));
});

test('when a class ends those who stay agree soon', async (t) => {
  const { room, machines } = await settled(9, 16);
  for (const machine of machines.slice(4)) room.kill(machine);
  t.true(await room.converge(10_000));
  t.false(room.alarms.some(({ of }) => machines.slice(0, 4).some(({ peer }) => peer === of)));
});

test('a reported failure is looked into at once', async (t) => {
  const { room, machines } = await settled(10, 3);
  machines[1]!.process.clock.stall();
  room.of(machines[0]!).reportFailure(machines[1]!.peer);
  await room.world.time.advance(1250);
  t.is(room.state(machines[0]!, machines[1]!), 'suspect');
  machines[1]!.process.clock.resume();
  t.true(await room.converge(3000));
  room.of(machines[0]!).reportFailure(machines[1]!.peer);
  room.of(machines[0]!).reportSuccess(machines[1]!.peer);
  await room.world.time.advance(3000);
  t.is(room.state(machines[0]!, machines[1]!), 'alive');
});

test('two peers alone notice each other stop', async (t) => {
  const { room, machines } = await settled(11, 2);
  machines[1]!.process.clock.stall();
  const suspectMs = await untilAllHold(room, machines[1]!, 'suspect');
  t.true(suspectMs < 3000, `${suspectMs} ms`);
  t.true((await untilAllHold(room, machines[1]!, 'dead')) < 10_000);
});

test('a connection that breaks is made again, and nobody dies of it', async (t) => {
  const { room, machines } = await settled(12, 6);
  for (let i = 0; i < 20; i += 1) {
    room.world.fabric.reset(machines[0]!.peer, machines[1]!.peer);
    await room.world.time.advance(500);
  }
  await room.world.time.advance(5000);
  t.true(machines[0]!.process.network.isConnected(machines[1]!.peer));
  t.deepEqual(
    room.alarms.filter(({ state }) => state === 'dead'),
    [],
  );
  t.true(room.isConverged());
});
