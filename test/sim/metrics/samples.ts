import test from 'ava';
import { MachineSamples } from '../../../sim/metrics/samples.ts';
import { condense } from '../../../sim/report/condense.ts';
import { decodeCell } from '../../../sim/report/data.ts';
import type { Room } from '../../../sim/room.ts';
import { runScenario } from '../../../sim/run.ts';
import { parseScenario } from '../../../sim/scenario/load.ts';

test('what befalls a machine is shown from the column in which it begins to that in which it ends', async (t) => {
  const scenario = parseScenario({
    name: 'pair',
    description: 'Two peers.',
    peers: 2,
    load: { perUserPerSecond: 1 },
    durationMs: 20_000,
    convergenceMs: 1_000,
    faults: [
      { kind: 'kill', atMs: 10_000, peer: 1, downMs: 4_000 },
      { kind: 'owner-active', atMs: 12_000, peer: 0, forMs: 3_000 },
    ],
  });
  const { columns, columnMs, cells } = condense(await runScenario(scenario, { seed: 1 }));
  t.is(columnMs, 1_000);
  const bytes = Buffer.from(cells, 'base64');
  const rows = [0, 1].map((row) =>
    Array.from(bytes.subarray(row * columns, (row + 1) * columns), decodeCell),
  );
  const secondsOf = (row: number, isShown: (cell: ReturnType<typeof decodeCell>) => boolean) =>
    rows[row]!.flatMap((cell, column) => (column >= 5 && isShown(cell) ? [column] : []));
  t.deepEqual(
    secondsOf(1, ({ load }) => load === undefined),
    [10, 11, 12, 13],
  );
  t.deepEqual(
    secondsOf(0, ({ ownerActive }) => ownerActive),
    [12, 13, 14],
  );
});

test('the samples of a long run are equally far apart, from the beginning on', (t) => {
  const room = {
    seats: [{ number: 0, site: '', peer: { name: 'peer-1' }, condition: { slots: 4, speed: 1 } }],
  } as unknown as Pick<Room, 'seats'>;
  const samples = new MachineSamples(1, 480_000);
  for (let atMs = 1_000; atMs <= 7_000; atMs += 1_000) samples.take(room, atMs);
  t.deepEqual(
    samples.reports(room)[0]!.samples.map(({ atMs }) => atMs),
    [2_000, 4_000, 6_000],
  );
});
