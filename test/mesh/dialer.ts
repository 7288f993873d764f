import test from 'ava';
import { Classroom } from './helpers/classroom.ts';

test('a restarted peer finds its mesh from its book, also when it has moved itself', async (t) => {
  const room = new Classroom(1);
  const machines = await room.fill(6);
  await room.converge(5000);
  // The book is written after a while.
  await room.world.time.advance(10_000);
  const machine = machines[3]!;
  room.kill(machine);
  await room.world.time.advance(60_000);
  machine.move(['/ip4/10.9.9.9/tcp/5005']);
  await room.boot(machine);
  t.true(await room.converge(5000));
  await room.world.time.advance(3000);
  t.deepEqual(room.of(machines[0]!).member(machine.peer)!.addresses, ['/ip4/10.9.9.9/tcp/5005']);
});

test('a peer whose address changes while it runs is connected again under the new one', async (t) => {
  const room = new Classroom(2);
  const machines = await room.fill(6);
  await room.converge(5000);
  await room.world.time.advance(5000);
  machines[0]!.move(['/ip4/10.9.9.9/tcp/5005']);
  await room.world.time.advance(8000);
  t.true(room.isConverged());
  for (const machine of machines.slice(1)) {
    t.true(machine.process.network.isConnected(machines[0]!.peer));
    t.deepEqual(room.of(machine).member(machines[0]!.peer)!.addresses, ['/ip4/10.9.9.9/tcp/5005']);
  }
});

test('everyone restarts at other addresses but one: all find each other through it', async (t) => {
  const room = new Classroom(3);
  const machines = await room.fill(8);
  await room.converge(5000);
  await room.world.time.advance(10_000);
  for (const machine of machines) room.kill(machine);
  await room.world.time.advance(3_600_000);
  for (const [index, machine] of machines.entries()) {
    if (index !== 5) machine.move([`/ip4/10.8.0.${index + 1}/tcp/4001`]);
    await room.boot(machine);
  }
  t.true(await room.converge(20_000));
});

test('a peer announced on the local network is dialled', async (t) => {
  const room = new Classroom(4);
  const [one, other] = [await room.join(), await room.join()];
  await room.world.time.advance(30_000);
  t.false(room.isConverged());
  one.process.network.announceTo(other.process.network);
  t.true(await room.converge(2000));
});

test('an announcement with a new address starts the backoff anew', async (t) => {
  const room = new Classroom(5);
  const [one, other] = [await room.join(), room.world.addMachine()];
  const nobody = { peer: other.peer, addresses: ['/ip4/10.7.7.7/tcp/1'] };
  const before = room.world.addMachine();
  const { network } = before.boot();
  await network.start();
  Object.assign(network, { addresses: () => nobody.addresses, self: other.peer });
  network.announceTo(one.process.network);
  await room.world.time.advance(300_000);
  await room.boot(other);
  other.process.network.announceTo(one.process.network);
  const areJoined = () => one.process.network.isConnected(other.peer);
  t.true(await room.world.time.until(areJoined, 1000));
});

test('a seed added later is dialled', async (t) => {
  const room = new Classroom(6);
  const [one, other] = [await room.join(), await room.join()];
  await room.world.time.advance(1000);
  room.of(one).addSeeds(`${other.addresses[0]}/p2p/${other.peer}`);
  t.true(await room.converge(2000));
});

test('host:port is a seed too, and the own address is none', async (t) => {
  const room = new Classroom(7);
  const one = await room.join(['10.0.0.1:4001']);
  const other = await room.join(['10.0.0.1:4001']);
  t.true(await room.converge(2000));
  t.is(room.of(one).members().length, 2);
  t.is(room.of(other).members().length, 2);
});

test('another peer at the address of a seed is welcome as well', async (t) => {
  const room = new Classroom(8);
  const one = await room.join();
  await room.join([`${one.addresses[0]}/p2p/a-peer-that-is-gone`]);
  t.true(await room.converge(2000));
});

test('connecting on demand to a peer that is nobody is refused, to one that is gone as well', async (t) => {
  const room = new Classroom(9);
  const [one, other] = await room.fill(2);
  await room.converge(5000);
  const { time } = room.world;
  await t.throwsAsync(time.settle(room.of(one!).ensureConnected('nobody'), 1000), {
    code: 'NETWORK_UNREACHABLE',
  });
  room.kill(other!);
  await time.advance(1000);
  await t.throwsAsync(time.settle(room.of(one!).ensureConnected(other!.peer), 10_000), {
    code: 'NETWORK_UNREACHABLE',
  });
});

test('peers that start at the same moment, each with the other as seed, are joined once', async (t) => {
  for (let seed = 10; seed < 20; seed += 1) {
    const room = new Classroom(seed);
    const [one, other] = [room.world.addMachine(), room.world.addMachine()];
    let disconnects = 0;
    await room.boot(one, other.addresses);
    await room.boot(other, one.addresses);
    for (const machine of [one, other]) machine.process.network.on('disconnect', () => disconnects++);
    t.true(await room.converge(5000));
    await room.world.time.advance(10_000);
    t.is(disconnects, 0);
    t.deepEqual(room.alarms, []);
  }
});
