import test from 'ava';
import type { Fault } from '../../../sim/faults/fault.ts';
import { timelineOf } from '../../../sim/report/timeline.ts';
import type { RunEvent } from '../../../sim/run-event.ts';
import { runResult } from '../helpers/run-result.ts';

const began = (fault: Fault): RunEvent => ({ kind: 'fault-began', atMs: fault.atMs, fault });

function itemsOf(...timeline: RunEvent[]) {
  return timelineOf(runResult({ timeline })).items;
}

test('every kind of fault is told in words, with the names of the machines', (t) => {
  const at = { atMs: 1000, peer: 1 };
  const faults: Fault[] = [
    { kind: 'kill', ...at, downMs: 1000 },
    { kind: 'power-loss', ...at, downMs: 1000 },
    { kind: 'leave', ...at, downMs: 1000 },
    { kind: 'stall', ...at, forMs: 1000 },
    { kind: 'suspend', ...at, forMs: 1000 },
    { kind: 'clock-jump', ...at, byMs: -7200_000 },
    { kind: 'partition', atMs: 1000, peers: [1], forMs: 1000, oneWay: true },
    {
      kind: 'bad-network',
      atMs: 1000,
      peers: [1],
      forMs: 1000,
      loss: 0.1,
      duplication: 0,
      extraLatencyMs: 40,
    },
    { kind: 'reset', ...at },
    { kind: 'disk-full', ...at, forMs: 1000 },
    { kind: 'engine-failure', ...at, forMs: 1000, rate: 0.5 },
    { kind: 'engine-slow', ...at, forMs: 1000, factor: 4 },
    { kind: 'owner-active', ...at, forMs: 1000 },
    { kind: 'project-change', atMs: 1000, peers: [1], project: 2 },
  ];
  const items = itemsOf(...faults.map(began));
  t.is(items.length, faults.length);
  for (const { text } of items) {
    t.regex(text, /peer-2/);
    t.notRegex(text, /undefined|NaN/);
  }
  t.is(new Set(items.map(({ text }) => text)).size, faults.length);
  t.true(items.some(({ text }) => text.includes('10 % of packets lost, 40 ms late')));
});

test('a fault ends when it is said to have ended, and no later than the run', (t) => {
  const fault: Fault = { kind: 'kill', atMs: 1000, peer: 0, downMs: 60_000 };
  t.is(itemsOf(began(fault))[0]!.untilMs, 10_000);
  const [item] = itemsOf(began(fault), { kind: 'fault-ended', atMs: 4000, fault });
  t.like(item, { atMs: 1000, untilMs: 4000 });
});

test('verdicts of many on one death are one entry; a wrong one stands out', (t) => {
  const verdict = (by: string, atMs: number, rightly = true): RunEvent => ({
    kind: 'declared-dead',
    atMs,
    by,
    peer: 'peer-2',
    rightly,
  });
  const items = itemsOf(verdict('peer-1', 1000), verdict('peer-3', 1500), verdict('peer-4', 200_000, false));
  t.is(items.length, 2);
  t.regex(items[0]!.text, /taken for dead by 2 peers; others take over/);
  t.like(items[1], { isBad: true });
});

test('a job that goes on elsewhere is told with both computers and the reason', (t) => {
  const moved = { kind: 'job-moved', atMs: 2000, job: 'job-1', epoch: 2, by: 'peer-2' } as const;
  const items = itemsOf(
    { ...moved, from: 'peer-1', reason: 'its peer is gone' },
    { ...moved, from: 'peer-2', reason: '' },
  );
  t.deepEqual(
    items.map(({ lane, text }) => [lane, text]),
    [
      ['Jobs taken over', 'peer-2 takes over a job of peer-1, attempt 2: its peer is gone'],
      ['Jobs taken over', 'peer-2 begins a job anew, attempt 2'],
    ],
  );
});

test('a flood of events is cut, people at work first, and says so', (t) => {
  const work = Array.from({ length: 3000 }, (_, atMs) =>
    began({ kind: 'owner-active', atMs, peer: 0, forMs: 10 }),
  );
  const { items, omitted } = timelineOf(
    runResult({ timeline: [...work, began({ kind: 'kill', atMs: 5000, peer: 1, downMs: 10 })] }),
  );
  t.is(items.length + omitted, 3001);
  t.true(omitted > 0);
  t.true(items.some(({ lane }) => lane === 'Machines off'));
  t.deepEqual(
    items.map(({ atMs }) => atMs),
    items.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
  );
});
