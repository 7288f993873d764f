import test from 'ava';
import { AccountsChecker } from '../../../sim/checkers/accounts.ts';
import type { RoomView } from '../../../sim/checkers/room-view.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
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

const CALLS_AT_REST = 8;
const HEALED_MS = 100_000;

/** What is found when the room looks like this for so many seconds, and long after it has healed. */
function found(room: RoomView, seconds: number, restMs = 30_000, ...events: readonly RunEvent[]): string[] {
  const checker = new AccountsChecker(config, CALLS_AT_REST);
  for (const event of started(0)) checker.observe(event);
  for (let second = 1; second <= seconds; second += 1) checker.sample(room, second * 1_000);
  for (const event of [{ kind: 'healed', atMs: HEALED_MS } as const, ...events]) checker.observe(event);
  checker.finish(room, HEALED_MS + restMs);
  return checker.violations.map(({ message }) => message);
}

test('what is wrong twice for a moment is not wrong all the time between', (t) => {
  const checker = new AccountsChecker(config, CALLS_AT_REST);
  for (const event of started(0)) checker.observe(event);
  const strange = roomWith({ claimants: ['peer-9'] });
  for (let second = 1; second <= 60; second += 1) {
    checker.sample(second === 10 || second === 60 ? strange : roomWith({}), second * 1_000);
  }
  t.deepEqual(checker.violations, []);
  for (let second = 61; second <= 120; second += 1) checker.sample(strange, second * 1_000);
  t.deepEqual(
    checker.violations.map(({ message }) => message),
    ['peer-1 keeps claims for peer-9, which is gone'],
  );
});

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

test('nothing is said of what is left before it has been quiet for long, nor while a request may still be answered', (t) => {
  const left = roomWith({ claimants: ['peer-2'], drawings: 1 });
  const sent: RunEvent = { kind: 'request-sent', atMs: 95_000, id: 1, door: 'peer-1', project: 'land' };
  const failed: RunEvent = {
    kind: 'request-failed',
    atMs: 125_000,
    id: 1,
    door: 'peer-1',
    code: 'DEADLINE_EXCEEDED',
    latencyMs: 30_000,
  };
  t.deepEqual(found(left, 1, 0), []);
  t.is(found(left, 1, 30_000).length, 2);
  t.deepEqual(found(left, 1, 30_000, sent), []);
  t.deepEqual(found(left, 1, 40_000, sent, failed), []);
  t.is(found(left, 1, 45_000, sent, failed).length, 2);
  t.is(found(left, 1, 45_000, sent).length, 2);
});

test('a few calls are always under way, many are left over', (t) => {
  t.deepEqual(found(roomWith({}, { openCalls: CALLS_AT_REST }), 1), []);
  t.deepEqual(found(roomWith({}, { openCalls: CALLS_AT_REST + 1 }), 1), ['peer-1 has 9 calls open at rest']);
});

test('many calls for a moment are nothing left over', (t) => {
  const checker = new AccountsChecker(config, CALLS_AT_REST);
  for (const event of started(0)) checker.observe(event);
  checker.observe({ kind: 'healed', atMs: HEALED_MS });
  checker.sample(roomWith({}, { openCalls: CALLS_AT_REST + 9 }), HEALED_MS + 27_000);
  checker.sample(roomWith({}), HEALED_MS + 28_000);
  checker.sample(roomWith({}, { openCalls: CALLS_AT_REST + 9 }), HEALED_MS + 29_000);
  checker.finish(roomWith({}, { openCalls: CALLS_AT_REST + 9 }), HEALED_MS + 30_000);
  t.deepEqual(checker.violations, []);
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
