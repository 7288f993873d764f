import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import type { PeerId } from '../../src/platform/network.ts';
import { WorkingRoom } from './helpers/working-room.ts';

/** Whose the job is, by what each machine holds of it. */
function ownersOf(room: WorkingRoom, id: string): Set<PeerId> {
  const owners = room.world.machines.map((machine) => room.status(machine, id)?.owner ?? '');
  return new Set(owners.filter((owner) => owner !== ''));
}

/** A job that must not run twice has just reached the peer that is asked first to take it, which has not answered yet. */
async function askedOne(seed: number) {
  const room = new WorkingRoom(seed, {}, { execution: { slots: 1 } });
  room.offers.set('peer-4', []);
  const [, , , door] = (await room.fill(4)) as [Machine, Machine, Machine, Machine];
  let peer: PeerId | undefined;
  room.world.fabric.observe(({ label, to }) => {
    if (label === 'call jobs.run') peer ??= to;
  });
  const id = await room.submit(door, { seconds: '5', word: 'it' }, 'once');
  await room.until(() => peer !== undefined, 5000, 0.05);
  return { room, door, id, asked: room.machine(peer as PeerId) };
}

for (const seed of [1, 2, 3]) {
  test(`whose claim is known has the job, though the answer was lost (seed ${seed})`, async (t) => {
    const room = new WorkingRoom(seed, {}, { execution: { slots: 1 } });
    room.offers.set('peer-2', []);
    // Of claims that do not know of each other, that of the greatest name counts.
    const [winner, , door] = (await room.fill(3)) as [Machine, Machine, Machine];
    await room.untilRunning(await room.submit(winner, { seconds: '5', word: 'before' }), winner);
    await room.untilRunning(await room.submit(door, { seconds: '60', word: 'before' }), door);
    // Others hold such a claim before it counts, and is answered.
    const id = await room.submit(door, { seconds: '5', word: 'it' }, 'once');
    const holds = (machine: Machine) => room.status(machine, id)?.owner === winner.peer;
    await room.until(() => holds(door) && holds(winner), 5000, 0.05);
    room.world.fabric.reset(door.peer, winner.peer);
    const owners = new Set<PeerId>();
    const look = () => {
      for (const owner of ownersOf(room, id)) owners.add(owner);
      return room.status(door, id)?.state === 'successful';
    };
    await room.until(look, 60_000, 1);
    t.deepEqual([...owners], [winner.peer]);
    t.like(room.status(door, id), { epoch: 1, owner: winner.peer });
    t.is(room.runsOf('it').length, 1);
  });

  test(`what must not run twice is not given to the next while the first may have it (seed ${seed})`, async (t) => {
    const { room, door, asked, id } = await askedOne(seed);
    room.world.fabric.reset(door.peer, asked.peer);
    const status = await room.untilEnded(id);
    t.like(status, { state: 'successful', epoch: 1, owner: asked.peer });
    t.is(room.runsOf('it').length, 1);
  });

  test(`who dies with the answer does not keep a job that must not run twice (seed ${seed})`, async (t) => {
    const { room, asked, id } = await askedOne(seed);
    room.kill(asked);
    const status = await room.untilEnded(id, 30_000);
    t.is(status.state, 'successful');
    t.not(status.owner, asked.peer);
    t.is(room.runsOf('it').length, 1);
  });
}
