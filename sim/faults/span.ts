import type { Fault } from './fault.ts';

/** When a fault is over, ms; at once where it does not last. */
export function endOf(fault: Fault): number {
  return fault.atMs + durationOf(fault);
}

export function durationOf(fault: Fault): number {
  if ('downMs' in fault) return fault.downMs;
  return 'forMs' in fault ? fault.forMs : 0;
}

/** The fault, lasting differently long; what does not last stays as it is. */
export function lasting(fault: Fault, ms: number): Fault {
  if ('downMs' in fault) return { ...fault, downMs: ms };
  return 'forMs' in fault ? { ...fault, forMs: ms } : fault;
}

/** The peers that it names. */
export function peersOf(fault: Fault): readonly number[] {
  return 'peers' in fault ? fault.peers : [fault.peer];
}

/** The fault in a room of so many peers; undefined when none of those that it names is left. */
export function fittedTo(fault: Fault, peers: number): Fault | undefined {
  const left = peersOf(fault).filter((peer) => peer < peers);
  if (left.length === 0) return undefined;
  return 'peers' in fault ? { ...fault, peers: left } : fault;
}
