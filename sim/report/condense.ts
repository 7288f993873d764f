import { durationOf } from '../faults/span.ts';
import type { MachineReport, RunResult } from '../result.ts';
import { encodeCell, type ReportRun } from './data.ts';
import { endsOf, timelineOf } from './timeline.ts';

/** Columns that a projector can show side by side; more samples than that are put together. */
export const MAX_COLUMNS = 320;

/** Of the quiet at the end so much is shown, ms; the pictures of several policies then mostly end together. */
const QUIET_MS = 2_000;
const ROUND_MS = 5_000;

/** The part of a run's result that the page draws, in a bounded size: 800 machines are 256 kB. */
export function condense(result: RunResult): ReportRun {
  const healedMs = result.timeline.find(({ kind }) => kind === 'healed')?.atMs;
  const shownMs = Math.min(result.simulatedMs, quietFrom(result, healedMs));
  const spells = spellsOf(result);
  const machines = result.machines
    .map((machine, number) => ({ ...machine, still: spells.get(number) ?? [] }))
    .sort(bySiteThenNumber);
  const mostSamples = machines.reduce((most, { samples }) => Math.max(most, countUntil(samples, shownMs)), 1);
  const columns = Math.min(MAX_COLUMNS, mostSamples);
  const columnMs = Math.max(shownMs, 1) / columns;
  const { items, omitted } = timelineOf(result);
  return {
    policy: result.policy,
    shownMs,
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

/** When all has been mended, every machine is up and idle, and nothing is noticed any more. */
function quietFrom({ machines, timeline }: RunResult, healedMs: number | undefined): number {
  if (healedMs === undefined) return Infinity;
  const lastSeen = machines.map(
    ({ samples }) => samples.findLast(({ busy, queued, up }) => busy > 0 || queued > 0 || !up)?.atMs ?? 0,
  );
  const lastMs = lastSeen.reduce((last, atMs) => Math.max(last, atMs), timeline.at(-1)?.atMs ?? 0);
  return Math.ceil((lastMs + QUIET_MS) / ROUND_MS) * ROUND_MS;
}

function countUntil(samples: MachineReport['samples'], untilMs: number): number {
  return samples.filter(({ atMs }) => atMs <= untilMs).length;
}

interface Spell {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** When each machine, by its number, was asleep or frozen. */
function spellsOf({ timeline }: RunResult): Map<number, Spell[]> {
  const ends = endsOf(timeline);
  const spells = new Map<number, Spell[]>();
  for (const event of timeline) {
    if (event.kind !== 'fault-began') continue;
    const { fault } = event;
    if (fault.kind !== 'stall' && fault.kind !== 'suspend') continue;
    const untilMs = ends.get(JSON.stringify(fault)) ?? fault.atMs + durationOf(fault);
    spells.set(fault.peer, [...(spells.get(fault.peer) ?? []), { fromMs: fault.atMs, untilMs }]);
  }
  return spells;
}

interface Column {
  count: number;
  work: number;
  owner: number;
  isDown: boolean;
  isStill: boolean;
}

/**
 * A sample tells of the time before it. A column without one shows what was there before; one in which the machine
 * was down, or stood still, shows that.
 */
function rowOf(
  { samples, slots, still }: MachineReport & { readonly still: readonly Spell[] },
  columns: number,
  columnMs: number,
): Uint8Array {
  const sums: Column[] = Array.from({ length: columns }, () => ({
    count: 0,
    work: 0,
    owner: 0,
    isDown: false,
    isStill: false,
  }));
  for (const { atMs, busy, queued, up, ownerActive } of samples) {
    const column = sums[Math.max(0, Math.ceil(atMs / columnMs) - 1)];
    if (!column) break;
    column.count += 1;
    column.work += busy + queued / Math.max(slots, 1);
    column.owner += ownerActive ? 1 : 0;
    column.isDown ||= !up;
    column.isStill ||= still.some(({ fromMs, untilMs }) => fromMs < atMs && atMs <= untilMs);
  }
  let last = encodeCell({ load: 0, ownerActive: false });
  return Uint8Array.from(sums, ({ count, work, owner, isDown, isStill }) => {
    if (count > 0) {
      const load = isDown || isStill ? undefined : work / count;
      last = encodeCell({ load, isStill: isStill && !isDown, ownerActive: owner * 2 >= count });
    }
    return last;
  });
}
