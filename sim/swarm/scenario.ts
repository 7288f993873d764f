import { type FaultBounds, generateFaults, halves } from '../faults/generate.ts';
import { SeededRandom } from '../random.ts';
import { parseScenario } from '../scenario/load.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Case, RoomShape } from '../shrink.ts';
import { failingRoom, failingTogether } from './engines.ts';
import {
  diskLosses,
  type JobShape,
  jobFaults,
  jobShape,
  lastingDeaths,
  longJobs,
  manyResults,
  quietJobs,
} from './jobs.ts';

/** Name of the scenario that each seed shapes anew. */
const SWARM = 'swarm';

/** Everything boots and meets within this, ms. */
const CALM_BEFORE_MS = 10_000;
/** Requests after the last fault has ended: what faults leave behind shows, ms. */
const CALM_AFTER_MS = 10_000;
/** From healing until everyone has to know everyone again, ms: longer than the longest pause between dials. */
const CONVERGENCE_MS = 90_000;

/** Of so many seeds in a row each theme has one: what only such rooms show is found before long. */
const SEEDS_PER_ROUND = 16;
/** Rooms that are made for what others hardly show. */
const THEMES = [
  /** Much is drawn, and nothing fails in the first half: who is chosen shows only there. */
  'busy',
  /** Several of those who execute jobs are gone for long, and nothing else fails. */
  'deadly',
  /** Two halves of a sparse mesh cannot hear each other until nobody holds anybody of the other one for alive. */
  'parted',
  /** The engines of several machines fail at a time, and nothing else. */
  'failing',
  /** Machines come back with empty disks, and nothing else fails. */
  'amnesic',
  /** Jobs take long and say nothing meanwhile, and nothing fails: nobody may take them over. */
  'quiet',
] as const;
/** Of the rooms, in which peers are connected to few others, as in a large mesh: the rest they know by hearsay. */
const SPARSE_SHARE = 1 / 8;
const SPARSE = { dial: { fullMesh: 8, degree: 5 } };
/**
 * How much longer than others parted rooms are broken, and their halves are parted, ms: whoever lost half of the mesh
 * doubts himself first, and gives the others up and lets go of their connections after about 45 s.
 */
const PARTED_LONGER_MS = 40_000;
const PARTED_MS = [50_000, 80_000] as const;
/** How much longer than others amnesic rooms are broken, ms: copies are made anew before more disks are lost. */
const AMNESIC_LONGER_MS = 130_000;
/** Of what those who draw there can do. */
const BUSY = 0.6;

export interface SwarmOptions {
  readonly peers: number;
  /** From the start until everything heals, ms. */
  readonly faultyMs: number;
}

/** The run that a seed stands for. */
export function caseOf(seed: number, options: SwarmOptions): Case {
  const { peers } = options;
  const random = new SeededRandom(`swarm ${seed}`);
  const theme = themeOf(seed);
  const faultyMs = options.faultyMs + longerMs(theme);
  const fromMs = theme === 'busy' ? Math.max(CALM_BEFORE_MS, faultyMs / 2) : CALM_BEFORE_MS;
  const { projects, load, settings } = scenarioOf({ scenario: SWARM, seed, peers, faultyMs, faults: [] });
  const bounds: FaultBounds = {
    peers,
    projects: projects.count,
    fromMs,
    untilMs: Math.max(fromMs + 1, faultyMs - CALM_AFTER_MS),
  };
  const room = { scenario: SWARM, seed, peers, faultyMs };
  if (theme === 'deadly') {
    return { ...room, faults: lastingDeaths(random.split('deaths'), bounds, Math.ceil(peers / 3)) };
  }
  if (theme === 'parted') return { ...room, faults: [halves(random.split('halves'), bounds, PARTED_MS)] };
  if (theme === 'amnesic') {
    const { jobs, artifacts } = settings;
    const copies = Math.min(jobs.replication.copies, artifacts.copies);
    return { ...room, faults: diskLosses(random.split('losses'), bounds, copies) };
  }
  if (theme === 'quiet') return { ...room, faults: [] };
  if (theme === 'failing') return { ...room, faults: failingTogether(random.split('failing'), bounds) };
  const faults = generateFaults(random.split('faults'), bounds);
  const more = load.jobs.perMinute > 0 ? jobFaults(random.split('job faults'), bounds) : [];
  return { ...room, faults: [...faults, ...more].sort((a, b) => a.atMs - b.atMs) };
}

function longerMs(theme: Theme | undefined): number {
  if (theme === 'amnesic') return AMNESIC_LONGER_MS;
  return theme === 'parted' ? PARTED_LONGER_MS : 0;
}

/** The room in which a case plays. */
export function scenarioOf({ seed, peers, faultyMs, faults, shape = shapeOf(seed, peers) }: Case): Scenario {
  const { holders } = shape.projects;
  return parseScenario({
    ...shape,
    name: SWARM,
    description: 'A room in which many things go wrong at a time, differently with each seed.',
    peers,
    projects: { ...shape.projects, holders: holders === 'all' ? holders : Math.min(holders, peers) },
    warmUpMs: Math.min(5_000, faultyMs / 2),
    durationMs: faultyMs,
    convergenceMs: CONVERGENCE_MS,
    faults,
  });
}

type Theme = (typeof THEMES)[number];

type Shape = RoomShape & { readonly settings: object };

/** What a seed decides of its room, besides what goes wrong in it. */
export function shapeOf(seed: number, peers: number): RoomShape {
  const theme = themeOf(seed);
  const { settings, ...shape } = roomOf(theme, seed, peers);
  const isSparse = theme === 'parted' || decides(seed, 'sparse', SPARSE_SHARE);
  return { ...shape, settings: { ...settings, ...(isSparse && { membership: SPARSE }) } };
}

