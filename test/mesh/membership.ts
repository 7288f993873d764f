import test from 'ava';
import { Classroom, offerNamed } from './helpers/classroom.ts';

for (const seed of [1, 2, 3]) {
  test(`thirty peers find each other from one address (seed ${seed})`, async (t) => {
    const room = new Classroom(seed);
    await room.fill(30);
    t.true(await room.converge(5000));
    await room.world.time.advance(20_000);
    t.deepEqual(room.alarms, []);
    for (const machine of room.world.machines) t.is(machine.process.network.connected().length, 29);
  });
}

test('a newcomer knows everyone after one round trip', async (t) => {
  const room = new Classroom(4);
  const [first] = await room.fill(10);
  await room.converge(5000);
  const newcomer = await room.join(first!.addresses);
  const { network } = newcomer.process;
  let answers = 0;
  room.world.fabric.observe(({ to, label }) => {
    if (to === newcomer.peer && label === 'answer membership.hello') answers += 1;
  });
  t.true(await room.world.time.until(() => answers === 1, 2000));
  t.is(room.of(newcomer).members().length, 11);
  t.deepEqual(network.connected(), [first!.peer]);
});

test('two peers that meet know how far their clocks are apart, until the own one is set', async (t) => {
  const room = new Classroom(6);
  const first = await room.join();
  const late = room.world.addMachine();
  late.shiftWallTime(-60_000);
  await room.boot(late, first.addresses);
  await room.converge(5000);
  const apart = late.process.clock.wallTime() - first.process.clock.wallTime();
  t.true(apart < -58_000);
  const seen = room.of(first).member(late.peer)!.clockOffsetMs!;
  const seenThere = room.of(late).member(first.peer)!.clockOffsetMs!;
  t.true(Math.abs(seen - apart) < 5, `${seen} ms`);
  t.true(Math.abs(seenThere + apart) < 5, `${seenThere} ms`);
  late.shiftWallTime(60_000);
  await room.world.time.advance(5000);
  t.is(room.of(late).member(first.peer)!.clockOffsetMs, undefined);
});

test('lists this peer first, then each other one with what it offers', async (t) => {
  const room = new Classroom(5);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  // The first heartbeats measure the round trip.
  await room.world.time.advance(2000);
  const [self, other] = room.of(first!).members();
  t.is(self!.peer, first!.peer);
  t.true(self!.self);
  t.like(self, { state: 'alive', connected: true, addresses: first!.addresses });
  t.like(other, {
    peer: second!.peer,
    self: false,
    state: 'alive',
    connected: true,
    addresses: second!.addresses,
    offer: offerNamed(`host of ${second!.peer}`),
  });
  t.true(other!.rttMs! > 0.4 && other!.rttMs! < 5, `${other!.rttMs} ms`);
  t.true(Math.abs(other!.since - first!.process.clock.wallTime()) < 10_000);
  t.is(room.of(first!).member('nobody'), undefined);
});

test('a changed offer reaches everyone, by gossip', async (t) => {
  const room = new Classroom(6);
  const machines = await room.fill(8);
  await room.converge(5000);
  await room.world.time.advance(5000);
  room.of(machines[3]!).update({ ownerState: 'active' });
  const begunMs = room.world.time.nowMs;
  t.true(await room.converge(5000));
  t.true(room.world.time.nowMs - begunMs < 100);
});

test('a changed offer reaches everyone though all gossip is lost', async (t) => {
  const room = new Classroom(7, { gossipLoss: 1 });
  const machines = await room.fill(8);
  t.true(await room.converge(30_000));
  room.of(machines[3]!).update({ ownerState: 'active' });
  t.true(await room.converge(30_000));
});

test('rapid changes of an offer are announced no oftener than the floor allows', async (t) => {
  const room = new Classroom(8);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  await room.world.time.advance(5000);
  let announcements = 0;
  room.world.fabric.observe(({ label, from }) => {
    if (label === 'gossip membership' && from === first!.peer) announcements += 1;
  });
  for (let i = 1; i <= 100; i += 1) {
    room.of(first!).update({ ownerState: i % 2 === 0 ? 'away' : 'active', cores: i });
    await room.world.time.advance(100);
  }
  await room.world.time.advance(2000);
  // One at once, then one every two seconds of ten, and the last state at the end.
  t.true(announcements >= 5 && announcements <= 7, `${announcements}`);
  t.is(room.of(second!).member(first!.peer)!.offer.cores, 100);
});

