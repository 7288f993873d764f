import type { RunEvent } from '../run-event.ts';

/** Something that must never happen and did. */
export interface Violation {
  /** Name of the checker that found it. */
  readonly checker: string;
  /** Virtual time, ms. */
  readonly atMs: number;
  /** What was seen, with the peers and requests concerned. */
  readonly message: string;
}

/**
 * Watches one run and says what went wrong in it. It sees every event in the order of virtual time and may look at
 * the room whenever it is called; it must change nothing.
 *
 * @typeParam Room what of the running room it looks at
 */
export interface Checker<Room = unknown> {
  readonly name: string;
  observe?(event: RunEvent, room: Room): void;
  /** Called once per simulated second. */
  sample?(room: Room, nowMs: number): void;
  /** Called when faults have healed and the budget for convergence is used up. */
  finish?(room: Room, nowMs: number): void;
  /** All found so far. */
  readonly violations: readonly Violation[];
}
