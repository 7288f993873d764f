import test from 'ava';
import { rendezvousOrder } from '../../src/core/rendezvous.ts';
import { ArtifactRoom, contentOf, job, manifestFor } from './helpers/artifact-room.ts';

const content = contentOf(20_500);
const { id } = manifestFor(content);

test('copies go to the first peers of the order, and everyone of them knows the others', async (t) => {
  const room = new ArtifactRoom(1);
  const machines = await room.fill(7);
  const [a, ...others] = machines;
  await room.write(a!, content);
  const kept = await room.settle(room.of(a!).replicate(id, 2));
  t.deepEqual(
    [...kept].sort(),
    rendezvousOrder(
      id,
      others.map(({ peer }) => peer),
      2,
    ).sort(),
  );
  t.is(room.holders(id).length, 3);
  for (const machine of room.holders(id)) {
    t.deepEqual(await room.stored(machine, id), Buffer.from(content));
    const holding = room.of(machine).store.holding(id)!;
    t.is(holding.copies, 2);
    t.deepEqual([...holding.holders].sort(), [a!.peer, ...kept].sort());
    t.deepEqual([...holding.owners], [[job.owner, job.expiresAt]]);
  }
  // Again changes nothing.
  t.deepEqual((await room.settle(room.of(a!).replicate(id, 2))).sort(), [...kept].sort());
  t.is(room.holders(id).length, 3);
});

test('in a small mesh there are as many copies as there are peers', async (t) => {
  const room = new ArtifactRoom(2);
  const [a, b] = await room.fill(2);
  await room.write(a!, content);
  t.deepEqual(await room.settle(room.of(a!).replicate(id, 2)), [b!.peer]);
  // One more arrives: it gets a copy at the next look.
  const c = room.world.addMachine();
  await room.start(c);
  await room.until(() => room.of(c).store.has(id), 300_000);
  t.is(room.holders(id).length, 3);
});

test('a peer without room is passed over', async (t) => {
  const room = new ArtifactRoom(3);
  const machines = await room.fill(5);
  const order = rendezvousOrder(
    id,
    machines.slice(1).map(({ peer }) => peer),
  );
  const full = machines.find(({ peer }) => peer === order[0])!;
  room.kill(full);
  await room.start(full, { quotaBytes: 10_000 });
  await room.classroom.converge(60_000);
  await room.write(machines[0]!, content);
  t.deepEqual((await room.settle(room.of(machines[0]!).replicate(id, 2))).sort(), order.slice(1, 3).sort());
});

test('copies of those that are gone are made anew, whoever goes, one after the other', async (t) => {
  const room = new ArtifactRoom(4);
  const machines = await room.fill(8);
  await room.write(machines[0]!, content);
  await room.settle(room.of(machines[0]!).replicate(id, 2));
  for (let round = 0; round < 4; round += 1) {
    const victim = room.holders(id)[round % 3]!;
    room.kill(victim);
    t.is(room.holders(id).length, 2);
    await room.until(() => room.holders(id).length >= 3, 300_000);
    for (const machine of room.holders(id)) t.deepEqual(await room.stored(machine, id), Buffer.from(content));
  }
});

test('two that go at once leave one copy, which becomes three again', async (t) => {
  const room = new ArtifactRoom(5);
  const machines = await room.fill(6);
  await room.write(machines[0]!, content);
  await room.settle(room.of(machines[0]!).replicate(id, 2));
  const [one, two, left] = room.holders(id);
  room.kill(one!);
  room.losePower(two!);
  await room.until(() => room.holders(id).length === 3, 300_000);
  t.true(room.of(left!).store.has(id));
});

test('a holder whose content is gone is found by asking, and gets it again', async (t) => {
  const room = new ArtifactRoom(6);
  const [a, ...others] = await room.fill(3);
  await room.write(a!, content);
  await room.settle(room.of(a!).replicate(id, 2));
  const victim = others[0]!;
  room.kill(victim);
  room.disks(victim).files.files.clear();
  await room.start(victim);
  t.false(room.of(victim).store.has(id));
  await room.until(() => room.holders(id).length === 3, 300_000);
  t.deepEqual(await room.stored(victim, id), Buffer.from(content));
});

test('when the first of the order has lost its content, the next one sees to the copies', async (t) => {
  const room = new ArtifactRoom(11);
  const [a] = await room.fill(3);
  await room.write(a!, content);
  await room.settle(room.of(a!).replicate(id, 2));
  const [first] = rendezvousOrder(id, room.world.peers);
  const victim = room.world.machines.find(({ peer }) => peer === first)!;
  room.kill(victim);
  room.disks(victim).files.files.clear();
  await room.start(victim);
  await room.until(() => room.holders(id).length === 3, 300_000);
  t.deepEqual(await room.stored(victim, id), Buffer.from(content));
});

