import test from 'ava';
import { RequestsChecker } from '../../../sim/checkers/requests.ts';
import type { PeerView, RoomView } from '../../../sim/checkers/room-view.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import { bundleOf } from '../../../sim/projects.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { spell, started } from './helpers/conditions.ts';

const promises = {
  requestTimeoutMs: 30_000,
  maxAttempts: 3,
  maxFlights: 100,
  acquaintanceMs: 60_000,
  descriptionMs: 15_000,
  renderTimeoutMs: 25_000,
  coldMs: 300,
  sigma: 0.3,
};
const bundle = bundleOf('land', 'a'.repeat(64));

/** What the first peer knows: whether it can serve the project, and what it takes the one that holds it for. */
interface Knowledge {
  readonly isServed: boolean;
  readonly state: 'alive' | 'suspect' | 'dead';
}

/** Three peers; peer number 1 alone holds the project. */
function room(knowledge?: Knowledge): RoomView {
  const peer = (number: number): PeerView => ({
    name: `peer-${number + 1}`,
    life: number === 0 && knowledge ? lifeWith(knowledge) : undefined,
    jobs: undefined,
    catalogue: {
      current: (id) => (number === 1 && id === 'land' ? bundle : undefined),
      list: () => (number === 1 ? [bundle] : []),
    },
  });
  return roomOf([0, 1, 2].map(peer));
}

/** A room of peers that make a drawing in so many ms, opening apart. */
function roomOf(peers: readonly PeerView[], drawingMs = 60): RoomView {
  const condition = { speed: 1, slots: 4, ownerFactor: 1, ownerActive: false, slowFactor: 1 };
  return {
    peers,
    seats: peers.map(() => ({ condition })),
    projects: { numberOf: () => 0 },
    work: { projectMs: () => drawingMs },
  } as unknown as RoomView;
}

function lifeWith({ isServed, state }: Knowledge): PeerView['life'] {
  const { id, hash } = bundle.description;
  return {
    membership: {
      member: (peer: string) =>
        peer === 'peer-2' ? { state, offer: { projects: [{ id, hash }] } } : undefined,
    },
    session: { maps: { project: () => (isServed ? bundle.description : undefined) }, occupancy: {} },
  } as unknown as PeerView['life'];
}

const sent = (atMs: number, door = 0): RunEvent => ({
  kind: 'request-sent',
  atMs,
  id: 1,
  door: `peer-${door + 1}`,
  project: 'land',
});
const failed = (atMs: number, code: string, door = 0): RunEvent => ({
  kind: 'request-failed',
  atMs,
  id: 1,
  door: `peer-${door + 1}`,
  code,
  latencyMs: 0,
});
const answered = (atMs: number, right = true): RunEvent => ({
  kind: 'request-answered',
  atMs,
  id: 1,
  door: 'peer-1',
  drawnBy: 'peer-2',
  cache: 'miss',
  latencyMs: 0,
  right,
});

function messagesOf(...events: RunEvent[]): string[] {
  const checker = new RequestsChecker(promises);
  for (const event of [...started(0, 1, 2), ...events]) checker.observe(event, room());
  checker.finish(room(), 500_000);
  return checker.violations.map(({ message }) => message.replace('request 1 for land at ', ''));
}

test('answers in time are as promised; wrong and late ones are not', (t) => {
  t.deepEqual(messagesOf(sent(1_000), answered(1_100)), []);
  t.deepEqual(messagesOf(sent(1_000), answered(1_100, false)), [
    'peer-1 was answered by peer-2 with another content',
  ]);
  t.deepEqual(messagesOf(sent(1_000), answered(41_000)), ['peer-1 took 40000 ms']);
});

test('a request that has neither an answer nor an error is found', (t) => {
  t.deepEqual(messagesOf(sent(1_000)), ['peer-1 has no answer and no error after its deadline']);
  t.deepEqual(messagesOf(sent(1_000), failed(1_200, 'DOOR_DIED')), []);
});

test('what is overdue is found once, also when its answer comes in the end', (t) => {
  const checker = new RequestsChecker(promises);
  for (const event of [...started(0), sent(1_000)]) checker.observe(event, room());
  for (const nowMs of [40_000, 41_000]) checker.sample(room(), nowMs);
  checker.observe(answered(42_000), room());
  t.deepEqual(
    checker.violations.map(({ atMs }) => atMs),
    [40_000],
  );
});

