import type { SeededRandom } from '../random.ts';
import type { Fault, FaultKind } from './fault.ts';

/** What faults a run may have. */
export interface FaultBounds {
  /** Peers in the room; faults name them from 0. */
  readonly peers: number;
  /** Projects in the room. */
  readonly projects: number;
  /** No fault begins before, ms. */
  readonly fromMs: number;
  /** All faults have ended by then, ms. */
  readonly untilMs: number;
}

/** Draws one fault of a kind. */
type Maker = (draw: Draw) => Fault;

/**
 * Every kind of fault, with how many of them a run has per minute where the kind is on: from the first figure to
 * the second. What hits many peers at a time is rarer.
 */
const KINDS: { readonly [K in FaultKind]: { readonly perMinute: readonly [number, number]; make: Maker } } = {
  kill: {
    perMinute: [1, 20],
    make: (d) => ({ kind: 'kill', atMs: d.at, peer: d.peer(), downMs: d.lasting(200, 20_000) }),
  },
  'power-loss': {
    perMinute: [1, 10],
    make: (d) => ({ kind: 'power-loss', atMs: d.at, peer: d.peer(), downMs: d.lasting(1000, 30_000) }),
  },
  leave: {
    perMinute: [1, 10],
    make: (d) => ({ kind: 'leave', atMs: d.at, peer: d.peer(), downMs: d.lasting(500, 20_000) }),
  },
  stall: {
    perMinute: [1, 20],
    make: (d) => ({ kind: 'stall', atMs: d.at, peer: d.peer(), forMs: d.lasting(50, 20_000) }),
  },
  suspend: {
    perMinute: [1, 10],
    make: (d) => ({ kind: 'suspend', atMs: d.at, peer: d.peer(), forMs: d.lasting(1000, 40_000) }),
  },
  'clock-jump': {
    perMinute: [1, 10],
    make: (d) => ({
      kind: 'clock-jump',
      atMs: d.at,
      peer: d.peer(),
      byMs: Math.round((d.chance(0.5) ? 1 : -1) * d.between(100, 7_200_000)),
    }),
  },
  partition: {
    perMinute: [0.5, 6],
    make: (d) => ({
      kind: 'partition',
      atMs: d.at,
      peers: d.group(),
      forMs: d.lasting(200, 30_000),
      oneWay: d.chance(0.3),
    }),
  },
  'bad-network': {
    perMinute: [0.5, 6],
    make: (d) => ({
      kind: 'bad-network',
      atMs: d.at,
      peers: d.group(),
      forMs: d.lasting(1000, 30_000),
      loss: d.chance(0.5) ? d.between(0.001, 0.3) : 0,
      duplication: d.chance(0.3) ? d.between(0.01, 0.5) : 0,
      extraLatencyMs: d.chance(0.5) ? d.between(1, 200) : 0,
    }),
  },
  reset: { perMinute: [1, 20], make: (d) => ({ kind: 'reset', atMs: d.at, peer: d.peer() }) },
  'disk-full': {
    perMinute: [1, 6],
    make: (d) => ({ kind: 'disk-full', atMs: d.at, peer: d.peer(), forMs: d.lasting(1000, 30_000) }),
  },
  'engine-failure': {
    perMinute: [1, 6],
    make: (d) => ({
      kind: 'engine-failure',
      atMs: d.at,
      peer: d.peer(),
      forMs: d.lasting(1000, 30_000),
      rate: d.chance(0.5) ? 1 : d.between(0.05, 1),
    }),
  },
  'engine-slow': {
    perMinute: [1, 10],
    make: (d) => ({
      kind: 'engine-slow',
      atMs: d.at,
      peer: d.peer(),
      forMs: d.lasting(1000, 30_000),
      factor: d.between(2, 100),
    }),
  },
  'owner-active': {
    perMinute: [1, 20],
    make: (d) => ({ kind: 'owner-active', atMs: d.at, peer: d.peer(), forMs: d.lasting(1000, 40_000) }),
  },
  'project-change': {
    perMinute: [0.5, 3],
    make: (d) => ({ kind: 'project-change', atMs: d.at, peers: d.group(), project: d.project() }),
  },
};

export const FAULT_KINDS = Object.keys(KINDS) as readonly FaultKind[];

/**
 * The faults of one run, as swarm testing has it (Groce et al., 2012): each run leaves out some kinds altogether,
 * so that what they would hide shows, and has others often; some pick on few peers, some on all.
 */
export function generateFaults(random: SeededRandom, bounds: FaultBounds): Fault[] {
  const on = FAULT_KINDS.filter(() => random.chance(0.4));
  if (on.length === 0) on.push(FAULT_KINDS[Math.floor(random.next() * FAULT_KINDS.length)]!);
  const spanMs = bounds.untilMs - bounds.fromMs;
  const faults = on.flatMap((kind) => {
    const draw = new Draw(random, bounds);
    const [least, most] = KINDS[kind].perMinute;
    const count = Math.round((draw.between(least, most) * spanMs) / 60_000) || 1;
    return Array.from({ length: count }, () => KINDS[kind].make(draw.next()));
  });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** Draws the figures of the faults of one kind. */
class Draw {
  readonly #random: SeededRandom;
  readonly #bounds: FaultBounds;
  /** Whom this kind of fault befalls. */
  readonly #victims: readonly number[];
  at = 0;

  constructor(random: SeededRandom, bounds: FaultBounds) {
    this.#random = random;
    this.#bounds = bounds;
    this.#victims = random.chance(0.5) ? range(bounds.peers) : this.#some(bounds.peers);
  }

  next(): this {
    const { fromMs, untilMs } = this.#bounds;
    this.at = Math.floor(fromMs + this.#random.next() * (untilMs - fromMs));
    return this;
  }

  chance(probability: number): boolean {
    return this.#random.chance(probability);
  }

  /** Evenly on a logarithmic scale: small figures are as interesting as large ones. */
  between(least: number, most: number): number {
    return least * (most / least) ** this.#random.next();
  }

  /** A duration, ms, that ends within the bounds. */
  lasting(least: number, most: number): number {
    return Math.min(Math.round(this.between(least, most)), this.#bounds.untilMs - this.at);
  }

  peer(): number {
    return this.#victims[Math.floor(this.#random.next() * this.#victims.length)]!;
  }

  /** Up to half of the peers. */
  group(): number[] {
    return this.#some(Math.max(1, Math.floor(this.#bounds.peers / 2)));
  }

  project(): number {
    return Math.floor(this.#random.next() * this.#bounds.projects);
  }

  /** Between one and `most` different peers. */
  #some(most: number): number[] {
    const all = range(this.#bounds.peers);
    const count = 1 + Math.floor(this.#random.next() * most);
    const chosen: number[] = [];
    while (chosen.length < count) {
      chosen.push(...all.splice(Math.floor(this.#random.next() * all.length), 1));
    }
    return chosen.sort((a, b) => a - b);
  }
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