test('of two owners of the same content one may let go, and the copies stay for the other', async (t) => {
  const room = new ArtifactRoom(12);
  const machines = await room.fill(3);
  const [a] = machines;
  for (const owner of ['job-1', 'job-2']) {
    await room.write(a!, content, { ...job, owner });
    await room.settle(room.of(a!).replicate(id, 2, { owner }));
  }
  for (const machine of machines) await room.settle(room.of(machine).releaseOwner('job-1'));
  t.is(room.holders(id).length, 3);
  for (const machine of machines)
    t.deepEqual([...room.of(machine).store.holding(id)!.owners.keys()], ['job-2']);
});

test('a target that dies while it copies is replaced by the next of the order', async (t) => {
  const room = new ArtifactRoom(7, { bandwidthBytesPerMs: 5 });
  const machines = await room.fill(5);
  await room.write(machines[0]!, content);
  const replicating = room.of(machines[0]!).replicate(id, 1);
  replicating.catch(() => {});
  const order = rendezvousOrder(
    id,
    machines.slice(1).map(({ peer }) => peer),
  );
  const target = machines.find(({ peer }) => peer === order[0])!;
  await room.until(() => room.of(target).counts().receivedBytes > 5000, 60_000, 10);
  room.kill(target);
  t.deepEqual(await room.settle(replicating), [order[1]]);
});

test('copies that nobody needs any more hold up no others', async (t) => {
  const room = new ArtifactRoom(13, {}, { keeping: { maxReplications: 1 } });
  const [a, b] = await room.fill(2);
  const needless = contentOf(5000, 9);
  const unneeded = await room.write(a!, needless);
  room.disks(a!).files.files.clear();
  const abort = new AbortController();
  // What its peer no longer has is looked for again and again.
  const replicating = room.of(a!).replicate(unneeded, 1, { signal: abort.signal });
  await room.world.time.advance(1000);
  await room.write(a!, content);
  const next = room.of(a!).replicate(id, 1);
  abort.abort();
  const begunMs = room.world.time.nowMs;
  t.deepEqual(await room.settle(replicating), []);
  t.deepEqual(await room.settle(next), [b!.peer]);
  t.true(room.world.time.nowMs - begunMs < 1000);
});

test('what has expired is gone everywhere, and what has been extended stays', async (t) => {
  const room = new ArtifactRoom(8);
  const [a, b, c] = await room.fill(3);
  const now = a!.process.clock.wallTime();
  const short = await room.write(a!, contentOf(3000, 5), { owner: 'short', expiresAt: now + 120_000 });
  await room.write(a!, content, { owner: 'long', expiresAt: now + 120_000 });
  for (const each of [short, id]) await room.settle(room.of(a!).replicate(each, 2));
  // A job's status lives longer when it is written anew: at each peer by itself.
  const longer = { owner: 'long', expiresAt: now + 10_000_000 };
  for (const machine of [a!, b!]) t.true(await room.settle(room.of(machine).retain(id, longer)));
  await room.world.time.advance(400_000);
  t.deepEqual(room.holders(short), []);
  // The third heard of it from the one that looks after the copies.
  t.is(room.holders(id).length, 3);
  t.is(room.of(c!).store.holding(id)!.owners.get('long'), longer.expiresAt);
});

test('an owner that let go is not brought back by other holders', async (t) => {
  const room = new ArtifactRoom(9);
  const [a, b, c] = await room.fill(3);
  await room.write(a!, content);
  await room.settle(room.of(a!).retain(id, { owner: 'job-2', expiresAt: job.expiresAt }));
  await room.settle(room.of(a!).replicate(id, 2));
  await room.settle(room.of(b!).releaseOwner('job-1'));
  for (const machine of [a!, b!, c!])
    await room.settle(machine.process ? check(room, machine) : Promise.resolve());
  t.deepEqual([...room.of(b!).store.holding(id)!.owners.keys()], ['job-2']);
  for (const machine of [a!, b!, c!]) await room.settle(room.of(machine).releaseOwner('job-2'));
  t.false(room.of(b!).store.has(id));
});

/** Lets the machine look after its copies once. */
async function check(room: ArtifactRoom, machine: Parameters<ArtifactRoom['of']>[0]): Promise<void> {
  await room.of(machine).replicate(id, 2);
}

test('messages that break a bound are refused', async (t) => {
  const room = new ArtifactRoom(10);
  const [a, b] = await room.fill(2);
  const { network } = a!.process;
  for (const payload of [Uint8Array.of(255, 255), Uint8Array.of(10, 4, 10, 2, 1, 2)]) {
    const call = network.call(b!.peer, 'artifacts.check', payload, { timeoutMs: 1000 });
    call.catch(() => {});
    await t.throwsAsync(room.settle(call));
  }
});