test('the load is a hint: it travels along with heartbeats and changes no sequence', async (t) => {
  const room = new Classroom(9);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  await room.world.time.advance(5000);
  const labels: string[] = [];
  room.world.fabric.observe(({ label }) => labels.push(label));
  room.of(first!).update({ load: { running: 1, queued: 0 } });
  await room.world.time.advance(2000);
  t.deepEqual(room.of(second!).member(first!.peer)!.offer.load, { running: 1, queued: 0 });
  t.deepEqual([...new Set(labels)].sort(), ['answer membership.ping', 'call membership.ping']);
});

test('a large change of the load is announced', async (t) => {
  const room = new Classroom(10);
  const machines = await room.fill(12);
  await room.converge(5000);
  await room.world.time.advance(15_000);
  room.of(machines[0]!).update({ load: { running: 3, queued: 4 } });
  await room.world.time.advance(50);
  for (const machine of machines) {
    t.deepEqual(room.of(machine).member(machines[0]!.peer)!.offer.load, { running: 3, queued: 4 });
  }
});

test('a peer that leaves is known to have left at once', async (t) => {
  const room = new Classroom(11);
  const machines = await room.fill(6);
  await room.converge(5000);
  const [leaving, ...staying] = machines;
  await room.world.time.settle(room.of(leaving!).stop(), 1000);
  for (const machine of staying) t.is(room.state(machine, leaving!), 'left');
  room.kill(leaving!);
  await room.world.time.advance(20_000);
  for (const machine of staying) t.is(room.state(machine, leaving!), 'left');
  t.deepEqual(room.alarms, []);
});

test('a peer that left comes back', async (t) => {
  const room = new Classroom(12);
  const machines = await room.fill(4);
  await room.converge(5000);
  await room.world.time.settle(room.of(machines[1]!).stop(), 1000);
  room.kill(machines[1]!);
  await room.world.time.advance(5000);
  await room.boot(machines[1]!);
  t.true(await room.converge(5000));
});

test('the departed are forgotten in the end, and that is told', async (t) => {
  const room = new Classroom(13);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  const forgotten: string[] = [];
  room.of(first!).on('forget', (peer) => forgotten.push(peer));
  await room.world.time.settle(room.of(second!).stop(), 1000);
  room.kill(second!);
  await room.world.time.advance(601_000);
  t.deepEqual(forgotten, [second!.peer]);
  t.is(room.of(first!).members().length, 1);
});

test('listeners are told of changes until they are removed', async (t) => {
  const room = new Classroom(14);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  let told = 0;
  const remove = room.of(first!).on('change', ({ peer, offer }) => {
    if (peer === second!.peer && offer.cores === 64) told += 1;
  });
  room.of(second!).update({ cores: 64 });
  await room.world.time.advance(3000);
  t.true(told > 0);
  remove();
  const before = told;
  room.of(second!).update({ load: { running: 1, queued: 0 } });
  await room.world.time.advance(3000);
  t.is(told, before);
});

test('peers of another mesh never become members', async (t) => {
  const room = new Classroom(15);
  const [first] = await room.fill(2);
  const stranger = room.world.addMachine('another mesh');
  await room.boot(stranger, first!.addresses);
  await room.world.time.advance(10_000);
  t.is(room.of(stranger).members().length, 1);
  t.is(room.of(first!).members().length, 2);
});

test('a peer alone lives on, and is found later', async (t) => {
  const room = new Classroom(16);
  const lonely = await room.join(['/ip4/10.0.0.2/tcp/4001']);
  await room.world.time.advance(120_000);
  t.is(room.of(lonely).members().length, 1);
  await room.join();
  t.true(await room.converge(20_000));
});

test('an address that is none is refused', async (t) => {
  const room = new Classroom(17);
  const machine = room.world.addMachine();
  await t.throwsAsync(room.boot(machine, ['not an address']), { code: 'CONFIG_INVALID' });
  t.throws(() => room.of(machine).addSeeds('http://example.org'), { code: 'CONFIG_INVALID' });
});

test('stopping before starting, and twice, does no harm', async (t) => {
  const room = new Classroom(18);
  const [first, second] = await room.fill(2);
  await room.converge(5000);
  const membership = room.of(first!);
  await room.world.time.settle(Promise.all([membership.stop(), membership.stop()]), 2000);
  t.is(room.state(second!, first!), 'left');
});