test('an error is no excuse when somebody could have drawn it', (t) => {
  t.deepEqual(messagesOf(sent(100_000), failed(100_100, 'BUSY')), [
    'peer-1 failed with BUSY although peer-2 could have drawn it',
  ]);
});

test('a front door that had as many requests as it may have is busy, though they are answered by then', (t) => {
  const many = (count: number) => {
    const others = Array.from({ length: count }, (_, index) => index + 2);
    const toOthers = (event: RunEvent) => others.map((id): RunEvent => ({ ...event, id }) as RunEvent);
    const events = [...toOthers(sent(100_000)), sent(100_000), ...toOthers(answered(100_001))];
    return messagesOf(...events, failed(100_001, 'BUSY'));
  };
  t.deepEqual(many(promises.maxFlights), []);
  t.deepEqual(many(promises.maxFlights - 1), ['peer-1 failed with BUSY although peer-2 could have drawn it']);
});

const excuses: Array<[Fault, number]> = [
  [{ kind: 'partition', atMs: 90_000, peers: [1], forMs: 1_000, oneWay: true }, 91_000],
  [
    {
      kind: 'bad-network',
      atMs: 90_000,
      peers: [0],
      forMs: 1_000,
      loss: 1,
      duplication: 0,
      extraLatencyMs: 0,
    },
    91_000,
  ],
  [{ kind: 'stall', atMs: 100_050, peer: 1, forMs: 1_000 }, 101_050],
  [{ kind: 'engine-failure', atMs: 100_050, peer: 1, forMs: 1_000, rate: 1 }, 101_050],
];

for (const [fault, untilMs] of excuses) {
  test(`${fault.kind} of those concerned excuses an error`, (t) => {
    const events = [...spell(fault, untilMs), sent(100_000), failed(100_100, 'BUSY')].sort(
      (a, b) => a.atMs - b.atMs,
    );
    t.deepEqual(messagesOf(...events), []);
  });
}

test('whom a front door takes for alive it uses at once, where it serves the project already', (t) => {
  const failsAfter = (quietMs: number, knowledge?: Knowledge) => {
    const fault: Fault = { kind: 'partition', atMs: 90_000, peers: [1], forMs: 1_000, oneWay: false };
    const atMs = 91_000 + quietMs;
    const checker = new RequestsChecker(promises);
    const events = [
      ...started(0, 1, 2),
      ...spell(fault, 91_000),
      sent(atMs),
      failed(atMs + 50, 'PROJECT_UNKNOWN'),
    ];
    for (const event of events) checker.observe(event, room(knowledge));
    return checker.violations.length;
  };
  t.deepEqual(
    [500, 1_500].map((ms) => failsAfter(ms, { isServed: true, state: 'alive' })),
    [0, 1],
  );
  t.deepEqual(
    [14_000, 16_000].map((ms) => failsAfter(ms, { isServed: false, state: 'alive' })),
    [0, 1],
  );
  t.deepEqual(
    [59_000, 61_000].map((ms) => failsAfter(ms, { isServed: true, state: 'dead' })),
    [0, 1],
  );
  t.deepEqual(
    [59_000, 61_000].map((ms) => failsAfter(ms, { isServed: true, state: 'suspect' })),
    [0, 1],
  );
  t.deepEqual(
    [59_000, 61_000].map((ms) => failsAfter(ms)),
    [0, 1],
  );
});

test('what befell others, or only disks, excuses nothing', (t) => {
  const faults: Fault[] = [
    { kind: 'partition', atMs: 90_000, peers: [2], forMs: 100_000, oneWay: false },
    { kind: 'disk-full', atMs: 90_000, peer: 1, forMs: 100_000 },
    { kind: 'stall', atMs: 90_000, peer: 2, forMs: 100_000 },
  ];
  const began = faults.map((fault) => spell(fault, 190_000)[0]);
  t.is(messagesOf(...began, sent(100_000), failed(100_100, 'BUSY')).length, 1);
});

test('a front door that holds the project has no excuse in the network', (t) => {
  const [began] = spell({ kind: 'partition', atMs: 90_000, peers: [1], forMs: 1, oneWay: false }, 0);
  t.deepEqual(messagesOf(began, sent(100_000, 1), failed(100_100, 'BUSY', 1)), [
    'peer-2 failed with BUSY although peer-2 could have drawn it',
  ]);
});

