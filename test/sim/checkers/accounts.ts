import test from 'ava';
import { AccountsChecker } from '../../../sim/checkers/accounts.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import { configSchema } from '../../../src/config.ts';
import type { Occupancy } from '../../../src/node/mesh-session.ts';
import { started } from './helpers/conditions.ts';

const config = configSchema.parse({});
const NOTHING: Occupancy = {
  requests: 0,
  attempts: 0,
  drawings: 0,
  serving: 0,
  reservations: 0,
  claimants: [],
};

function roomWith(occupancy: Partial<Occupancy>, network = {}): RoomView {
  const quiet = {
    isConnected: (peer: string) => peer === 'peer-2',
    openStreams: 0,
    openCalls: 2,
    ...network,
  };
  const life = { session: { occupancy: { ...NOTHING, ...occupancy } }, process: { network: quiet } };
  return { peers: [{ name: 'peer-1', life }] } as unknown as RoomView;
}

/** What is found when the room looks like this for so many seconds, and heals. */
function found(room: RoomView, seconds: number): string[] {
  const checker = new AccountsChecker(config);
  for (const event of started(0)) checker.observe(event);
  for (let second = 1; second <= seconds; second += 1) checker.sample(room, second * 1_000);
  checker.observe({ kind: 'healed', atMs: seconds * 1_000 });
  checker.finish(room, seconds * 1_000);
  return checker.violations.map(({ message }) => message);
}

test('a quiet room has nothing left', (t) => {
  t.deepEqual(found(roomWith({}), 30), []);
});

test('each thing that is left is named', (t) => {
  const left = { requests: 1, attempts: 1, drawings: 1, serving: 1, reservations: 1, claimants: ['peer-2'] };
  t.deepEqual(found(roomWith(left, { openStreams: 1 }), 1), [
    'peer-1 still has 1 requests after a long quiet',
    'peer-1 still has 1 attempts after a long quiet',
    'peer-1 still has 1 drawings after a long quiet',
    'peer-1 still has 1 serving after a long quiet',
    'peer-1 still has 1 reservations after a long quiet',
    'peer-1 still has 1 claims after a long quiet',
    'peer-1 still has 1 streams after a long quiet',
  ]);
});

test('claims of the gone, and attempts for nobody, may be there for a moment only', (t) => {
  const claims = roomWith({ requests: 1, claimants: ['peer-2', 'peer-3'] });
  t.false(found(claims, 5).some((message) => message.includes('gone')));
  t.is(found(claims, 30).filter((message) => message.includes('keeps claims for peer-3')).length, 1);
  const attempts = roomWith({ attempts: 1 });
  t.is(found(attempts, 30).filter((message) => message.includes('without any request')).length, 1);
});

test('bounds of the configuration hold', (t) => {
  const { maxReservations } = config.placement.reservations;
  const [first] = found(roomWith({ reservations: maxReservations + 1 }), 1);
  t.is(first, `peer-1 has ${maxReservations + 1} reservations, more than ${maxReservations}`);
});
