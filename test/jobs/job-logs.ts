import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { WorkingRoom } from './helpers/working-room.ts';

test('any peer tells what the executing peers noted, as long as they live', async (t) => {
  const room = new WorkingRoom(21);
  const machines = await room.fill(4);
  const first = machines[0] as Machine;
  const id = await room.submit(first, { seconds: '20', word: 'noted' });
  const owner = await room.untilRunning(id, machines[1] as Machine);
  await room.world.time.advance(3000);
  const other = machines.find((machine) => machine !== owner) as Machine;
  const status = () => room.status(other, id)!;
  const running = await room.settle(room.service(other).logs.of(status()));
  t.deepEqual(running.unreachable, []);
  t.is(running.lines[0]?.text, 'attempt 1 begins');
  t.true(running.lines.some(({ text }) => /^\d+ % at 10$/.test(text)));

  room.kill(owner);
  const ended = await room.untilEnded(id);
  t.is(ended.epoch, 2);
  const asker = machines.find((machine) => machine !== owner && machine.peer !== ended.owner) as Machine;
  const { lines, unreachable } = await room.settle(room.service(asker).logs.of(ended));
  t.deepEqual(unreachable, [owner.peer]);
  t.deepEqual([...new Set(lines.map(({ epoch }) => epoch))], [2]);
  t.is(lines.at(-1)?.text, 'successful');
});

test('only the ends of logs are kept, of the jobs worked on last, one line each', async (t) => {
  const room = new WorkingRoom(
    22,
    {},
    { execution: { slots: 2, logJobs: 2, logLines: 3, logLineLength: 12 } },
  );
  const [first] = (await room.fill(1)) as [Machine];
  const { logs } = room.service(first);
  const of = async (id: string) => {
    const attempts = [{ epoch: 1, owner: first.peer, claimedAt: 0 }];
    return (await room.settle(logs.of({ id, attempts }))).lines.map(({ text }) => text);
  };
  for (const line of ['one', 'two', 'three', 'four\u001b[2J\nand more']) logs.add('a', 1, line);
  t.deepEqual(await of('a'), ['two', 'three', 'four [2J and']);
  logs.add('b', 1, 'one');
  logs.add('c', 1, 'one');
  t.deepEqual(await of('a'), []);
  t.deepEqual(await of('c'), ['one']);
});