test('no client is told of mistakes in the program, whatever fails', (t) => {
  const [began] = spell({ kind: 'kill', atMs: 99_000, peer: 1, downMs: 1 }, 0);
  const gone: RunEvent = { kind: 'peer-ended', atMs: 99_000, peer: 'peer-2' };
  t.deepEqual(messagesOf(began, gone, sent(100_000), failed(100_100, 'BUNDLE_NOT_HELD')), []);
  t.deepEqual(messagesOf(began, gone, sent(100_000), failed(100_100, 'INTERNAL')), [
    'peer-1 failed with INTERNAL',
  ]);
});

test('a front door that leaves loses no request while it has time left', (t) => {
  const leaving = (downMs: number) => spell({ kind: 'leave', atMs: 100_050, peer: 0, downMs }, 0)[0];
  const lost = ['peer-1 was lost when its front door left'];
  t.deepEqual(messagesOf(leaving(6_000), sent(100_000), failed(100_100, 'DOOR_DIED')), lost);
  t.deepEqual(messagesOf(leaving(6_000), sent(100_000), failed(106_050, 'DOOR_DIED')), []);
  t.deepEqual(messagesOf(leaving(20_000), sent(100_000), failed(110_050, 'DOOR_DIED')), []);
  const [killed] = spell({ kind: 'kill', atMs: 100_060, peer: 0, downMs: 1_000 }, 0);
  t.deepEqual(messagesOf(leaving(6_000), killed, sent(100_000), failed(100_100, 'DOOR_DIED')), []);
});

interface Overload {
  readonly code?: string;
  readonly tookMs?: number;
  /** Slots taken of the four of the peer that holds the project, at a time. */
  readonly running?: (atMs: number) => number;
  readonly drawingMs?: number;
}

/** What is found when a request fails while the peer that could draw it is looked at once per second. */
function foundUnder({
  code = 'DEADLINE_EXCEEDED',
  tookMs = 30_000,
  running = () => 4,
  drawingMs = 60,
}: Overload): number {
  const checker = new RequestsChecker(promises);
  const sentMs = 100_500;
  const roomAt = (atMs: number) => {
    const [door, holder, other] = room().peers as [PeerView, PeerView, PeerView];
    const engine = { load: () => ({ slots: 4, running: running(atMs), queued: 0 }) };
    const life = { engine } as unknown as PeerView['life'];
    return roomOf([door, { ...holder, life }, other], drawingMs);
  };
  for (const event of started(0, 1, 2)) checker.observe(event, room());
  for (let atMs = 90_000; atMs < sentMs; atMs += 1_000) checker.sample(roomAt(atMs), atMs);
  checker.observe(sent(sentMs), roomAt(sentMs));
  for (let atMs = 101_000; atMs <= sentMs + tookMs; atMs += 1_000) checker.sample(roomAt(atMs), atMs);
  checker.observe(failed(sentMs + tookMs, code), roomAt(sentMs + tookMs));
  return checker.violations.length;
}

test('a request whose time ran out while all that could draw it drew all the time is not lost', (t) => {
  t.is(foundUnder({}), 0);
  t.is(foundUnder({ running: () => 3 }), 1);
  t.is(foundUnder({ running: (atMs) => (atMs === 112_000 ? 3 : 4) }), 1);
});

test('what was free too late for a drawing, or long before, was of no use', (t) => {
  t.is(foundUnder({ drawingMs: 100, running: (atMs) => (atMs >= 130_000 ? 0 : 4) }), 0);
  t.is(foundUnder({ running: (atMs) => (atMs <= 99_000 ? 0 : 4) }), 0);
});

test('an equal request may have taken most of its time before', (t) => {
  t.is(foundUnder({ tookMs: 5_000 }), 0);
  t.is(foundUnder({ tookMs: 5_000, running: () => 0 }), 1);
});

test('who is told that all are busy before its time is over could have waited', (t) => {
  t.is(foundUnder({ code: 'BUSY', tookMs: 200 }), 1);
  t.is(foundUnder({ code: 'BUSY', tookMs: 20_000 }), 1);
});

test('nobody could make a drawing that takes longer than a worker may', (t) => {
  t.is(foundUnder({ drawingMs: 20_000, running: () => 0 }), 0);
  t.is(foundUnder({ drawingMs: 20_000, code: 'BUSY', tookMs: 200 }), 1);
  t.is(foundUnder({ drawingMs: 4_000, running: () => 0 }), 1);
});
