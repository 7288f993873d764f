import test from 'ava';
import { ReunionChecker } from '../../../sim/checkers/reunion.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import type { Member } from '../../../src/mesh/offer.ts';
import { spell, started } from './helpers/conditions.ts';

const MET_MS = 40_000;
const PEERS = [0, 1, 2, 3, 4, 5];

function partition(...peers: number[]): RunEvent[] {
  return spell({ kind: 'partition', atMs: 20_000, peers, forMs: 20_000, oneWay: false }, MET_MS);
}

type State = Member['state'] | 'forgotten';

/** What the first three think of the others. */
function found(state: State, afterMs: number, events: readonly RunEvent[]): string[] {
  const peers = PEERS.map((number) => {
    const member = (name: string) => {
      if (number >= 3 || Number(name.slice(5)) <= 3) return { state: 'alive' };
      return state === 'forgotten' ? undefined : { state };
    };
    return { name: `peer-${number + 1}`, life: { membership: { member } } };
  });
  const checker = new ReunionChecker(PEERS.length);
  for (const event of [...started(...PEERS), ...events]) checker.observe(event);
  checker.sample({ peers } as unknown as RoomView, MET_MS + afterMs);
  return checker.violations.map(({ message }) => message);
}

test('two halves know each other again soon after they can hear each other', (t) => {
  const halves = partition(0, 1, 2);
  t.deepEqual(found('dead', 3_000, halves), []);
  t.deepEqual(found('dead', 4_000, halves), [
    '9 times a peer is held for dead, or not known, that can be heard again for 4000 ms',
  ]);
  t.deepEqual(found('alive', 4_000, halves), []);
});

test('who was forgotten is not known either; a suspect is', (t) => {
  t.is(found('forgotten', 4_000, partition(0, 1, 2)).length, 1);
  t.is(found('left', 4_000, partition(0, 1, 2)).length, 1);
  t.deepEqual(found('suspect', 4_000, partition(0, 1, 2)), []);
});

test('a single peer, or trouble that goes on, may take longer', (t) => {
  t.deepEqual(found('dead', 4_000, partition(0)), []);
  const reset: Fault = { kind: 'stall', atMs: MET_MS, peer: 5, forMs: 2_000 };
  t.deepEqual(found('dead', 4_000, [...partition(0, 1, 2), ...spell(reset, MET_MS + 2_000)]), []);
});
