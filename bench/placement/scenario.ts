import type { z } from 'zod';
import type { placementConfig } from '../../src/config/placement.ts';
import type { PolicyName } from '../../src/core/placement.ts';
import { logNormal, type Uniform, zipf } from './distributions.ts';
import type { PeerSpec, Work } from './peer.ts';

export type PlacementConfig = z.output<typeof placementConfig>;

/** One policy as it stands in the table. */
export interface Contender {
  readonly label: string;
  readonly policy: PolicyName;
  readonly config: PlacementConfig;
  /** What of the request the policy is told: where its metatile and its project belong, the metatile, nothing. */
  readonly affinity: 'project' | 'metatile' | 'none';
  /** Sends late requests to a second peer, within the budget. */
  readonly hedged: boolean;
}

export interface Scenario {
  readonly peers: readonly PeerSpec[];
  /** Indices of the peers at which requests arrive. */
  readonly frontDoors: readonly number[];
  readonly rttMs: number;
  /** Requests per ms, over all front doors. */
  readonly arrivalsPerMs: number;
  readonly arrivals: 'poisson' | 'even';
  readonly durationMs: number;
  /** Requests that arrive before are served but not counted. */
  readonly warmUpMs: number;
  /** The requests' contents, one per call of the function returned. */
  readonly work: (random: Uniform) => () => Work;
}

export interface RoomOptions {
  readonly peers: number;
  /** Offered drawing time over capacity; opening projects comes on top. */
  readonly load: number;
  readonly projects: number;
  readonly durationMs: number;
}

const SPEEDS = [0.5, 1, 1.6];
const OWNER_SPEED = 0.3;
const SLOTS = 4;
const MAX_OPEN = 8;
const COLD_MS = 300;
const METATILES = 5000;
const MEAN_SERVICE_MS = 60;
const RTT_MS = 0.6;

/** A room of three kinds of machine, beside every fourth of them an active owner; every peer is a front door. */
export function mixedRoom({ peers: count, load, projects, durationMs }: RoomOptions): Scenario {
  const peers = Array.from({ length: count }, (_, i) => ({
    slots: SLOTS,
    speed: SPEEDS[i % SPEEDS.length]! * (i % 4 === 3 ? OWNER_SPEED : 1),
    maxOpen: MAX_OPEN,
    preloaded: preloaded(i, projects),
    coldMs: COLD_MS,
  }));
  const capacity = peers.reduce((sum, peer) => sum + peer.slots * peer.speed, 0);
  return {
    peers,
    frontDoors: peers.map((_, i) => i),
    rttMs: RTT_MS,
    arrivalsPerMs: (load * capacity) / MEAN_SERVICE_MS,
    arrivals: 'poisson',
    durationMs,
    warmUpMs: durationMs / 6,
    work: (random) => mapWork(random, projects),
  };
}

/** Every peer opens what its memory holds before it bids; not all the same, if there is more than that. */
function preloaded(peer: number, projects: number): string[] {
  return Array.from({ length: Math.min(MAX_OPEN, projects) }, (_, i) => {
    return `project-${(peer * MAX_OPEN + i) % projects}`;
  });
}

/** Projects and metatiles by Zipf; each project has its own cost, each drawing varies around it. */
function mapWork(random: Uniform, projects: number): () => Work {
  const costs = Array.from({ length: projects }, () => logNormal(0.6, random));
  const popularity = costs.map((_, rank) => 1 / (rank + 1));
  const total = popularity.reduce((sum, share) => sum + share, 0);
  const meanCost = costs.reduce((sum, cost, rank) => sum + (cost * popularity[rank]!) / total, 0);
  const nextProject = zipf(projects, 1, random);
  const nextMetatile = zipf(METATILES, 0.8, random);
  return () => {
    const project = nextProject();
    const metatile = nextMetatile();
    return {
      features: {
        kind: 'image',
        project: `project-${project}`,
        layers: ['all'],
        metresPerPixel: 2 ** (metatile % 6),
        pixels: 1024 * 1024,
      },
      metatile: `${project}/${metatile}`,
      serviceMs: MEAN_SERVICE_MS * (costs[project]! / meanCost) * logNormal(0.3, random),
    };
  };
}

export interface ConstantOptions {
  readonly arrivals: Scenario['arrivals'];
  readonly load: number;
  readonly durationMs: number;
}

/** Eight peers of two workers and one constant service time, all requests at one front door. */
export function constantService({ arrivals, load, durationMs }: ConstantOptions): Scenario {
  const serviceMs = 100;
  const slots = 2;
  const peers = Array.from({ length: 8 }, () => ({ slots, speed: 1, maxOpen: 1, preloaded: [], coldMs: 0 }));
  return {
    peers,
    frontDoors: [0],
    rttMs: RTT_MS,
    arrivalsPerMs: (load * peers.length * slots) / serviceMs,
    arrivals,
    durationMs,
    warmUpMs: durationMs / 6,
    work: () => {
      let tile = 0;
      return () => {
        tile += 1;
        return {
          features: { kind: 'image', project: 'p', layers: ['all'], metresPerPixel: 1, pixels: 256 * 256 },
          metatile: `p/${tile}`,
          serviceMs,
        };
      };
    },
  };
}
