import test from 'ava';
import { JobEpochsChecker } from '../../../sim/checkers/job-epochs.ts';
import type { Fault } from '../../../sim/faults/fault.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { spell } from './helpers/conditions.ts';
import { acceptedAt, roomOf, run, status } from './helpers/jobs.ts';

function found(...events: readonly RunEvent[]): string[] {
  const room = roomOf({}, {}, {});
  const checker = new JobEpochsChecker(15_000);
  for (const event of events) checker.observe(event, room);
  return checker.violations.map(({ message }) => message.replace(/^job job-1: /, ''));
}

const claim = status('peer-1', { state: 'accepted', seq: 0 });
const made = [
  run('began', { atMs: 1000, epoch: 1, peer: 'peer-1' }),
  run('ended', { atMs: 2000, epoch: 1, peer: 'peer-1' }),
];
const success = (peer: string, atMs: number) => status(peer, { state: 'successful', atMs });

test('who has claimed a job and computed its result ends it', (t) => {
  t.deepEqual(
    found(...acceptedAt(900), claim, ...made, success('peer-2', 2100), success('peer-1', 2110)),
    [],
  );
});

test('a result that nobody made is none', (t) => {
  t.deepEqual(found(claim, success('peer-2', 2100)), [
    'peer-2 has a result of attempt 1 of peer-1, which never made one',
  ]);
});

test('who knows of a later attempt does not end its own', (t) => {
  const later = status('peer-1', { epoch: 2, owner: 'peer-3' });
  t.deepEqual(found(claim, ...made, later, success('peer-1', 2100)), [
    'peer-1 ended attempt 1 though it knew of attempt 2 of peer-3',
  ]);
  // Others learn of the end whatever they have heard before.
  t.deepEqual(found(claim, ...made, { ...later, peer: 'peer-2' }, success('peer-2', 2100)), []);
});

test('who takes over counts on', (t) => {
  const known = status('peer-3', { seq: 4, atMs: 900 });
  const over = status('peer-3', { epoch: 2, owner: 'peer-3', seq: 0 });
  t.deepEqual(found(known, over), []);
  t.deepEqual(found(known, { ...over, epoch: 1 }), [
    'peer-3 claimed attempt 1, which it knew to be that of peer-1',
  ]);
  // Given up, it counts only when others hold that.
  const givenUp = status('peer-3', { epoch: 2, owner: 'peer-3', state: 'failed', atMs: 9_000 });
  const other = status('peer-3', { epoch: 2, owner: 'peer-2', state: 'failed' });
  t.deepEqual(found({ ...other, atMs: 8_000 }, givenUp), []);
  t.is(found({ ...other, atMs: 3_000 }, givenUp).length, 1);
  // Both claimed it at the same moment.
  t.deepEqual(found({ ...known, atMs: 998 }, { ...over, epoch: 1 }), []);
});

test('without a renewal a lease lasts so long and no longer', (t) => {
  t.deepEqual(found(claim, ...made, success('peer-2', 1000 + 17_000)), []);
  t.deepEqual(found(claim, ...made, success('peer-2', 1000 + 19_000)), [
    'peer-2 ended attempt 1 though nobody had renewed its lease for 19000 ms',
  ]);
});

test('an end that was sent over a bad network may come late', (t) => {
  const bad: Fault = {
    kind: 'bad-network',
    atMs: 500,
    peers: [0],
    forMs: 9_000,
    loss: 0.5,
    duplication: 0,
    extraLatencyMs: 0,
  };
  t.deepEqual(found(...spell(bad, 9_500), claim, ...made, success('peer-2', 1000 + 40_000)), []);
  t.is(found(...spell(bad, 9_500), claim, ...made, success('peer-2', 1000 + 50_000)).length, 1);
});

test('what must not be run twice is begun once, unless peers could not hear each other', (t) => {
  const twice = [
    run('began', { atMs: 1000, epoch: 1, peer: 'peer-1' }),
    run('began', { atMs: 3000, epoch: 2, peer: 'peer-2' }),
  ];
  const began = (fault: Fault) => spell(fault, 2500)[0];
  const killed = began({ kind: 'kill', atMs: 2000, peer: 0, downMs: 500 });
  const cut = began({ kind: 'partition', atMs: 2000, peers: [0], forMs: 500, oneWay: false });
  const once = acceptedAt(900, { isOnce: true } as object);
  const unplugged = began({ kind: 'power-loss', atMs: 2000, peer: 0, downMs: 500 });
  const emptied = began({ kind: 'disk-loss', atMs: 2000, peer: 0, downMs: 500 });
  t.is(found(...once, killed, ...twice).length, 1);
  t.is(found(...once, unplugged, ...twice).length, 1);
  t.is(found(...once, emptied, ...twice).length, 0);
  t.is(found(...once, cut, ...twice).length, 0);
  t.is(found(...acceptedAt(900), killed, ...twice).length, 0);
});
