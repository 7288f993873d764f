import test from 'ava';
import { MachineClock } from '../../sim/clock.ts';
import { VirtualTime } from '../../sim/time.ts';
import { type Turn, WaitingLines } from '../../src/maps/waiting-lines.ts';

const never = new AbortController().signal;

/** A line in which those that join are noted when their turn comes. */
function makeLine() {
  const time = new VirtualTime();
  const lines = new WaitingLines(new MachineClock(time), 50);
  const turns: Array<{ name: string; atMs: number; turn: Turn }> = [];
  const join = (name: string, { project = 'world', expiresAt = 10_000, signal = never } = {}) =>
    lines
      .join(project, { expiresAt, signal })
      .then((turn) => turns.push({ name, atMs: Math.round(time.nowMs), turn }))
      .catch((reason) => turns.push({ name: `${name}: ${reason.message}`, atMs: time.nowMs, turn: idle }));
  const names = () => turns.map(({ name }) => name);
  return { time, lines, turns, join, names };
}

const idle: Turn = { refused: async () => {}, taken() {}, leave() {} };

test('who is alone asks again after a pause, the others when one before them was taken', async (t) => {
  const { time, lines, turns, join, names } = makeLine();
  t.false(lines.has('world'));
  for (const name of ['a', 'b', 'c']) void join(name);
  t.true(lines.has('world'));
  await time.advance(1_000);
  t.deepEqual(
    turns.map(({ name, atMs }) => [name, atMs]),
    [['a', 50]],
  );
  turns[0]!.turn.taken();
  await time.advance(1);
  t.deepEqual(names(), ['a', 'b']);
  turns[1]!.turn.leave();
  await time.advance(1);
  t.deepEqual(names(), ['a', 'b', 'c']);
  turns[2]!.turn.taken();
  t.false(lines.has('world'));
});

test('every project has a line of its own', async (t) => {
  const { time, join, names } = makeLine();
  void join('a');
  void join('b', { project: 'town' });
  await time.advance(50);
  t.deepEqual(names(), ['a', 'b']);
});

test('pauses grow until somebody is taken', async (t) => {
  const { time, turns, join } = makeLine();
  const pauses: number[] = [];
  const pause = async (turn: Turn) => {
    const begunMs = time.nowMs;
    await time.settle(turn.refused(never), 10_000);
    pauses.push(Math.round(time.nowMs - begunMs));
  };
  void join('a');
  void join('b');
  await time.advance(50);
  for (let times = 0; times < 6; times += 1) await pause(turns[0]!.turn);
  turns[0]!.turn.taken();
  await time.advance(1);
  await pause(turns[1]!.turn);
  t.deepEqual(pauses, [100, 200, 400, 800, 800, 800, 50]);
});

test('who gives up while it waits, or at its turn, does not keep the others', async (t) => {
  const { time, turns, join, names } = makeLine();
  const [first, second] = [new AbortController(), new AbortController()];
  void join('a', { signal: first.signal });
  void join('b', { signal: second.signal });
  void join('c');
  second.abort(new Error('gone'));
  await time.advance(1);
  first.abort(new Error('gone'));
  await time.advance(1);
  t.deepEqual(names().sort(), ['a: gone', 'b: gone', 'c']);
  const last = turns.find(({ name }) => name === 'c')!;
  last.turn.leave();
  last.turn.leave();
  void join('d');
  await time.advance(50);
  t.is(names().at(-1), 'd');
});

test('when the first has waited for half of its time, the last is served first', async (t) => {
  const { time, turns, join, names } = makeLine();
  for (const name of ['a', 'b', 'c', 'd']) void join(name, { expiresAt: 1_000 });
  await time.advance(490);
  turns[0]!.turn.taken();
  await time.advance(20);
  turns[1]!.turn.taken();
  await time.advance(1);
  t.deepEqual(names(), ['a', 'b', 'd']);
});
