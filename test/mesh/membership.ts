import test from 'ava';
import { Classroom } from './helpers/classroom.ts';

for (const seed of [1, 2, 3]) {
  test(`thirty peers find each other from one address (seed ${seed})`, async (t) => {
    const room = new Classroom(seed);
    await room.fill(30);
    t.true(await room.converge(10_000));
    await room.world.time.advance(60_000);
      at,
      room.world.time.processed,
      room.alarms.length,
      room.world.machines.map((m) => m.process.network.connected().length).join(),
    );
    t.deepEqual(room.alarms, []);
  });
}
