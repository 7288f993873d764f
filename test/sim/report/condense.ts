import test from 'ava';
import { condense, MAX_COLUMNS } from '../../../sim/report/condense.ts';
import { decodeCell, type ReportRun } from '../../../sim/report/data.ts';
import type { LoadSample, MachineReport } from '../../../sim/result.ts';
import { runResult } from '../helpers/run-result.ts';

const plain = { busy: 0.5, queued: 0, up: true, ownerActive: false };

function machine(peer: string, samples: readonly LoadSample[], site = 'room'): MachineReport {
  return { peer, site, speed: 1, slots: 4, samples };
}

function cellsOf(run: ReportRun, row: number) {
  const bytes = Buffer.from(run.cells, 'base64');
  return Array.from(bytes.subarray(row * run.columns, (row + 1) * run.columns), decodeCell);
}

test('a column per sample: what waits counts on top of what is drawn', (t) => {
  const samples = [
    { ...plain, atMs: 1000 },
    { ...plain, atMs: 2000, busy: 1, queued: 4 },
    { ...plain, atMs: 3000, up: false },
    { ...plain, atMs: 4000, ownerActive: true },
  ];
  const run = condense(runResult({ simulatedMs: 4000, machines: [machine('peer-1', samples)] }));
  t.is(run.columns, 4);
  t.deepEqual(
    cellsOf(run, 0).map(({ load }) => load),
    [0.5, 2, undefined, 0.5],
  );
  t.deepEqual(
    cellsOf(run, 0).map(({ ownerActive }) => ownerActive),
    [false, false, false, true],
  );
});

test('machines are in rows by site and number', (t) => {
  const run = condense(
    runResult({
      machines: [machine('peer-10', [], 'b'), machine('peer-9', [], 'b'), machine('peer-11', [], 'a')],
    }),
  );
  t.deepEqual(
    run.machines.map(({ name }) => name),
    ['peer-11', 'peer-9', 'peer-10'],
  );
});

test('a long run of a big room stays small; a moment off is not lost in it', (t) => {
  const samples = Array.from({ length: 3600 }, (_, second) => ({
    ...plain,
    atMs: (second + 1) * 1000,
    up: second !== 1800,
  }));
  const machines = Array.from({ length: 800 }, (_, number) => machine(`peer-${number + 1}`, samples));
  const run = condense(runResult({ simulatedMs: 3_600_000, machines }));
  t.is(run.columns, MAX_COLUMNS);
  t.true(run.cells.length < 400_000);
  t.is(cellsOf(run, 799).filter(({ load }) => load === undefined).length, 1);
});

test('a run that was interrupted at once has one column', (t) => {
  const run = condense(runResult({ simulatedMs: 0, machines: [machine('peer-1', [])] }));
  t.is(run.columns, 1);
  t.is(cellsOf(run, 0).length, 1);
});

test('a lid that is closed is seen, and a machine that is off at that time is off', (t) => {
  const samples = [1000, 2000, 3000, 4000, 5000].map((atMs) => ({ ...plain, atMs, up: atMs !== 4000 }));
  const fault = { kind: 'suspend', atMs: 1500, peer: 1, forMs: 60_000 } as const;
  const run = condense(
    runResult({
      simulatedMs: 5000,
      machines: [machine('peer-1', samples, 'b'), machine('peer-2', samples, 'a')],
      timeline: [
        { kind: 'fault-began', atMs: 1500, fault },
        { kind: 'fault-ended', atMs: 4500, fault },
      ],
    }),
  );
  t.deepEqual(
    cellsOf(run, 0).map(({ load, isStill }) => (isStill ? 'still' : (load ?? 'off'))),
    [0.5, 'still', 'still', 'off', 0.5],
  );
  t.true(cellsOf(run, 1).every(({ isStill }) => !isStill));
});

test('the quiet at the end is left out, also where an owner still works; an interrupted run is shown to its end', (t) => {
  const samples = Array.from({ length: 60 }, (_, second) => ({
    ...plain,
    atMs: (second + 1) * 1000,
    busy: second < 31 ? 0.5 : 0,
    ownerActive: true,
  }));
  const machines = [machine('peer-1', samples)];
  const run = condense(
    runResult({ simulatedMs: 60_000, machines, timeline: [{ kind: 'healed', atMs: 30_000 }] }),
  );
  t.is(run.shownMs, 35_000);
  t.is(run.columns, 35);
  t.is(condense(runResult({ simulatedMs: 60_000, machines, timeline: [] })).shownMs, 60_000);
});
