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

/** Kinds that go with all others. Disks are lost by a plan alone: of those that hold a result some have to be left. */
type MixedKind = Exclude<FaultKind, 'disk-loss'>;

/**
 * These kinds of faults, with how many of them a run has per minute where the kind is on: from the first figure to
 * the second. What hits many peers at a time is rarer.
 */
const KINDS: { readonly [K in MixedKind]: { readonly perMinute: readonly [number, number]; make: Maker } } = {
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
  'slow-reader': {
    perMinute: [1, 10],
    make: (d) => ({
      kind: 'slow-reader',
      atMs: d.at,
      peer: d.peer(),
      forMs: d.lasting(1000, 30_000),
      bytesPerMs: d.between(1, 1000),
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
  'memory-pressure': {
    perMinute: [1, 10],
    make: (d) => ({
      kind: 'memory-pressure',
      atMs: d.at,
      peer: d.peer(),
      forMs: d.lasting(1000, 30_000),
      factor: d.between(1, 10),
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

export const MIXED_KINDS = Object.keys(KINDS) as readonly MixedKind[];

/** Draws the faults of one run. */
type Mix = (random: SeededRandom, bounds: FaultBounds) => Fault[];

/** Many kinds beside each other hide what few of them show: some runs have a theme. */
const MIXES: ReadonlyArray<{ readonly weight: number; readonly mix: Mix }> = [
  { weight: 13, mix: (random, bounds) => ofKinds(random, bounds, someOf(MIXED_KINDS, 0.4, random)) },
  // Engines fail and are slow, and everybody hears everybody: who draws what for whom is plain to see.
  { weight: 3, mix: (random, bounds) => ofKinds(random, bounds, someOf(ENGINE_KINDS, 0.6, random)) },
  // People go home: no request may be lost.
  { weight: 2, mix: (random, bounds) => leaves(random, bounds) },
  // Two halves that have given each other up: they have to find together again.
  { weight: 2, mix: (random, bounds) => [halves(random, bounds, HALVES_MS)] },
];

/** Until some take others for dead, ms. */
const HALVES_MS = [20_000, 40_000] as const;

const ENGINE_KINDS: readonly MixedKind[] = [
  'engine-slow',
  'engine-failure',
  'memory-pressure',
  'owner-active',
];

/**
 * The faults of one run, as swarm testing has it (Groce et al., 2012): each run leaves out some kinds altogether,
 * so that what they would hide shows, and has others often; some pick on few peers, some on all.
 */
export function generateFaults(random: SeededRandom, bounds: FaultBounds): Fault[] {
  const lots = MIXES.flatMap(({ weight, mix }) => Array.from({ length: weight }, () => mix));
  const mix = lots[Math.floor(random.next() * lots.length)]!;
  return mix(random, bounds).sort((a, b) => a.atMs - b.atMs);
}

/** Each kind with this probability, and one of them at least. */
function someOf(kinds: readonly MixedKind[], probability: number, random: SeededRandom): MixedKind[] {
  const on = kinds.filter(() => random.chance(probability));
  return on.length > 0 ? on : [kinds[Math.floor(random.next() * kinds.length)]!];
}

function ofKinds(random: SeededRandom, bounds: FaultBounds, kinds: readonly MixedKind[]): Fault[] {
  const spanMs = bounds.untilMs - bounds.fromMs;
  return kinds.flatMap((kind) => {
    const draw = new Draw(random, bounds);
    const [least, most] = KINDS[kind].perMinute;
    const count = Math.round((draw.between(least, most) * spanMs) / 60_000) || 1;
    return Array.from({ length: count }, () => KINDS[kind].make(draw.next()));
  });
}

/** So many leave, one after the other or together, that some have something under way. */
function leaves(random: SeededRandom, bounds: FaultBounds): Fault[] {
  const draw = new Draw(random, bounds);
  const count = Math.round(draw.between(10, 60));
  return Array.from({ length: count }, (): Fault => {
    draw.next();
    return { kind: 'leave', atMs: draw.at, peer: draw.peer(), downMs: draw.lasting(5_000, 20_000) };
  });
}

/** About half of the peers are cut off, for so long (from the first figure to the second) that others give them up. */
export function halves(
  random: SeededRandom,
  bounds: FaultBounds,
  [leastMs, mostMs]: readonly [number, number],
): Fault {
  const draw = new Draw(random, bounds);
  const { fromMs, untilMs } = bounds;
  const forMs = Math.min(Math.round(draw.between(leastMs, mostMs)), untilMs - fromMs);
  const atMs = Math.floor(fromMs + random.next() * (untilMs - fromMs - forMs));
  return { kind: 'partition', atMs, peers: draw.half(), forMs, oneWay: false };
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

  /** Half of the peers, or a few less. */
  half(): number[] {
    const most = Math.max(1, Math.floor(this.#bounds.peers / 2));
    return this.#some(most, Math.max(1, most - 2));
  }

  project(): number {
    return Math.floor(this.#random.next() * this.#bounds.projects);
  }

  /** Between `least` and `most` different peers. */
  #some(most: number, least = 1): number[] {
    const all = range(this.#bounds.peers);
    const count = least + Math.floor(this.#random.next() * (most - least + 1));
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
