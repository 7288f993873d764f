import test from 'ava';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import { WorkChecker } from '../../../sim/checkers/work.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import { spell, started } from './helpers/conditions.ts';

/** A room of which the first peer asks for some drawings, and the second one draws some. */
function roomOf(requested: readonly string[], drawn: readonly string[]): RoomView {
  const peer = (name: string, requests: readonly string[], drawings: readonly string[]) => ({
    name,
    life: { session: { requests: { keys: () => requests }, drawer: { keys: () => drawings } } },
  });
  return { peers: [peer('peer-1', requested, []), peer('peer-2', [], drawn)] } as unknown as RoomView;
}

/** What is found in rooms that are looked at a second apart. */
function found(rooms: readonly RoomView[], ...faults: Fault[]): string[] {
  const checker = new WorkChecker(2_000);
  for (const event of [...started(0, 1), ...faults.map((fault) => spell(fault, 0)[0])])
    checker.observe(event);
  for (const [second, room] of rooms.entries()) checker.sample(room, 100_000 + second * 1_000);
  return checker.violations.map(({ message }) => message);
}

const times = (count: number, room: RoomView) => Array.from({ length: count }, () => room);
const wanted = roomOf(['a', 'b'], ['a']);
const unwanted = roomOf(['b'], ['a']);

test('a drawing that somebody waits for may take as long as it takes', (t) => {
  t.deepEqual(found(times(60, wanted)), []);
});

test('one that nobody waits for ends soon', (t) => {
  t.deepEqual(found([...times(10, wanted), ...times(5, unwanted)]), []);
  t.deepEqual(found([...times(4, unwanted), wanted, ...times(4, unwanted)]), []);
  t.deepEqual(found([wanted, ...times(6, unwanted)]), ['peer-2 has drawn for 5000 ms what nobody waits for']);
});

test('who could not be told is excused; a slow engine is not', (t) => {
  const cut: Fault = { kind: 'partition', atMs: 90_000, peers: [1], forMs: 5_000, oneWay: false };
  const slow: Fault = { kind: 'engine-slow', atMs: 90_000, peer: 1, forMs: 5_000, factor: 90 };
  t.deepEqual(found(times(20, unwanted), cut), []);
  t.is(found(times(6, unwanted), slow).length, 1);
});
