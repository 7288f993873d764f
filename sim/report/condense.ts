import type { MachineReport, RunResult } from '../result.ts';
import { encodeCell, type ReportRun } from './data.ts';
import { timelineOf } from './timeline.ts';

/** Columns that a projector can show side by side; more samples than that are put together. */
export const MAX_COLUMNS = 320;

/** The part of a run's result that the page draws, in a bounded size: 800 machines are 256 kB. */
export function condense(result: RunResult): ReportRun {
  const machines = [...result.machines].sort(bySiteThenNumber);
  const mostSamples = machines.reduce((most, { samples }) => Math.max(most, samples.length), 1);
  const columns = Math.min(MAX_COLUMNS, mostSamples);
  const columnMs = Math.max(result.simulatedMs, 1) / columns;
  const { items, omitted } = timelineOf(result);
  const healedMs = result.timeline.find(({ kind }) => kind === 'healed')?.atMs;
  return {
    policy: result.policy,
    simulatedMs: result.simulatedMs,
    ...(healedMs === undefined ? {} : { healedMs }),
    machines: machines.map(({ peer, site, speed, slots }) => ({ name: peer, site, speed, slots })),
    columnMs,
    columns,
    cells: Buffer.concat(machines.map((machine) => rowOf(machine, columns, columnMs))).toString('base64'),
    timeline: items,
    omitted,
  };
}

function bySiteThenNumber(a: MachineReport, b: MachineReport): number {
  const order = { numeric: true } as const;
  return a.site.localeCompare(b.site, 'en', order) || a.peer.localeCompare(b.peer, 'en', order);
}

interface Column {
  count: number;
  work: number;
  owner: number;
  isDown: boolean;
}

/**
 * A sample tells of the time before it. A column without one shows what was there before; one in which the machine
 * was down shows that.
 */
function rowOf({ samples, slots }: MachineReport, columns: number, columnMs: number): Uint8Array {
  const sums: Column[] = Array.from({ length: columns }, () => ({
    count: 0,
    work: 0,
    owner: 0,
    isDown: false,
  }));
  for (const { atMs, busy, queued, up, ownerActive } of samples) {
    const column = sums[Math.min(columns - 1, Math.max(0, Math.ceil(atMs / columnMs) - 1))]!;
    column.count += 1;
    column.work += busy + queued / Math.max(slots, 1);
    column.owner += ownerActive ? 1 : 0;
    column.isDown ||= !up;
  }
  let last = encodeCell({ load: 0, ownerActive: false });
  return Uint8Array.from(sums, ({ count, work, owner, isDown }) => {
    if (count > 0) {
      last = encodeCell({ load: isDown ? undefined : work / count, ownerActive: owner * 2 >= count });
    }
    return last;
  });
}
