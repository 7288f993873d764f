import type { ContenderName } from '../result.ts';

/** All that the page of a report shows; plain JSON, put into the page. Times are virtual, ms. */
export interface ReportData {
  readonly scenario: string;
  readonly description: string;
  /** Whether a run was interrupted, or one that was asked for is missing. */
  readonly partial: boolean;
  /** The first seed's run of each policy that has one. */
  readonly runs: readonly ReportRun[];
  /** Latency curve of each policy, a median over all seeds. */
  readonly curves: readonly LatencyCurve[];
  readonly links: readonly SiteLink[];
}

export interface LatencyCurve {
  readonly policy: ContenderName;
  /** Latencies, ms, at the shares 0, 0.01, .. 1 of the requests. */
  readonly quantiles: readonly number[];
}

export interface SiteLink {
  readonly from: string;
  readonly to: string;
  /** One way, ms. */
  readonly latencyMs: number;
  readonly megabitsPerSecond: number | undefined;
}

/** One run, small enough to be shown. */
export interface ReportRun {
  readonly policy: ContenderName;
  /** So much of it: what was quiet to the end is left out. */
  readonly shownMs: number;
  /** When requests ended and everything broken was mended; absent when it did not come to that. */
  readonly healedMs?: number;
  readonly machines: readonly ReportMachine[];
  /** Duration of one column of `cells`. */
  readonly columnMs: number;
  readonly columns: number;
  /** One byte per machine and column, row by row as in `machines`, base64; see `encodeCell`. */
  readonly cells: string;
  readonly timeline: readonly TimelineItem[];
  /** Items left out of `timeline`. */
  readonly omitted: number;
}

interface ReportMachine {
  readonly name: string;
  readonly site: string;
  readonly speed: number;
  readonly slots: number;
}

export const LANES = [
  'Machines off',
  'Asleep or frozen',
  'Network',
  'Disk and engine',
  'People at work',
  'Projects',
  'Taken for dead',
  'Jobs taken over',
] as const;

export interface TimelineItem {
  readonly lane: (typeof LANES)[number];
  readonly atMs: number;
  /** Absent for what happens at one moment. */
  readonly untilMs?: number;
  readonly text: string;
  /** Something went wrong that nobody planned. */
  readonly isBad?: true;
}

/** What one machine did during one column. */
export interface Cell {
  /** Requests drawn and waiting, per worker: above 1 they wait. `undefined`: the machine is not up, or stands still. */
  readonly load: number | undefined;
  /** It is asleep or frozen. */
  readonly isStill?: boolean;
  readonly ownerActive: boolean;
}

const OWNER = 128;
const DOWN = 127;
const STILL = 126;
/** Loads up to 1 in steps of 1/60, above that in steps of 1/13 of a doubling, up to 32. */
const FULL = 60;
const PER_DOUBLING = 13;

export function encodeCell({ load, isStill, ownerActive }: Cell): number {
  const code = load === undefined ? (isStill ? STILL : DOWN) : encodeLoad(load);
  return (ownerActive ? OWNER : 0) | code;
}

function encodeLoad(load: number): number {
  if (load <= 1) return Math.round(Math.max(0, load) * FULL);
  return Math.min(STILL - 1, FULL + Math.round(Math.log2(load) * PER_DOUBLING));
}

export function decodeCell(byte: number): Cell {
  const code = byte & ~OWNER;
  const ownerActive = byte >= OWNER;
  if (code >= STILL) return { load: undefined, isStill: code === STILL, ownerActive };
  return { load: code <= FULL ? code / FULL : 2 ** ((code - FULL) / PER_DOUBLING), ownerActive };
}
