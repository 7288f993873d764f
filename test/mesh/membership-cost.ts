import test from 'ava';
import { Classroom, defaultOptions } from './helpers/classroom.ts';

/** Counts what arrives, by label. */
function counting(room: Classroom): Map<string, number> {
  const counts = new Map<string, number>();
  room.world.fabric.observe(({ label }) => counts.set(label, (counts.get(label) ?? 0) + 1));
  return counts;
}

function total(counts: Map<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

test('an idle room of thirty costs each peer four small messages a second, and no gossip', async (t) => {
  const room = new Classroom(1);
  await room.fill(30);
  await room.converge(10_000);
  await room.world.time.advance(5000);
  let bytes = 0;
  room.world.fabric.observe((delivery) => {
    bytes += delivery.bytes;
  });
  const counts = counting(room);
  await room.world.time.advance(60_000);
  const perPeerAndSecond = total(counts) / 30 / 60;
  t.true(perPeerAndSecond < 4.5, `${perPeerAndSecond} messages`);
  t.true(bytes / 30 / 60 < 1000, `${bytes / 30 / 60} bytes`);
  t.deepEqual([...counts.keys()].sort(), ['answer membership.ping', 'call membership.ping']);
});

test('a room where everything changes all the time gossips no more than the floors allow', async (t) => {
  const room = new Classroom(2);
  const machines = await room.fill(30);
  await room.converge(10_000);
  await room.world.time.advance(5000);
  const counts = counting(room);
  const random = room.world.random.split('load');
  for (let second = 0; second < 30; second += 1) {
    for (const machine of machines) {
      room.of(machine).update({
        load: { running: Math.floor(random.next() * 4), queued: Math.floor(random.next() * 20) },
        ownerState: random.chance(0.5) ? 'away' : 'active',
      });
    }
    await room.world.time.advance(1000);
  }
  // One announcement per peer and two seconds, passed on to at most six neighbours by each.
  const bound = (30 * 30 * 6) / 2;
  t.true(counts.get('gossip membership')! / 30 <= bound * 1.05, `${counts.get('gossip membership')! / 30}`);
  t.true((counts.get('call membership.sync') ?? 0) / 30 <= 30 / 2 + 1);
  t.true(await room.converge(10_000));
});

test('a mesh above the limit keeps a bounded number of connections and still knows everyone', async (t) => {
  const room = new Classroom(3);
  const dial = { ...defaultOptions.dial, fullMesh: 24, degree: 6, idleMs: 10_000 };
  const options = { ...defaultOptions, dial };
  const first = await room.join([], { options });
  for (let i = 1; i < 60; i += 1) await room.join(first.addresses, { options });
  t.true(await room.converge(20_000));
  // Long enough for connections to close that only the first meeting needed.
  await room.world.time.advance(30_000);
  t.true(room.isConverged());
  t.deepEqual(room.alarms, []);
  const degrees = room.world.machines.map((machine) => machine.process.network.connected().length);
  t.true(Math.max(...degrees) <= dial.fullMesh, `${Math.max(...degrees)} connections`);
  t.true(Math.min(...degrees) >= dial.degree, `${Math.min(...degrees)} connections`);

  const counts = counting(room);
  await room.world.time.advance(20_000);
  const pings = (counts.get('call membership.ping') ?? 0) / 60 / 20;
  t.true(pings > 0.9 && pings < 1.2, `${pings} pings of each peer per second: half of those in a small mesh`);

  const { network } = first.process;
  const far = room.world.machines.find(({ peer }) => peer !== first.peer && !network.isConnected(peer))!;
  t.like(room.of(first).member(far.peer), { state: 'alive', connected: false });
  await room.world.time.settle(room.of(first).ensureConnected(far.peer), 1000);
  t.true(network.isConnected(far.peer));

  room.kill(far);
  t.true(await room.converge(20_000));
  t.true(room.alarms.every(({ of }) => of === far.peer));
});

test('sixty machines that boot at once do not overrun their one seed', async (t) => {
  const room = new Classroom(4);
  const seed = await room.join();
  let knocks = 0;
  room.world.fabric.observe(({ to, label }) => {
    if (to === seed.peer && label === 'knock') knocks += 1;
  });
  for (let i = 1; i < 60; i += 1) await room.join(seed.addresses);
  t.true(await room.converge(10_000));
  t.true(knocks <= 90, `${knocks} dials of the seed`);
});

test('newcomers of a large mesh are announced together', async (t) => {
  const room = new Classroom(8);
  const sync = { ...defaultOptions.sync, tellAllMembers: 8 };
  const options = { ...defaultOptions, sync };
  const first = await room.join([], { options });
  for (let i = 1; i < 20; i += 1) await room.join(first.addresses, { options });
  t.true(await room.converge(20_000));
  await room.world.time.advance(5_000);
  const counts = counting(room);
  for (let i = 0; i < 20; i += 1) await room.join(first.addresses, { options });
  t.true(await room.converge(10_000));
  // Twenty announcements of their own would be more than four thousand messages.
  const gossip = counts.get('gossip membership') ?? 0;
  t.true(gossip < 1500, `${gossip}`);
  t.deepEqual(room.alarms, []);
});

test('while the only seed is down it is dialled ever more slowly, not in step, and found when it is up', async (t) => {
  const room = new Classroom(5);
  const seed = room.world.addMachine();
  const dials: number[] = [];
  for (let i = 1; i <= 30; i += 1) {
    const machine = await room.join(seed.addresses);
    const { network } = machine.process;
    const connect = network.connect.bind(network);
    network.connect = (target, options) => {
      dials.push(room.world.time.nowMs);
      return connect(target, options);
    };
  }
  await room.world.time.advance(300_000);
  const late = dials.filter((atMs) => atMs > 100_000);
  const perPeerAndMinute = late.length / 30 / (200 / 60);
  t.true(perPeerAndMinute < 10, `${perPeerAndMinute} dials`);
  const perSecond = new Map<number, number>();
  for (const atMs of late)
    perSecond.set(Math.floor(atMs / 1000), (perSecond.get(Math.floor(atMs / 1000)) ?? 0) + 1);
  t.true(Math.max(...perSecond.values()) <= 20, `${Math.max(...perSecond.values())} dials in one second`);
  await room.boot(seed);
  t.true(await room.converge(40_000));
});

test('one seed gives one course of events', async (t) => {
  const course = async (seed: number) => {
    const room = new Classroom(seed, { gossipLoss: 0.1, noticeLoss: 0.1 });
    const machines = await room.fill(12);
    await room.world.time.advance(5000);
    room.kill(machines[3]!);
    machines[4]!.process.clock.stall();
    room.world.fabric.partition(
      [machines[5]!.peer, machines[6]!.peer],
      [machines[7]!.peer, machines[8]!.peer],
    );
    await room.world.time.advance(15_000);
    machines[4]!.process.clock.resume();
    room.world.fabric.heal();
    await room.boot(machines[3]!);
    await room.world.time.advance(15_000);
    return { hash: room.world.trace.hash(), length: room.world.trace.length };
  };
  const first = await course(6);
  t.true(first.length > 2000, `${first.length} lines`);
  t.deepEqual(await course(6), first);
  t.notDeepEqual(await course(7), first);
});

test('in a storm a peer tells what is due together, no oftener than the floor allows', async (t) => {
  const room = new Classroom(9);
  const machines = await room.fill(30);
  await room.converge(10_000);
  const pausesMs: number[] = [];
  for (const { process } of machines) {
    let lastMs = -Infinity;
    const publish = process.network.publish.bind(process.network);
    process.network.publish = (topic, payload) => {
      pausesMs.push(room.world.time.nowMs - lastMs);
      lastMs = room.world.time.nowMs;
      publish(topic, payload);
    };
  }
  const half = machines.slice(0, 15).map(({ peer }) => peer);
  room.world.fabric.partition(
    half,
    machines.slice(15).map(({ peer }) => peer),
  );
  await room.world.time.advance(20_000);
  t.true(pausesMs.length > 30, `${pausesMs.length} publications`);
  t.true(Math.min(...pausesMs) >= defaultOptions.news.floorMs, `after ${Math.min(...pausesMs)} ms`);
});

test('a death is published by a few, and everyone learns of it', async (t) => {
  const gossip = async (publishers: number) => {
    const room = new Classroom(5);
    const options = { ...defaultOptions, news: { ...defaultOptions.news, publishers } };
    const first = await room.join([], { options });
    for (let i = 1; i < 30; i += 1) await room.join(first.addresses, { options });
    await room.converge(10_000);
    await room.world.time.advance(5000);
    const counts = counting(room);
    room.kill(room.world.machines[10]!);
    t.true(await room.converge(5000));
    await room.world.time.advance(5000);
    return counts.get('gossip membership')!;
  };
  const [few, all] = [await gossip(defaultOptions.news.publishers), await gossip(1000)];
  t.true(few < all / 2, `${few} messages, ${all} if everyone published`);
});
