import test from 'ava';
import type { Machine } from '../../sim/machine.ts';
import { WorkingRoom } from './helpers/working-room.ts';

function textsOf(
  lines: readonly { readonly epoch: number; readonly text: string }[],
  epoch: number,
): string[] {
  return lines.filter((line) => line.epoch === epoch).map(({ text }) => text);
}

for (const seed of [21, 22, 23]) {
  test(`any peer tells what the executing peers noted, also after they died (seed ${seed})`, async (t) => {
    const room = new WorkingRoom(seed);
    const machines = await room.fill(5);
    const first = machines[0] as Machine;
    const id = await room.submit(first, { seconds: '20', word: 'noted' });
    const owner = await room.untilRunning(id, machines[1] as Machine);
    await room.world.time.advance(7000);
    const other = machines.find((machine) => machine !== owner) as Machine;
    const running = await room.settle(room.service(other).logs.of(room.status(other, id)!));
    t.deepEqual(running.unreachable, []);
    t.is(running.lines[0]?.text, 'attempt 1 begins');
    t.true(running.lines.some(({ text }) => /^\d+ % at 10$/.test(text)));

    room.kill(owner);
    const ended = await room.untilEnded(id);
    t.is(ended.epoch, 2);
    for (const asker of machines.filter(({ isRunning }) => isRunning)) {
      const { lines, unreachable } = await room.settle(room.service(asker).logs.of(ended));
      t.deepEqual(unreachable, []);
      // All but what was said in the last two seconds.
      const before = textsOf(running.lines, 1);
      const kept = textsOf(lines, 1);
      t.deepEqual(kept, before.slice(0, kept.length));
      t.true(kept.length >= before.length / 2, `${kept.length} of ${before.length} lines`);
      t.is(textsOf(lines, 2).at(-1), 'successful');
    }

    // It comes back, and has forgotten all.
    await room.start(owner);
    await room.classroom.converge(30_000);
    const { lines } = await room.settle(room.service(owner).logs.of(ended));
    t.is(textsOf(lines, 1)[0], 'attempt 1 begins');
    t.is(textsOf(lines, 2).at(-1), 'successful');
  });
}

test('a peer that stops tells the end of its logs at once', async (t) => {
  const room = new WorkingRoom(24, {}, { execution: { logCopyMs: 1e9 } });
  const machines = await room.fill(4);
  const [owner, asker] = machines as [Machine, Machine];
  const attempts = [{ epoch: 1, owner: owner.peer, claimedAt: 0 }];
  for (const line of ['one', 'two', 'three']) room.service(owner).logs.add('some-job', 1, line);
  const of = () => room.settle(room.service(asker).logs.of({ id: 'some-job', attempts }));
  room.service(owner).logs.stop();
  await room.world.time.advance(1000);
  room.kill(owner);
  t.deepEqual(textsOf((await of()).lines, 1), ['one', 'two', 'three']);
});

test('of what is in the status anyway no copies are made, and whose log is gone is told', async (t) => {
  const room = new WorkingRoom(25);
  const [owner, asker] = (await room.fill(4)) as [Machine, Machine];
  const attempts = [{ epoch: 1, owner: owner.peer, claimedAt: 0 }];
  for (const line of ['attempt 1 begins', 'successful']) room.service(owner).logs.add('some-job', 1, line);
  await room.world.time.advance(10_000);
  room.kill(owner);
  const { lines, unreachable } = await room.settle(room.service(asker).logs.of({ id: 'some-job', attempts }));
  t.deepEqual(lines, []);
  t.deepEqual(unreachable, [owner.peer]);
});

test('many logs at once go in several messages, each of its end', async (t) => {
  const room = new WorkingRoom(26);
  const machines = await room.fill(3);
  const [owner, asker] = machines as [Machine, Machine];
  const attempts = [{ epoch: 1, owner: owner.peer, claimedAt: 0 }];
  const jobs = Array.from({ length: 20 }, (_, i) => `job-${i}`);
  for (const job of jobs) {
    for (let i = 0; i < 200; i += 1) room.service(owner).logs.add(job, 1, `${i} ${'ü'.repeat(230)}`);
  }
  await room.world.time.advance(5000);
  room.kill(owner);
  for (const id of jobs) {
    const { lines } = await room.settle(room.service(asker).logs.of({ id, attempts }));
    t.true(lines.length >= 68 && lines.length <= 70, `${lines.length} lines`);
    t.regex(lines.at(-1)?.text ?? '', /^199 /);
  }
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
