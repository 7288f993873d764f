import type { Fault } from '../../../../sim/faults/fault.ts';
import type { RunEvent } from '../../../../sim/run-event.ts';

/** The events of a fault from its beginning to its end. */
export function spell(fault: Fault, untilMs: number): [RunEvent, RunEvent] {
  return [
    { kind: 'fault-began', atMs: fault.atMs, fault },
    { kind: 'fault-ended', atMs: untilMs, fault },
  ];
}

export function started(...numbers: number[]): RunEvent[] {
  return numbers.map((number) => ({ kind: 'peer-started', atMs: 0, peer: `peer-${number + 1}` }));
}
