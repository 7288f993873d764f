import test from 'ava';
import { JobOrderChecker } from '../../../sim/checkers/job-order.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { status } from './helpers/jobs.ts';

function found(...events: readonly RunEvent[]): string[] {
  const checker = new JobOrderChecker();
  for (const event of events) checker.observe(event);
  return checker.violations.map(({ message }) => /at peer-\d (.*) \(/.exec(message)?.[1] ?? message);
}

const accepted = (peer: string) => status(peer, { state: 'accepted', epoch: 0, owner: '', seq: 0 });

test('a job is accepted, runs, is taken over, and ends', (t) => {
  const course = [
    accepted('peer-2'),
    status('peer-2', { progress: 10 }),
    status('peer-2', { progress: 10, seq: 2 }),
    status('peer-2', { progress: 0, epoch: 2, owner: 'peer-3', seq: 0 }),
    status('peer-2', { state: 'failed', epoch: 1 }),
  ];
  t.deepEqual(found(...course), []);
});

test('each step back is one', (t) => {
  const now = status('peer-2', { progress: 50, epoch: 2, seq: 4 });
  t.deepEqual(found(now, status('peer-2', { epoch: 1, seq: 9 })), ['an older attempt came back']);
  t.deepEqual(found(now, status('peer-2', { state: 'accepted', epoch: 2, seq: 5 })), [
    'it went back to accepted',
  ]);
  t.deepEqual(found(now, status('peer-2', { progress: 60, epoch: 2, seq: 3 })), [
    'an older word of its owner came back',
  ]);
  t.deepEqual(found(now, status('peer-2', { progress: 40, epoch: 2, seq: 5 })), ['its progress fell']);
});

test('who lost its disk may begin anew', (t) => {
  const fault = { kind: 'disk-loss', atMs: 2000, peer: 1, downMs: 1000 } as const;
  const events: RunEvent[] = [
    status('peer-2', { progress: 50, seq: 4 }),
    { kind: 'fault-began', atMs: 2000, fault },
    status('peer-2', { progress: 20, seq: 2 }),
  ];
  t.deepEqual(found(...events), []);
});

test('another peer may be behind', (t) => {
  t.deepEqual(found(status('peer-2', { progress: 50 }), accepted('peer-3'), status('peer-3')), []);
});
