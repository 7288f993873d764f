import test from 'ava';
import { Sites } from '../../sim/sites.ts';
import { Classroom } from './helpers/classroom.ts';

/** A room of machines by turns in two buildings, with a link of so many bytes per ms between them. */
async function twoBuildings(seed: number, count: number, bandwidthBytesPerMs: number): Promise<Classroom> {
  const room = new Classroom(seed);
  const siteOf = new Map(
    Array.from({ length: count }, (_, index) => [`peer-${index + 1}`, index % 2 === 0 ? 'old' : 'new']),
  );
  room.world.fabric.sites = new Sites(siteOf, { latencyMs: 20, bandwidthBytesPerMs });
  await room.fill(count);
  return room;
}

/** Bytes of everything that arrives from now on. */
function bytesOf(room: Classroom): () => number {
  let bytes = 0;
  room.world.fabric.observe((delivery) => {
    bytes += delivery.bytes;
  });
  return () => bytes;
}

for (const megabits of [1, 0.5]) {
  test(`a boot that fills a link of ${megabits} Mbit/s keeps nobody suspecting others`, async (t) => {
    const room = await twoBuildings(1, 30, megabits * 125);
    await room.world.time.advance(60_000);
    room.alarms.length = 0;
    const bytes = bytesOf(room);
    await room.world.time.advance(20_000);
    t.deepEqual(room.alarms, []);
    t.true(room.isConverged());
    // An idle room: hardly more than its heartbeats.
    t.true(bytes() / 30 / 20 < 1000, `${bytes() / 30 / 20} bytes per peer and second`);
  });
}

test('peers that answer later than a ping is waited for are not suspected', async (t) => {
  const room = new Classroom(2, { latencyMs: 800 });
  await room.fill(8);
  t.true(await room.converge(20_000));
  // By then everyone has met everyone.
  await room.world.time.advance(10_000);
  room.alarms.length = 0;
  await room.world.time.advance(30_000);
  t.deepEqual(room.alarms, []);
});

test('a way that becomes slow all at once makes nobody dead', async (t) => {
  const room = new Classroom(3);
  const machines = await room.fill(8);
  t.true(await room.converge(10_000));
  await room.world.time.advance(5000);
  const slow = machines[3]!.peer;
  room.world.fabric.trouble(slow, { loss: 0, duplication: 0, extraLatencyMs: 1500 });
  await room.world.time.advance(30_000);
  t.false(room.alarms.some(({ state }) => state === 'dead'));
  room.world.fabric.relieve(slow);
  await room.world.time.advance(5000);
  t.true(room.isConverged());
});

test('who loses power behind a slow way is dead in bounded time all the same', async (t) => {
  const room = new Classroom(4, { latencyMs: 800 });
  const machines = await room.fill(8);
  t.true(await room.converge(20_000));
  await room.world.time.advance(20_000);
  const victim = machines[5]!;
  victim.losePower();
  room.memberships.delete(victim.peer);
  t.true(await room.converge(40_000));
});

test('a hello whose answer is long under way is not asked again', async (t) => {
  const room = new Classroom(5, { latencyMs: 4000 });
  const one = await room.join();
  const other = await room.join();
  let hellos = 0;
  room.world.fabric.observe(({ label }) => {
    if (label === 'call membership.hello') hellos += 1;
  });
  const connected = one.process.network.connect({ addresses: other.addresses }, { timeoutMs: 60_000 });
  await room.world.time.settle(connected, 60_000);
  await room.world.time.advance(12_000);
  t.is(hellos, 2);
});