/** Whether people submit jobs in the room of a seed. */
export function hasJobs(seed: number, peers: number): boolean {
  return scenarioOf({ scenario: SWARM, seed, peers, faultyMs: 1, faults: [] }).load.jobs.perMinute > 0;
}

function roomOf(theme: Theme | undefined, seed: number, peers: number): Shape {
  switch (theme) {
    case 'busy':
      return busyShape(seed, peers);
    case 'deadly':
      return deadlyShape(seed, peers);
    case 'parted':
      return partedShape(seed, peers);
    case 'failing':
      return failingShape(seed, peers);
    case 'amnesic':
      return amnesicShape(seed, peers);
    case 'quiet':
      return jobsAbove(seed, peers, 0.1, quietJobs(peers));
    case undefined:
      return anyShape(seed, peers);
  }
}

/** Dealt out round by round, each time to other seeds of the round. */
function themeOf(seed: number): Theme | undefined {
  const round = Math.floor((seed - 1) / SEEDS_PER_ROUND);
  const random = new SeededRandom(`swarm themes ${round}`);
  const seeds = Array.from({ length: SEEDS_PER_ROUND }, (_, place) => round * SEEDS_PER_ROUND + 1 + place);
  return THEMES.find(() => seeds.splice(Math.floor(random.next() * seeds.length), 1)[0] === seed);
}

/** Drawn apart from all else, so that other seeds mean what they meant before there were such rooms. */
function decides(seed: number, what: string, share: number): boolean {
  return new SeededRandom(`swarm ${seed}`).split(what).chance(share);
}

/** A third of the machines draws for all, and has as much to do as goes well. */
function busyShape(seed: number, peers: number): Shape {
  const { machines, network, boot } = anyShape(seed, peers);
  return {
    machines,
    projects: { count: 1, holders: Math.ceil(peers / 3), warm: 2 },
    service: { meanMs: 200 },
    settings: {},
    load: { kind: 'scatter', ofCapacity: BUSY / 3 },
    network,
    boot,
  };
}

/** Few machines have long jobs, and little else is done. */
function deadlyShape(seed: number, peers: number): Shape {
  return jobsAbove(seed, peers, 0.1, longJobs(Math.ceil(peers / 3)));
}

/** So little is asked for that few meet for it: that the others live again they have to be told. */
function partedShape(seed: number, peers: number): Shape {
  const { machines, projects, network, boot } = anyShape(seed, peers);
  const load = { kind: 'scatter', perUserPerSecond: 0.02 };
  return { machines, projects, service: { meanMs: 60 }, load, settings: {}, network, boot };
}

/** Few maps are asked for beside the jobs. */
function amnesicShape(seed: number, peers: number): Shape {
  return jobsAbove(seed, peers, 0.02, manyResults(peers));
}

/** A room in which jobs matter, and hardly any maps are asked for. */
function jobsAbove(
  seed: number,
  peers: number,
  perUserPerSecond: number,
  { load, settings }: JobShape,
): Shape {
  const { machines, network, boot } = anyShape(seed, peers);
  return {
    machines,
    projects: { count: 1, holders: 'all', warm: 2 },
    service: { meanMs: 60 },
    load: { kind: 'scatter', perUserPerSecond, ...load },
    settings,
    network,
    boot,
  };
}

/** Little is asked for: what is declined is declined for failures alone. */
function failingShape(seed: number, peers: number): Shape {
  const { machines, network, boot } = anyShape(seed, peers);
  return { ...failingRoom(peers), machines, network, boot };
}

function anyShape(seed: number, peers: number): Shape {
  const random = new SeededRandom(`swarm ${seed}`).split('scenario');
  const oneOf = <T>(...choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)]!;
  const kind = oneOf('scatter', 'scatter', 'browse', 'one-view');
  // Four such tiles fill the window of a stream: who reads slowly is felt.
  const isHeavy = random.chance(0.125);
  const patience = oneOf(
    { requestTimeoutMs: 30_000, renderTimeoutMs: 25_000 },
    { requestTimeoutMs: 30_000, renderTimeoutMs: 25_000 },
    { requestTimeoutMs: 10_000, renderTimeoutMs: 8_000 },
  );
  // Drawn apart: what a seed means for everything else stays as it was.
  const jobs = jobShape(random.split('jobs'), peers);
  return {
    machines: oneOf(
      [{ share: 1, speed: 1, slots: 4 }],
      [
        { share: 0.5, speed: 0.5, slots: 2 },
        { share: 0.5, speed: 1.6, slots: 4 },
      ],
    ),
    projects: {
      count: oneOf(1, 4, 8),
      holders: oneOf<'all' | number>('all', Math.min(peers, 2), Math.ceil(peers / 3)),
      warm: oneOf(2, 8),
    },
    service: { meanMs: oneOf(20, 60, 200), tileBytes: isHeavy ? 80_000 : 0 },
    settings: { maps: { maxFlights: oneOf(2_000, 24, 6), ...patience }, ...jobs.settings },
    load:
      kind === 'one-view'
        ? { kind, everyMs: 5_000, users: isHeavy ? 0.2 : 1, ...jobs.load }
        : { kind, perUserPerSecond: isHeavy ? 0.1 : oneOf(0.1, 0.3, 1), ...jobs.load },
    network: { loss: oneOf(0, 0, 0.01, 0.1), discovery: oneOf(false, true) },
    boot: { overMs: oneOf(0, 2_000, 5_000) },
  };
}
